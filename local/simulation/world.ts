/**
 * Plays one story: the real workflow and the real steps against the lab's servers, in this process, on a virtual
 * clock, with everything random drawn from the story's seed. The clock moves only while nothing real is under way.
 */
import type { Clock } from '@sinonjs/fake-timers';
import { ExecutionAbortedError, ExecutionTimeoutError, StateMachine } from 'aws-local-stepfunctions';
import * as v from 'valibot';
import { REQUEST_HANDLER } from '../../functions/aws/clients.ts';
import { matches } from '../event-pattern.ts';
import {
  describeExecution,
  type ExecutionRecord,
  type ExecutionStatus,
  statusChange,
} from '../executions-server.ts';
import type { ApiRequest, ApiResponse } from '../http.ts';
import { LambdaError } from '../lambda.ts';
import { getMetricData } from '../metrics-server.ts';
import { getParameter } from '../parameter-server.ts';
import { type Notification, SnsServer } from '../sns-server.ts';
import { loadStack, type Stack } from '../template.ts';
import { taskHandlers } from '../workflow.ts';
import { WorkspacesServer } from '../workspaces-server.ts';
import { isReadingFiles, takeOver } from './ambient.ts';
import { type CallSite, type FaultKind, kindsFor, siteKey } from './faults.ts';
import { Random } from './random.ts';
import {
  acquire,
  type Invocation,
  never,
  runIn,
  type Sandbox,
  type WireRequest,
  type WireResponse,
} from './sandbox.ts';
import { SimulatedTable } from './table.ts';
import { type Happening, OTHERS, START, type Start, type Story, type Trace } from './trace.ts';
import { failure, operationOf, reset, timeout, understood, workspaceOf } from './wire.ts';

/** Where a proof of the simulation itself may reach in: the wire, what a function returns, the rules. */
export interface Edges {
  /** Rewrites the body of a request as it leaves; `call` is `rebuild > WorkSpaces.RebuildWorkspaces`, say. */
  request?: (call: string, body: string) => string;
  /** Rewrites the body of an answer as it arrives. */
  answer?: (call: string, body: string) => string;
  /** Whether the client sends a request again that failed. */
  repeat?: (call: string) => boolean;
  /** Rewrites, or throws away, what a function returned. */
  result?: (artifact: string, result: unknown) => unknown;
  /** Whether EventBridge has this rule. */
  rule?: (name: string) => boolean;
}

const DAY = 86_400_000;
/** Longest that a story may take, simulated. */
const HORIZON = 7 * DAY;
const { requestTimeout: REQUEST_TIMEOUT } = REQUEST_HANDLER;
const LATE_EFFECT = 20_000;
const STALE = 60_000;
/** One story in so many really signs its requests. */
const SIGNED = 100;
/** Lambda's waits before the second and third try of an asynchronous invocation. */
const ASYNC_RETRIES = [60_000, 120_000];

const realImmediate = setImmediate;
const outputSchema = v.looseObject({ outcome: v.string() });

export async function play(story: Story, edges: Edges = {}): Promise<Trace> {
  const table = await SimulatedTable.create();
  return new World(story, edges, table).run();
}

class World {
  readonly #story: Story;
  readonly #edges: Edges;
  readonly #table: SimulatedTable;
  readonly #random: Random;
  /** Apart, so that a story with its faults given runs as it did when they were drawn. */
  readonly #faultRandom: Random;
  readonly #sites: CallSite[] = [];
  readonly #stack: Stack;
  readonly #machine: StateMachine;
  readonly #definition: unknown;
  readonly #sns: SnsServer;
  readonly #desktops: WorkspacesServer;
  readonly #happenings: Happening[] = [];
  readonly #executions = new Map<string, ExecutionRecord & { abort: (status: ExecutionStatus) => void }>();
  readonly #calls = new Map<string, number>();
  readonly #faults: Map<string, FaultKind>;
  readonly #snsDown = new Set<string>();
  readonly #arrivals: { invocation: number; call: string; go: () => void }[] = [];
  #staleness = 0;
  #pending = 0;
  #real = 0;
  #requests = 0;
  #invocations = 0;

  constructor(story: Story, edges: Edges, table: SimulatedTable) {
    this.#story = story;
    this.#edges = edges;
    this.#table = table;
    this.#random = new Random(story.seed);
    this.#faultRandom = new Random(story.seed + 1);
    this.#stack = stackFor(story.parameters);
    this.#definition = JSON.parse(this.#stack.stateMachine.definition);
    this.#machine = new StateMachine(JSON.parse(this.#stack.stateMachine.definition), {
      // The tests validate it; here it would be done for every story.
      validationOptions: { noValidate: true },
    });
    this.#sns = new SnsServer(this.#stack.topicArn, (notification) =>
      this.#note({ kind: 'published', ...notification }),
    );
    let constructing = true;
    this.#desktops = new WorkspacesServer({
      now: () => (constructing ? START : Date.now() - this.#staleness),
      desktops: story.desktops,
    });
    constructing = false;
    this.#faults = new Map(
      Array.isArray(story.faults) ? story.faults.map(({ site, kind }) => [siteKey(site), kind]) : [],
    );
  }

  #note(happening: DistributiveOmit<Happening, 'at'>): void {
    this.#happenings.push({ at: Date.now(), ...happening });
  }

  async run(): Promise<Trace> {
    Object.assign(process.env, {
      ...Object.assign({}, ...this.#stack.functions.map(({ environment }) => environment)),
      TABLE_NAME: this.#table.name,
      // Functions that are warm from another story must not know its mode.
      MODE_PARAMETER: `/${this.#table.name}/mode`,
      POWERTOOLS_DEV: 'true',
      AWS_REGION: this.#stack.region,
      AWS_ACCESS_KEY_ID: 'simulation',
      AWS_SECRET_ACCESS_KEY: 'simulation',
    });
    const { clock, restore } = takeOver(START, this.#random, (entry) => this.#note({ kind: 'log', entry }));
    try {
      for (const start of this.#story.starts) this.#later(start.at, () => this.#deliver(start));
      await this.#untilQuiet(clock);
      // Whatever was left locked shows here.
      const unfinished = this.#running();
      for (const [index, { workspaceId }] of this.#story.desktops.entries()) {
        const input = { workspaceId, reason: 'Is it free?' };
        const name = `probe-${workspaceId}`;
        // One after the other: thousands at a time would need as many warm functions.
        this.#later(index * 1_000, () =>
          this.#start({ name, at: Date.now() - START, via: 'console', input, workspaceId }),
        );
      }
      await this.#untilQuiet(clock);
      const setting = (name: string) =>
        this.#stack.functions.map(({ environment }) => environment[name]).find(Boolean);
      const numeric = (name: string) => Number(setting(name));
      return {
        story: this.#story,
        happenings: this.#happenings,
        startedAt: START,
        endedAt: Date.now(),
        histories: new Map(
          this.#story.desktops.map(({ workspaceId }) => [workspaceId, this.#desktops.history(workspaceId)]),
        ),
        settings: {
          maxAttempts: numeric('MAX_ATTEMPTS'),
          notStartedMs: numeric('NOT_STARTED_MINUTES') * 60_000,
          deadlineMs: numeric('DEADLINE_MINUTES') * 60_000,
          confirmMs: numeric('CONFIRM_SECONDS') * 1_000,
          maxUnhealthyPercent: numeric('MAX_UNHEALTHY_PERCENT'),
          maxUnhealthyCount: numeric('MAX_UNHEALTHY_COUNT'),
          stormCooldownMs: numeric('STORM_COOLDOWN_MINUTES') * 60_000,
          maxConcurrent: numeric('MAX_CONCURRENT_REBUILDS'),
          cooldownMs: numeric('COOLDOWN_HOURS') * 3_600_000,
          maxPerWeek: numeric('MAX_REBUILDS_PER_WEEK'),
          maxSnapshotAgeMs: numeric('MAX_SNAPSHOT_AGE_HOURS') * 3_600_000,
          ladder: setting('LADDER') ?? '',
        },
        sites: this.#sites,
        unfinished: [...new Set([...unfinished, ...this.#running()])],
      };
    } finally {
      restore();
    }
  }

  #running(): string[] {
    return [...this.#executions.values()]
      .filter(({ status }) => status === 'RUNNING')
      .map(({ name }) => name);
  }

  /** Moves the clock from one due thing to the next, until nothing is pending any more. */
  async #untilQuiet(clock: Clock): Promise<void> {
    while (this.#pending > 0 && Date.now() < START + HORIZON) {
      // Lets every promise and every answer on its way arrive before time moves.
      await new Promise((resolve) => realImmediate(resolve));
      if (this.#pending === 0 || this.#real > 0 || isReadingFiles()) continue;
      clock.next();
    }
  }

  /** Does something later, and does not let the story end before. */
  #later(milliseconds: number, task: () => void | Promise<void>): void {
    this.#pending++;
    setTimeout(async () => {
      try {
        await task();
      } finally {
        this.#pending--;
      }
    }, milliseconds);
  }

  async #really<T>(work: () => Promise<T>): Promise<T> {
    this.#real++;
    try {
      return await work();
    } finally {
      this.#real--;
    }
  }

  // --- EventBridge

  #deliver(start: Start): void {
    if (start.via === 'console') {
      this.#start(start);
      return;
    }
    const matched = this.#stack.rules.filter(
      ({ name, pattern }) => this.#hasRule(name) && matches(pattern, start.input),
    );
    if (matched.length === 0) this.#note({ kind: 'unmatched', start });
    for (const { targets } of matched) {
      for (const { arn } of targets) if (arn === this.#stack.stateMachine.arn) this.#start(start);
    }
  }

  #hasRule(name: string): boolean {
    return this.#edges.rule?.(name) ?? true;
  }

  #ended(record: ExecutionRecord): void {
    const event = statusChange(record);
    for (const { name, pattern, targets } of this.#stack.rules) {
      if (!this.#hasRule(name) || !matches(pattern, event)) continue;
      for (const { arn } of targets) this.#later(1_000, () => this.#invokeAsync(arn, event, record.name));
    }
  }

  /** Lambda's asynchronous invocation: three tries, then the dead-letter queue. */
  async #invokeAsync(arn: string, event: object, about: string): Promise<void> {
    for (const wait of [...ASYNC_RETRIES, null]) {
      try {
        await this.#task(arn, event, 'net');
        return;
      } catch {
        if (wait !== null) await sleep(wait);
      }
    }
    this.#note({ kind: 'dead-letter', about });
  }

  // --- Step Functions

  #start(start: Start): void {
    // Two rules for one event would make two executions of it.
    const name = this.#executions.has(start.name) ? `${start.name}-again` : start.name;
    const arn = `${this.#stack.stateMachine.arn.replace(':stateMachine:', ':execution:')}:${name}`;
    this.#note({ kind: 'started', execution: name, start });
    const input = JSON.parse(JSON.stringify(start.input));
    const running = this.#machine.run(input, {
      overrides: {
        taskResourceLocalHandlers: taskHandlers(this.#definition, {
          invoke: (functionArn, payload) => this.#task(functionArn, payload, name),
          publish: (topicArn, notification) => this.#publish(topicArn, notification, name),
        }),
      },
      context: {
        Execution: {
          Id: arn,
          Name: name,
          RoleArn: this.#stack.stateMachine.roleArn,
          StartTime: new Date().toISOString(),
          Input: input,
        },
      },
    });
    let stoppedAs: ExecutionStatus = 'ABORTED';
    const record = {
      arn,
      name,
      status: 'RUNNING' as ExecutionStatus,
      input,
      startedAt: Date.now(),
      abort: (status: ExecutionStatus) => {
        stoppedAs = status;
        running.abort();
      },
    };
    this.#executions.set(name, record);
    const end = (status: ExecutionStatus, outcome: string | null, error: string | null, cause?: string) => {
      Object.assign(record, { status, endedAt: Date.now(), error, cause });
      this.#note({ kind: 'ended', execution: name, arn, status, outcome, error });
      if (status !== 'SUCCEEDED') this.#ended(record);
      this.#pending--;
    };
    this.#pending++;
    running.result.then(
      (output) => {
        const parsed = v.safeParse(outputSchema, output);
        end('SUCCEEDED', parsed.success ? parsed.output.outcome : null, null);
      },
      (error: unknown) => {
        if (error instanceof ExecutionAbortedError) return end(stoppedAs, null, null);
        if (error instanceof ExecutionTimeoutError) return end('TIMED_OUT', null, null);
        const failure = error instanceof Error ? error.cause : undefined;
        const [code, cause] =
          failure instanceof Error ? [failure.name, failure.message] : ['States.Runtime', String(error)];
        end(
          'FAILED',
          code.startsWith('Remediation.') ? code.slice('Remediation.'.length) : null,
          code,
          cause,
        );
      },
    );
    if (start.stopAfter !== undefined) setTimeout(() => this.#stop(name), start.stopAfter);
  }

  /** Stops an execution from outside: a person, or its time limit. */
  #stop(name: string): void {
    const record = this.#executions.get(name);
    if (record?.status === 'RUNNING') record.abort(this.#random.chance(0.5) ? 'ABORTED' : 'TIMED_OUT');
  }

  // --- Faults

  #fault(execution: string, call: string): FaultKind | undefined {
    const key = `${execution} ${call}`;
    const number = (this.#calls.get(key) ?? 0) + 1;
    this.#calls.set(key, number);
    const site = { execution, call, number };
    if (!execution.startsWith('probe')) this.#sites.push(site);
    const kind = Array.isArray(this.#story.faults)
      ? this.#faults.get(siteKey(site))
      : this.#draw(this.#story.faults.rate, execution, call);
    if (kind) this.#note({ kind: 'fault', fault: { site, kind } });
    return kind;
  }

  #draw(rate: number, execution: string, call: string): FaultKind | undefined {
    if (execution.startsWith('probe') || !this.#faultRandom.chance(rate)) return undefined;
    const [first, ...rest] = kindsFor(call);
    return first && this.#faultRandom.pick([first, ...rest]);
  }

  // --- Tasks: what Step Functions and EventBridge call

  async #task(functionArn: string, payload: unknown, execution: string): Promise<unknown> {
    if (this.#executions.get(execution)?.status !== 'RUNNING' && execution !== 'net') return never();
    const spec = this.#stack.functions.find(({ arn }) => arn === functionArn);
    if (!spec) throw new LambdaError('Lambda.ResourceNotFoundException', { errorMessage: functionArn });
    const invoke = () => this.#invoke(spec, payload, execution);
    switch (this.#fault(execution, spec.artifact)) {
      case 'throttled':
        throw new LambdaError('Lambda.TooManyRequestsException', { errorMessage: 'Rate Exceeded.' });
      case 'error-before':
        throw new LambdaError('Lambda.ServiceException', { errorMessage: 'Internal error' });
      case 'lost-response':
        await invoke().catch(() => undefined);
        throw new LambdaError('Lambda.SdkClientException', { errorMessage: 'The answer was lost.' });
      case 'duplicate': {
        const second = invoke().catch(() => undefined);
        try {
          return await invoke();
        } finally {
          await second;
        }
      }
      case 'abort':
        this.#stop(execution);
        return invoke();
      default:
        return invoke();
    }
  }

  async #publish(topicArn: string, notification: Notification, execution: string): Promise<string> {
    if (this.#executions.get(execution)?.status !== 'RUNNING') return never();
    const kind = this.#fault(execution, 'sns:publish');
    if (kind === 'down') this.#snsDown.add(execution);
    if (kind === 'abort') this.#stop(execution);
    if (this.#snsDown.has(execution) || kind === 'error-before') {
      throw new LambdaError('SNS.InternalErrorException', { errorMessage: 'Internal error' });
    }
    if (kind === 'throttled')
      throw new LambdaError('SNS.ThrottledException', { errorMessage: 'Rate exceeded' });
    await sleep(this.#latency());
    const id = this.#sns.publish(topicArn, notification);
    if (kind === 'lost-response') {
      throw new LambdaError('SNS.SdkClientException', { errorMessage: 'The answer was lost.' });
    }
    return id;
  }

  // --- Lambda

  async #invoke(spec: Stack['functions'][number], payload: unknown, execution: string): Promise<unknown> {
    const acquiring = this.#really(() => acquire(spec.artifact));
    // Time stands still until it is loaded, so that a cold start changes no order.
    await sleep(0);
    const sandbox = await acquiring;
    const id = ++this.#invocations;
    const { artifact } = spec;
    this.#note({ kind: 'invoked', execution, artifact, id });
    this.#pending++;
    try {
      const result = await this.#execute(sandbox, spec, payload, execution, id);
      this.#note({ kind: 'returned', execution, artifact, id, error: null });
      return result;
    } catch (error) {
      const name = error instanceof Error ? error.name : 'Error';
      this.#note({ kind: 'returned', execution, artifact, id, error: name });
      throw error;
    } finally {
      sandbox.busy = false;
      this.#pending--;
    }
  }

  #execute(
    sandbox: Sandbox,
    spec: Stack['functions'][number],
    payload: unknown,
    execution: string,
    id: number,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const invocation: Invocation = {
        artifact: spec.artifact,
        execution,
        payload: JSON.parse(JSON.stringify(payload)),
        isSigned: this.#story.seed % SIGNED === 0,
        frozen: false,
        die: (errorType) => {
          invocation.frozen = true;
          clearTimeout(timer);
          reject(new LambdaError(errorType, { errorType, errorMessage: 'The function ended.' }));
        },
        serve: (by, request) => this.#serve(by, id, spec.arn, request),
      };
      const deadline = Date.now() + spec.timeoutSeconds * 1000;
      const timer = setTimeout(() => invocation.die('Sandbox.Timedout'), spec.timeoutSeconds * 1000);
      runIn(sandbox, invocation, contextOf(spec, `${spec.artifact}-${id}`, deadline)).then(
        (result) => {
          if (invocation.frozen) return;
          clearTimeout(timer);
          try {
            const plain: unknown = JSON.parse(JSON.stringify(result));
            resolve(this.#edges.result ? this.#edges.result(spec.artifact, plain) : plain);
          } catch (error) {
            reject(error);
          }
        },
        (error: unknown) => {
          if (invocation.frozen) return;
          clearTimeout(timer);
          const [name, message] =
            error instanceof Error ? [error.name, error.message] : ['Error', String(error)];
          reject(new LambdaError(name, { errorType: name, errorMessage: message }));
        },
      );
    });
  }

  // --- The wire between a function and the services

  async #serve(
    invocation: Invocation,
    invocationId: number,
    functionArn: string,
    wire: WireRequest,
  ): Promise<WireResponse> {
    const operation = operationOf(wire);
    const { execution, artifact } = invocation;
    const call = `${artifact} > ${operation}`;
    await this.#arrival(invocationId, call);
    if (invocation.frozen) return never();
    const kind = this.#fault(execution, call);
    if (kind === 'overtaken') {
      const spec = this.#stack.functions.find(({ arn }) => arn === functionArn);
      if (spec) await this.#invoke(spec, invocation.payload, execution).catch(() => undefined);
      if (invocation.frozen) return never();
    }
    if (kind === 'abort') this.#stop(execution);
    if (kind === 'crash-before') {
      invocation.die('Runtime.ExitError');
      return never();
    }
    const request = { ...wire, body: this.#edges.request?.(call, wire.body) ?? wire.body };
    const id = ++this.#requests;
    const workspaceId = workspaceOf(request.body);
    this.#note({ kind: 'request', execution, invocation: invocationId, call, id, workspaceId });
    const answer = await this.#travel(invocation, operation, id, request, kind);
    if (this.#edges.repeat?.(call) && (answer instanceof Error || answer.status >= 500)) {
      return this.#serve(invocation, invocationId, functionArn, wire);
    }
    if (invocation.frozen) return never();
    this.#note({ kind: 'answer', id, ...understood(operation, answer) });
    if (answer instanceof Error) throw answer;
    const body = this.#edges.answer?.(call, answer.body) ?? answer.body;
    return { statusCode: answer.status, headers: answer.headers, body: Buffer.from(body) };
  }

  /**
   * Requests of one moment go on in an order of their own: which came first depends on how warm the SDK's clients
   * are, and so on the stories that this process has played before.
   */
  async #arrival(invocation: number, call: string): Promise<void> {
    if (this.#arrivals.length === 0) {
      setTimeout(() => {
        const arrived = this.#arrivals.splice(0);
        arrived.sort(
          (one, other) =>
            one.invocation - other.invocation ||
            Number(one.call > other.call) - Number(one.call < other.call),
        );
        for (const { go } of arrived) go();
      });
    }
    await new Promise<void>((go) => this.#arrivals.push({ invocation, call, go }));
  }

  /** One request's way to the service and back, with what goes wrong on it. */
  async #travel(
    invocation: Invocation,
    operation: string,
    id: number,
    request: WireRequest,
    kind: FaultKind | undefined,
  ): Promise<ApiResponse | Error> {
    const effect = (staleness = 0) => this.#effect(operation, id, request, staleness);
    await sleep(this.#latency());
    switch (kind) {
      case 'reset-before':
        return reset();
      case 'throttled':
        return failure(operation, 400);
      case 'error-500':
        return failure(operation, 500);
      case 'late-effect':
        this.#later(LATE_EFFECT, async () => {
          await effect();
        });
        await sleep(REQUEST_TIMEOUT);
        return timeout();
      case 'stale':
        return effect(STALE);
      default:
    }
    const answer = await effect();
    switch (kind) {
      case 'lost-response':
        return reset();
      case 'effect-500':
        return failure(operation, 500);
      case 'slow':
        await sleep(REQUEST_TIMEOUT);
        return timeout();
      case 'hang':
        return never();
      case 'crash-after':
        invocation.die('Runtime.ExitError');
        return never();
      default:
        return answer;
    }
  }

  async #effect(
    operation: string,
    id: number,
    request: WireRequest,
    staleness: number,
  ): Promise<ApiResponse> {
    const answer = await this.#ask(operation, request, staleness);
    const { error, refused, state } = understood(operation, answer);
    this.#note({ kind: 'effect', id, result: error ?? (refused ? 'refused' : (state ?? 'ok')) });
    return answer;
  }

  async #ask(operation: string, request: ApiRequest, staleness: number): Promise<ApiResponse> {
    const [service] = operation.split('.');
    if (service === 'DynamoDB') return this.#really(() => this.#table.handle(request));
    if (service === 'SNS') return this.#sns.handle(request);
    if (service === 'StepFunctions') {
      return describeExecution(request, (arn) => this.#executions.get(arn.split(':').at(-1) ?? ''));
    }
    if (service === 'SSM') return getParameter(request, () => this.#mode());
    if (service === 'CloudWatch') {
      return getMetricData(request, this.#desktops, {
        now: Date.now(),
        others: this.#story.others ?? OTHERS,
      });
    }
    this.#staleness = staleness;
    try {
      return this.#desktops.handle(request);
    } finally {
      this.#staleness = 0;
    }
  }

  #mode(): string | undefined {
    const set = (this.#story.mode ?? []).filter(({ at }) => START + at <= Date.now()).at(-1);
    return set ? (set.value ?? undefined) : this.#stack.mode;
  }

  #latency(): number {
    return this.#random.integer(1, 60);
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

const stacks = new Map<string, Stack>();
function stackFor(parameters: Record<string, string>): Stack {
  const key = JSON.stringify(parameters);
  const stack = stacks.get(key) ?? loadStack({ parameters });
  if (stacks.size < 1_000) stacks.set(key, stack);
  return stack;
}

function contextOf(spec: Stack['functions'][number], awsRequestId: string, deadline: number) {
  return {
    awsRequestId,
    callbackWaitsForEmptyEventLoop: false,
    functionName: spec.name,
    functionVersion: '$LATEST',
    invokedFunctionArn: spec.arn,
    memoryLimitInMB: '512',
    logGroupName: `/aws/lambda/${spec.name}`,
    logStreamName: 'simulation',
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
}
