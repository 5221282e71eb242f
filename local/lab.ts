/**
 * The lab: the deployed parts on a desk. It reads the real template and workflow, runs the real bundles, and
 * puts servers that speak AWS's protocols behind the SDK's own endpoint settings. Its clock is virtual: it
 * moves only while no call is under way, straight to the next thing that is due.
 */
import {
  CreateTableCommand,
  DynamoDBClient,
  PutItemCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import FakeTimers from '@sinonjs/fake-timers';
import { ExecutionAbortedError, ExecutionTimeoutError, StateMachine } from 'aws-local-stepfunctions';
import dynalite from 'dynalite';
import * as v from 'valibot';
import { matches } from './event-pattern.ts';
import {
  describeExecution,
  type ExecutionRecord,
  type ExecutionStatus,
  statusChange,
} from './executions-server.ts';
import { type Listening, listen, serve } from './http.ts';
import { LambdaError, LambdaFunction } from './lambda.ts';
import { getMetricData } from './metrics-server.ts';
import { getParameter } from './parameter-server.ts';
import { type Notification, SnsServer } from './sns-server.ts';
import { bystanders } from './stories/bystanders.ts';
import { failureOf, isThrottled, modeAt, type Story } from './stories/story.ts';
import { loadStack, type Stack } from './template.ts';
import { taskHandlers } from './workflow.ts';
import { type ApiCall, WorkspacesServer } from './workspaces-server.ts';

/** What happened, as it happens; `at` in epoch milliseconds of the lab's clock. */
export type Happening = { at: number } & (
  | { kind: 'rule'; name: string }
  | { kind: 'state'; name: string; type: string; input: unknown }
  | ({ kind: 'task'; service: string; payload: unknown } & ({ result: unknown } | { error: Error }))
  | { kind: 'retried' | 'caught'; name: string }
  | { kind: 'stopped' }
  | { kind: 'log'; entry: Record<string, unknown> }
  | { kind: 'desktop'; state: string }
  | { kind: 'sns'; topic: string; subject: string; message: string }
  | { kind: 'net'; name: string }
  | { kind: 'end'; status: string; error?: string; cause?: string }
);

export interface RunOptions {
  onHappening?: (happening: Happening) => void;
}

export interface RunResult {
  status: Exclude<ExecutionStatus, 'RUNNING'> | null;
  output: Record<string, unknown>;
  error: string | null;
  cause: string | null;
  /** Names of the states entered, in order. */
  states: string[];
  /** State transitions that Step Functions would bill: states entered. */
  transitions: number;
  notifications: Notification[];
  calls: ApiCall[];
  log: Record<string, unknown>[];
  /** Epoch milliseconds at start and end. */
  startedAt: number;
  endedAt: number;
  desktops: WorkspacesServer;
}

const record = v.record(v.string(), v.unknown());

/** Feeds the first start of a story through the whole service. */
export async function run(story: Story, options: RunOptions = {}): Promise<RunResult> {
  const [start] = story.starts;
  if (!start) throw new RangeError(`The story ${story.title} has no start.`);
  const stack = loadStack({ parameters: story.parameters });
  const startedAt = story.at;
  const { name, input } = start;
  const viaBus = start.via === 'bus';
  const rule = viaBus ? matchedRule(stack, input) : null;
  const shared = new SharedArrayBuffer(8);
  const time = new Float64Array(shared);
  time[0] = startedAt;
  const now = () => time[0] ?? startedAt;
  const desktops = new WorkspacesServer({
    now,
    desktops: [...story.desktops, ...bystanders(story)],
    throttle: (operation, number) => isThrottled(story, operation, number),
  });
  const tell = (happening: Happening) => options.onHappening?.(happening);
  const sns = new SnsServer(stack.topicArn, (notification) =>
    tell({ at: now(), kind: 'sns', topic: stack.topicArn, ...notification }),
  );
  const result: RunResult = {
    status: null,
    output: {},
    error: null,
    cause: null,
    states: [],
    transitions: 0,
    notifications: sns.published,
    calls: desktops.calls,
    log: [],
    startedAt,
    endedAt: startedAt,
    desktops,
  };
  if (viaBus && rule === null) return result;
  if (rule) tell({ at: now(), kind: 'rule', name: rule });

  const servers: Listening[] = [];
  const functions: LambdaFunction[] = [];
  try {
    const table = await listen(dynalite({ createTableMs: 0 }));
    servers.push(table);
    const workspaces = await desktops.listen();
    servers.push(workspaces);
    const execution: ExecutionRecord = {
      arn: `${stack.stateMachine.arn.replace(':stateMachine:', ':execution:')}:${name}`,
      name,
      status: 'RUNNING',
      input,
      startedAt,
    };
    const other = (arn: string): ExecutionRecord | undefined =>
      story.otherExecutions && { ...execution, arn, status: story.otherExecutions };
    const stepFunctions = await serve((request) =>
      describeExecution(request, (arn) => (arn === execution.arn ? execution : other(arn))),
    );
    const topic = await sns.listen();
    servers.push(topic);
    servers.push(stepFunctions);
    const parameters = await serve((request) =>
      getParameter(request, () => modeAt(story, now() - startedAt, stack.mode)),
    );
    servers.push(parameters);
    const metrics = await serve((request) => getMetricData(request, desktops, now()));
    servers.push(metrics);
    const client = new DynamoDBClient({
      endpoint: table.url,
      region: stack.region,
      credentials: { accessKeyId: 'lab', secretAccessKey: 'lab' },
    });
    await client.send(new CreateTableCommand(stack.table));
    await waitUntilTableExists(
      { client, minDelay: 0.01, maxDelay: 0.1, maxWaitTime: 10 },
      { TableName: stack.tableName },
    );
    for (const Item of story.table ?? []) {
      await client.send(new PutItemCommand({ TableName: stack.tableName, Item }));
    }
    client.destroy();

    let inFlight = 0;
    let landed = Promise.withResolvers<void>();
    const callNumbers = new Map<string, number>();
    const call = async <T>(service: string, payload: unknown, make: () => Promise<T>): Promise<T> => {
      const number = (callNumbers.get(service) ?? 0) + 1;
      callNumbers.set(service, number);
      inFlight++;
      try {
        const failure = failureOf(story, service, number);
        if (failure) throw new LambdaError(failure, { errorType: failure, errorMessage: 'down' });
        const result = await make();
        tell({ at: now(), kind: 'task', service, payload, result });
        return result;
      } catch (error) {
        if (error instanceof Error) tell({ at: now(), kind: 'task', service, payload, error });
        throw error;
      } finally {
        inFlight--;
        landed.resolve();
      }
    };

    const lambda = new Map<string, LambdaFunction>();
    for (const spec of stack.functions) {
      const instance = new LambdaFunction(
        {
          name: spec.name,
          arn: spec.arn,
          bundle: new URL(`../dist/${spec.artifact}/index.mjs`, import.meta.url),
          timeoutSeconds: spec.timeoutSeconds,
          logGroup: spec.logGroup,
          environment: {
            ...spec.environment,
            AWS_REGION: stack.region,
            AWS_ACCESS_KEY_ID: 'lab',
            AWS_SECRET_ACCESS_KEY: 'lab',
            AWS_LAMBDA_FUNCTION_NAME: spec.name,
            AWS_ENDPOINT_URL_WORKSPACES: workspaces.url,
            AWS_ENDPOINT_URL_DYNAMODB: table.url,
            AWS_ENDPOINT_URL_SFN: stepFunctions.url,
            AWS_ENDPOINT_URL_SNS: topic.url,
            AWS_ENDPOINT_URL_SSM: parameters.url,
            AWS_ENDPOINT_URL_CLOUDWATCH: metrics.url,
          },
        },
        shared,
        (line) => {
          const entry = logEntry(line);
          result.log.push(entry);
          tell({ at: now(), kind: 'log', entry });
        },
      );
      functions.push(instance);
      lambda.set(spec.arn, instance);
    }

    const definition: unknown = JSON.parse(stack.stateMachine.definition);
    const invoke = (functionArn: string, payload: unknown, step?: string) => {
      const target = lambda.get(functionArn);
      if (!target) throw new LambdaError('Lambda.ResourceNotFoundException', { errorMessage: functionArn });
      const service = step ?? functionArn.split('-').at(-1) ?? functionArn;
      return call(service, payload, () => target.invoke(payload));
    };
    const handlers = taskHandlers(definition, {
      invoke,
      publish: (topicArn, notification) =>
        call('sns', notification, async () => sns.publish(topicArn, notification)),
    });
    const realImmediate = setImmediate;
    const clock = FakeTimers.install({ now: startedAt, toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    try {
      const machine = new StateMachine(JSON.parse(stack.stateMachine.definition), {
        validationOptions: { checkArn: false },
      });
      const running = machine.run(JSON.parse(JSON.stringify(input)), {
        overrides: { taskResourceLocalHandlers: handlers },
        context: {
          Execution: {
            Id: execution.arn,
            Name: execution.name,
            RoleArn: stack.stateMachine.roleArn,
            StartTime: new Date(startedAt).toISOString(),
            Input: JSON.parse(JSON.stringify(input)),
          },
        },
      });
      if (start.stopAfter !== undefined) {
        setTimeout(() => {
          tell({ at: now(), kind: 'stopped' });
          running.abort();
        }, start.stopAfter);
      }
      const events = (async () => {
        for await (const event of running.eventLogs) note(event);
      })();
      let settled = false;
      const finished = running.result
        .then((output) => {
          result.status = 'SUCCEEDED';
          const parsed = v.safeParse(record, output);
          if (parsed.success) result.output = parsed.output;
        })
        .catch((error: unknown) => {
          // Error and Cause come with the ExecutionFailed event.
          if (error instanceof ExecutionAbortedError) result.status = 'ABORTED';
          else result.status = error instanceof ExecutionTimeoutError ? 'TIMED_OUT' : 'FAILED';
        })
        .finally(() => {
          settled = true;
        });
      let lastState: string | undefined;
      const watch = () => {
        const [first] = story.desktops;
        const state = first && desktops.state(first.workspaceId);
        if (state !== undefined && state !== lastState) tell({ at: now(), kind: 'desktop', state });
        lastState = state;
      };
      watch();
      while (!settled) {
        // Let every promise and every answer on its way arrive before time moves.
        for (let turn = 0; turn < 8; turn++) await new Promise((resolve) => realImmediate(resolve));
        if (settled) break;
        if (inFlight > 0) {
          await landed.promise;
          landed = Promise.withResolvers();
          continue;
        }
        clock.next();
        time[0] = Date.now();
        watch();
      }
      await finished;
      await events;
      result.endedAt = now();
    } finally {
      clock.uninstall();
    }
    Object.assign(execution, {
      status: result.status,
      endedAt: result.endedAt,
      error: result.error,
      cause: result.cause,
    });
    const end = statusChange(execution);
    for (const each of stack.rules.filter(({ pattern }) => matches(pattern, end))) {
      tell({ at: now(), kind: 'net', name: each.name });
      for (const { arn } of each.targets) await invoke(arn, end);
    }
    tell({
      at: now(),
      kind: 'end',
      status: result.status ?? 'FAILED',
      ...(result.error && { error: result.error, cause: result.cause ?? '' }),
    });
    return result;
  } finally {
    await Promise.all(functions.map((each) => each.stop()));
    await Promise.all(servers.map((each) => each.close()));
  }

  function note(event: object): void {
    const failed = v.safeParse(failedEvent, event);
    if (failed.success) {
      result.error = failed.output.Error ?? null;
      result.cause = failed.output.Cause ?? null;
    }
    const parsed = v.safeParse(stateEvent, event);
    if (!parsed.success) return;
    const { type, state } = parsed.output;
    if (type === 'StateEntered') {
      result.states.push(state.name);
      result.transitions++;
      tell({ at: now(), kind: 'state', name: state.name, type: state.type, input: state.input });
    } else {
      tell({ at: now(), kind: type === 'StateRetried' ? 'retried' : 'caught', name: state.name });
    }
  }
}

const stateEvent = v.looseObject({
  type: v.picklist(['StateEntered', 'StateRetried', 'StateCaught']),
  state: v.looseObject({ name: v.string(), type: v.string(), input: v.unknown() }),
});
const failedEvent = v.looseObject({
  type: v.literal('ExecutionFailed'),
  Error: v.optional(v.string()),
  Cause: v.optional(v.string()),
});

/** The name of the rule that an event matches, of those that start the workflow. */
function matchedRule(stack: Stack, event: unknown): string | null {
  const rule = stack.rules.find(
    ({ pattern, targets }) =>
      targets.some(({ arn }) => arn === stack.stateMachine.arn) && matches(pattern, event),
  );
  return rule?.name ?? null;
}

function logEntry(line: string): Record<string, unknown> {
  try {
    return v.parse(record, JSON.parse(line));
  } catch {
    return { message: line };
  }
}
