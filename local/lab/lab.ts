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
import dynalite from 'dynalite';
import * as v from 'valibot';
import { Engine, type StateEvent } from '../desk/engine.ts';
import { describeExecution, type ExecutionStatus } from '../desk/executions-server.ts';
import { type Listening, listen, serve } from '../desk/http.ts';
import { describeKey } from '../desk/kms-server.ts';
import { LambdaError, LambdaFunction } from '../desk/lambda.ts';
import { getMetricData } from '../desk/metrics-server.ts';
import { getParameter } from '../desk/parameter-server.ts';
import { Pending } from '../desk/pending.ts';
import { type Notification, SnsServer } from '../desk/sns-server.ts';
import { loadStack, type Stack } from '../desk/template.ts';
import type { Services } from '../desk/workflow.ts';
import { type ApiCall, WorkspacesServer } from '../desk/workspaces-server.ts';
import type { DistributiveOmit } from '../simulation/trace.ts';
import { bystanders } from '../stories/bystanders.ts';
import { executionOf, failureOf, isThrottled, modeAt, type Start, type Story } from '../stories/story.ts';

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
  const lab = new Lab(story, options.onHappening ?? (() => undefined));
  return lab.run(start);
}

class Lab {
  readonly #story: Story;
  readonly #stack: Stack;
  readonly #onHappening: (happening: Happening) => void;
  /** The lab's time, for the functions' workers too. */
  readonly #shared = new SharedArrayBuffer(8);
  readonly #time = new Float64Array(this.#shared);
  readonly #pending = new Pending();
  readonly #desktops: WorkspacesServer;
  readonly #sns: SnsServer;
  readonly #engine: Engine;
  readonly #result: RunResult;
  readonly #servers: Listening[] = [];
  readonly #functions = new Map<string, LambdaFunction>();
  /** How often each service was called. */
  readonly #calls = new Map<string, number>();
  #lastState: string | undefined;

  constructor(story: Story, onHappening: (happening: Happening) => void) {
    this.#story = story;
    this.#stack = loadStack({ parameters: story.parameters });
    this.#onHappening = onHappening;
    this.#time[0] = story.at;
    this.#desktops = new WorkspacesServer({
      now: () => this.#now(),
      desktops: [...story.desktops, ...bystanders(story)],
      directories: story.directories,
      throttle: (operation, number) => isThrottled(story, operation, number),
    });
    this.#sns = new SnsServer(this.#stack.topicArn, (notification) =>
      this.#tell({ kind: 'sns', topic: this.#stack.topicArn, ...notification }),
    );
    this.#engine = this.#engineOf(this.#services());
    this.#result = {
      status: null,
      output: {},
      error: null,
      cause: null,
      states: [],
      transitions: 0,
      notifications: this.#sns.published,
      calls: this.#desktops.calls,
      log: [],
      startedAt: story.at,
      endedAt: story.at,
      desktops: this.#desktops,
    };
  }

  async run(start: Start): Promise<RunResult> {
    if (start.via === 'bus') {
      const [rule] = this.#engine.rulesOf(start.input);
      if (!rule) return this.#result;
      this.#tell({ kind: 'rule', name: rule.name });
    }
    try {
      await this.#deploy();
      const clock = FakeTimers.install({
        now: this.#story.at,
        toFake: ['setTimeout', 'clearTimeout', 'Date'],
      });
      try {
        this.#watch();
        this.#engine.deliver(start);
        await this.#pending.untilQuiet({
          next: () => {
            clock.next();
            this.#time[0] = Date.now();
            this.#watch();
          },
        });
      } finally {
        clock.uninstall();
      }
      const { error, cause, status } = this.#result;
      this.#tell({ kind: 'end', status: status ?? 'FAILED', ...(error && { error, cause: cause ?? '' }) });
      return this.#result;
    } finally {
      await Promise.all([...this.#functions.values()].map((each) => each.stop()));
      await Promise.all(this.#servers.map((each) => each.close()));
    }
  }

  #now(): number {
    return this.#time[0] ?? this.#story.at;
  }

  #tell(happening: DistributiveOmit<Happening, 'at'>): void {
    this.#onHappening({ at: this.#now(), ...happening });
  }

  /** Tells when the first desktop's state has changed. */
  #watch(): void {
    const [first] = this.#story.desktops;
    const state = first && this.#desktops.state(first.workspaceId);
    if (state !== undefined && state !== this.#lastState) this.#tell({ kind: 'desktop', state });
    this.#lastState = state;
  }

  // --- What the workflow calls

  #engineOf(services: Services): Engine {
    return new Engine({
      stack: this.#stack,
      pending: this.#pending,
      tasks: () => services,
      watching: {
        started: ({ name, start: { stopAfter } }) => {
          if (stopAfter === undefined) return;
          setTimeout(() => {
            this.#tell({ kind: 'stopped' });
            this.#engine.stop(name, 'ABORTED');
          }, stopAfter);
        },
        entered: (_, event) => this.#entered(event),
        ended: ({ status, error = null, cause = null, output }) => {
          if (status === 'RUNNING') return;
          const parsed = v.safeParse(record, output);
          Object.assign(this.#result, { status, error, cause, endedAt: this.#now() });
          if (parsed.success) this.#result.output = parsed.output;
        },
        matched: (name) => this.#tell({ kind: 'net', name }),
      },
    });
  }

  #entered({ type, state: { name, type: kind, input } }: StateEvent): void {
    if (type === 'StateEntered') {
      this.#result.states.push(name);
      this.#result.transitions++;
      this.#tell({ kind: 'state', name, type: kind, input });
    } else {
      this.#tell({ kind: type === 'StateRetried' ? 'retried' : 'caught', name });
    }
  }

  #services(): Services {
    return {
      invoke: (arn, payload, step) => {
        const target = this.#functions.get(arn);
        if (!target) throw new LambdaError('Lambda.ResourceNotFoundException', { errorMessage: arn });
        return this.#call(step ?? arn.split('-').at(-1) ?? arn, payload, () => target.invoke(payload));
      },
      publish: (topicArn, notification) =>
        this.#call('sns', notification, async () => this.#sns.publish(topicArn, notification)),
    };
  }

  /** Time stands still while a call is under way. */
  async #call<T>(service: string, payload: unknown, make: () => Promise<T>): Promise<T> {
    const number = (this.#calls.get(service) ?? 0) + 1;
    this.#calls.set(service, number);
    try {
      const failure = failureOf(this.#story, service, number);
      if (failure) throw new LambdaError(failure, { errorType: failure, errorMessage: 'down' });
      const result = await this.#pending.really(make);
      this.#tell({ kind: 'task', service, payload, result });
      return result;
    } catch (error) {
      if (error instanceof Error) this.#tell({ kind: 'task', service, payload, error });
      throw error;
    }
  }

  // --- What is deployed

  async #deploy(): Promise<void> {
    const { story, stack } = { story: this.#story, stack: this.#stack };
    const urls = {
      DYNAMODB: (await this.#open(listen(dynalite({ createTableMs: 0 })))).url,
      WORKSPACES: (await this.#open(this.#desktops.listen())).url,
      SNS: (await this.#open(this.#sns.listen())).url,
      SFN: (
        await this.#open(
          serve((request) =>
            describeExecution(request, (arn) =>
              executionOf(arn, story, (name) => this.#engine.executions.get(name)),
            ),
          ),
        )
      ).url,
      SSM: (
        await this.#open(
          serve((request) => getParameter(request, () => modeAt(story, this.#now() - story.at, stack.mode))),
        )
      ).url,
      CLOUDWATCH: (await this.#open(serve((request) => getMetricData(request, this.#desktops, this.#now()))))
        .url,
      KMS: (await this.#open(serve((request) => describeKey(request, this.#now())))).url,
    };
    await makeTable(stack, urls.DYNAMODB, story.table ?? []);
    const endpoints = Object.fromEntries(
      Object.entries(urls).map(([service, url]) => [`AWS_ENDPOINT_URL_${service}`, url]),
    );
    for (const spec of stack.functions) {
      const own = { AWS_LAMBDA_FUNCTION_NAME: spec.name, AWS_REGION: stack.region, ...CREDENTIALS };
      const environment = { ...spec.environment, ...own, ...endpoints };
      const bundle = new URL(`../../dist/${spec.artifact}/index.mjs`, import.meta.url);
      const instance = new LambdaFunction({ ...spec, bundle, environment }, this.#shared, (line) => {
        const entry = logEntry(line);
        this.#result.log.push(entry);
        this.#tell({ kind: 'log', entry });
      });
      this.#functions.set(spec.arn, instance);
    }
  }

  async #open(server: Promise<Listening>): Promise<Listening> {
    const open = await server;
    this.#servers.push(open);
    return open;
  }
}

const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'lab', AWS_SECRET_ACCESS_KEY: 'lab' };

async function makeTable(stack: Stack, endpoint: string, items: NonNullable<Story['table']>): Promise<void> {
  const client = new DynamoDBClient({
    endpoint,
    region: stack.region,
    credentials: { accessKeyId: 'lab', secretAccessKey: 'lab' },
  });
  await client.send(new CreateTableCommand(stack.table));
  await waitUntilTableExists(
    { client, minDelay: 0.01, maxDelay: 0.1, maxWaitTime: 10 },
    { TableName: stack.tableName },
  );
  for (const Item of items) await client.send(new PutItemCommand({ TableName: stack.tableName, Item }));
  client.destroy();
}

function logEntry(line: string): Record<string, unknown> {
  try {
    return v.parse(record, JSON.parse(line));
  } catch {
    return { message: line };
  }
}
