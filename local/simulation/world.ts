/**
 * Plays one story: the real workflow and the real steps against the lab's servers, in this process, on a virtual
 * clock, with everything random drawn from the story's seed. The clock moves only while nothing real is under way.
 */
import type { Clock } from '@sinonjs/fake-timers';
import { ExecutionAbortedError, ExecutionTimeoutError, StateMachine } from 'aws-local-stepfunctions';
import * as v from 'valibot';
import { REQUEST_HANDLER } from '../../functions/aws/clients.ts';
import { Alarms } from '../alarms.ts';
import { matches } from '../event-pattern.ts';
import { type ExecutionRecord, type ExecutionStatus, statusChange } from '../executions-server.ts';
import type { ApiResponse } from '../http.ts';
import { LambdaError } from '../lambda.ts';
import type { Notification } from '../sns-server.ts';
import { failureOf, type Start, type Story } from '../stories/story.ts';
import { loadStack, type Stack } from '../template.ts';
import { type Json, taskHandlers } from '../workflow.ts';
import { AlarmFeed } from './alarm-feed.ts';
import { isReadingFiles, takeOver } from './ambient.ts';
import type { FaultKind } from './faults.ts';
import { DrawnFaults } from './faults-drawn.ts';
import { Outages } from './outages.ts';
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
import { Services } from './services.ts';
import { settingsOf } from './settings.ts';
import { SimulatedTable } from './table.ts';
import type { Happening, Note, Trace } from './trace.ts';
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
  /** Whether CloudWatch has this alarm. */
  alarm?: (name: string) => boolean;
  /** Rewrites the state machine's definition. */
  definition?: (text: string) => string;
  /** What a function takes for the answer without asking. */
  memory?: (call: string) => string | undefined;
  /** How long a function dawdles before it asks, milliseconds. */
  dawdle?: (call: string) => number;
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

/** The tests validate the workflow; here it would be done for every story. */
const UNCHECKED = { validationOptions: { noValidate: true } } as const;

const realImmediate = setImmediate;
const outputSchema = v.looseObject({ outcome: v.string() });

export async function play(story: Story, edges: Edges = {}): Promise<Trace> {
  const table = await SimulatedTable.create(story.table);
  return new World(story, edges, table).run();
}

/** An execution, and how it is run. */
interface Execution extends ExecutionRecord {
  input: Json;
  start: Start;
  /** How often it was set going: once, and once more by a redrive. */
  runs: number;
  /** How many states it has entered, which Step Functions bills. */
  transitions: number;
  /** The state that it entered last; remembered where somebody redrives it. */
  lastState?: { name: string; input: unknown };
  abort: (status: ExecutionStatus) => void;
}

const enteredSchema = v.looseObject({
  type: v.literal('StateEntered'),
  state: v.looseObject({ name: v.string(), input: v.unknown() }),
});

/** Counts the states that an execution enters, and keeps the last one where it will be needed. */
async function follow(record: Execution, events: AsyncIterable<unknown>): Promise<void> {
  for await (const event of events) {
    const parsed = v.safeParse(enteredSchema, event);
    if (!parsed.success || parsed.output.state.name === REDRIVE) continue;
    record.transitions++;
    if (record.start.redriveAfter !== undefined) record.lastState = parsed.output.state;
  }
}

/** A state of the simulation's own, by which a redriven execution goes on. */
const REDRIVE = 'Redrive';

class World {
  readonly #story: Story;
  readonly #edges: Edges;
  readonly #table: SimulatedTable;
  readonly #random: Random;
  readonly #stack: Stack;
  readonly #machine: StateMachine;
  readonly #definition: string;
  readonly #watched: Alarms;
  readonly #services: Services;
  readonly #outages: Outages;
  readonly #faults: DrawnFaults;
  readonly #happenings: Happening[] = [];
  readonly #executions = new Map<string, Execution>();
  readonly #snsDown = new Set<string>();
  /** Calls of each task so far. */
  readonly #tasks = new Map<string, number>();
  readonly #arrivals: { invocation: number; call: string; go: () => void }[] = [];
  #pending = 0;
  #real = 0;
  #requests = 0;
  #invocations = 0;

  constructor(story: Story, edges: Edges, table: SimulatedTable) {
    this.#story = story;
    this.#edges = edges;
    this.#table = table;
    this.#random = new Random(story.seed);
    this.#stack = stackFor(story.parameters);
    const { definition } = this.#stack.stateMachine;
    this.#definition = edges.definition?.(definition) ?? definition;
    this.#machine = new StateMachine(JSON.parse(this.#definition), UNCHECKED);
    this.#services = new Services({
      story,
      stack: this.#stack,
      table,
      note: this.#note,
      find: (name) => this.#executions.get(name),
    });
    this.#outages = new Outages(story, this.#note);
    this.#watched = new Alarms(
      this.#stack.alarms.filter(({ name }) => edges.alarm?.(name) ?? true),
      {
        region: this.#stack.region,
        account: this.#stack.account,
        later: (milliseconds, hold, task) =>
          hold ? this.#later(milliseconds, task) : setTimeout(task, milliseconds),
        // CloudWatch does not try again: with SNS away, nobody learns of it.
        publish: (topicArn, notification) => {
          const isAway = this.#outages.now('SNS', 'alarm > SNS.Publish') !== undefined;
          if (!isAway) this.#services.sns.publish(topicArn, notification);
        },
      },
    );
    this.#faults = new DrawnFaults(story, this.#note);
  }

  readonly #note: Note = (happening) => {
    this.#happenings.push({ at: Date.now(), ...happening });
  };

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
    const { clock, restore } = takeOver(this.#story.at, this.#random, (entry) =>
      this.#note({ kind: 'log', entry }),
    );
    try {
      for (const start of this.#story.starts) this.#later(start.at, () => this.#deliver(start));
      if (this.#story.until !== undefined) this.#later(this.#story.until, () => undefined);
      this.#feed();
      await this.#untilQuiet(clock);
      // Whatever was left locked shows here.
      const unfinished = this.#running();
      for (const [index, workspaceId] of this.#leftOpen().entries()) {
        const input = { workspaceId, reason: 'Is it free?' };
        const name = `probe-${workspaceId}`;
        // One after the other: thousands at a time would need as many warm functions.
        this.#later(index * 1_000, () =>
          this.#start({ name, at: Date.now() - this.#story.at, via: 'console', input, workspaceId }),
        );
      }
      await this.#untilQuiet(clock);
      return {
        story: this.#story,
        happenings: this.#happenings,
        startedAt: this.#story.at,
        endedAt: Date.now(),
        histories: new Map(
          this.#story.desktops.map(({ workspaceId }) => [
            workspaceId,
            this.#services.desktops.history(workspaceId),
          ]),
        ),
        settings: settingsOf(this.#stack),
        sites: this.#faults.sites,
        transitions: new Map(
          [...this.#executions.values()].map(({ name, transitions }) => [name, transitions]),
        ),
        unfinished: [...new Set([...unfinished, ...this.#running()])],
      };
    } finally {
      restore();
    }
  }

  /** The WorkSpaces of which an execution ended other than it should: a lease or a turn may have been left behind. */
  #leftOpen(): string[] {
    const open = new Set<string | undefined>(
      this.#happenings.flatMap((one) =>
        one.kind === 'started' && this.#executions.get(one.execution)?.status !== 'SUCCEEDED'
          ? [one.start.workspaceId]
          : [],
      ),
    );
    return this.#story.desktops.map(({ workspaceId }) => workspaceId).filter((id) => open.has(id));
  }

  #running(): string[] {
    return [...this.#executions.values()]
      .filter(({ status }) => status === 'RUNNING')
      .map(({ name }) => name);
  }

  /** Moves the clock from one due thing to the next, until nothing is pending any more. */
  async #untilQuiet(clock: Clock): Promise<void> {
    while (this.#pending > 0 && Date.now() < this.#story.at + HORIZON) {
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

  // --- CloudWatch's alarms on WorkSpaces

  #feed(): void {
    const { alarms } = this.#story;
    if (!alarms) return;
    new AlarmFeed({
      story: this.#story,
      alarms,
      desktops: this.#services.desktops,
      later: (milliseconds, task) => this.#later(milliseconds, task),
      deliver: (start) => this.#deliver(start),
      note: this.#note,
      isBusy: () => this.#running().length > 0,
    }).start();
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
    const count = this.#happenings.filter(({ kind }) => kind === 'dead-letter').length;
    this.#watched.gauge('AWS/SQS', 'ApproximateNumberOfMessagesVisible', this.#stack.deadLetterQueue, count);
  }

  // --- Step Functions

  #start(start: Start): void {
    // Two rules for one event would make two executions of it.
    const name = this.#executions.has(start.name) ? `${start.name}-again` : start.name;
    this.#note({ kind: 'started', execution: name, start });
    const record: Execution = {
      arn: `${this.#stack.stateMachine.arn.replace(':stateMachine:', ':execution:')}:${name}`,
      name,
      status: 'RUNNING',
      input: JSON.parse(JSON.stringify(start.input)),
      startedAt: Date.now(),
      start,
      runs: 0,
      transitions: 0,
      abort: () => undefined,
    };
    this.#executions.set(name, record);
    this.#run(record, this.#machine);
    if (start.stopAfter !== undefined) setTimeout(() => this.#stop(name), start.stopAfter);
  }

  /** Runs an execution, or runs it on: its tasks, and its end. */
  #run(record: Execution, machine: StateMachine): void {
    const { arn, name, input } = record;
    const run = ++record.runs;
    // What a stopped run still wants is nobody's.
    const ofThisRun = <T>(work: () => Promise<T>) => (record.runs === run ? work() : never());
    const running = machine.run(input, {
      overrides: {
        taskResourceLocalHandlers: taskHandlers(JSON.parse(this.#definition), {
          invoke: (functionArn, payload) => ofThisRun(() => this.#task(functionArn, payload, name)),
          publish: (topicArn, notification) => ofThisRun(() => this.#publish(topicArn, notification, name)),
        }),
      },
      context: {
        Execution: { Id: arn, Name: name, RoleArn: this.#stack.stateMachine.roleArn, Input: input },
      },
    });
    let stoppedAs: ExecutionStatus = 'ABORTED';
    record.abort = (status) => {
      stoppedAs = status;
      running.abort();
    };
    void follow(record, running.eventLogs);
    this.#pending++;
    running.result.then(
      (output) => {
        const parsed = v.safeParse(outputSchema, output);
        this.#end(record, 'SUCCEEDED', { outcome: parsed.success ? parsed.output.outcome : null });
      },
      (error: unknown) => {
        if (error instanceof ExecutionAbortedError) return this.#end(record, stoppedAs, {});
        if (error instanceof ExecutionTimeoutError) return this.#end(record, 'TIMED_OUT', {});
        const failure = error instanceof Error ? error.cause : undefined;
        const [code, cause] =
          failure instanceof Error ? [failure.name, failure.message] : ['States.Runtime', String(error)];
        const outcome = code.startsWith('Remediation.') ? code.slice('Remediation.'.length) : null;
        this.#end(record, 'FAILED', { outcome, error: code, cause });
      },
    );
  }

  #end(
    record: Execution,
    status: ExecutionStatus,
    how: { outcome?: string | null; error?: string; cause?: string },
  ): void {
    const { outcome = null, error = null, cause } = how;
    Object.assign(record, { status, endedAt: Date.now(), error, cause });
    const { name: execution, arn, start, runs } = record;
    this.#note({ kind: 'ended', execution, arn, status, outcome, error });
    if (status !== 'SUCCEEDED') {
      this.#ended(record);
      if (start.redriveAfter !== undefined && runs === 1) {
        this.#later(start.redriveAfter, () => this.#redrive(record));
      }
    }
    this.#pending--;
  }

  /**
   * It goes on from the unsuccessful state, with that state's input, under its ARN; its time limit and the tries of the
   * state begin anew.
   * @see https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
   */
  #redrive(record: Execution): void {
    const { lastState, name } = record;
    if (!lastState) return;
    this.#note({ kind: 'redriven', execution: name });
    Object.assign(record, { status: 'RUNNING', endedAt: undefined, error: null, cause: undefined });
    const definition = JSON.parse(this.#definition);
    // The interpreter knows no redrive, and has to be told the input of the execution as well as the state's.
    const States = {
      ...definition.States,
      [REDRIVE]: { Type: 'Pass', Result: lastState.input, Next: lastState.name },
    };
    this.#run(record, new StateMachine({ ...definition, StartAt: REDRIVE, States }, UNCHECKED));
  }

  /** Stops an execution from outside: a person, or its time limit. */
  #stop(name: string): void {
    const record = this.#executions.get(name);
    if (record?.status === 'RUNNING') record.abort(this.#random.chance(0.5) ? 'ABORTED' : 'TIMED_OUT');
  }

  // --- Tasks: what Step Functions and EventBridge call

  async #task(functionArn: string, payload: unknown, execution: string): Promise<unknown> {
    if (this.#executions.get(execution)?.status !== 'RUNNING' && execution !== 'net') return never();
    const spec = this.#stack.functions.find(({ arn }) => arn === functionArn);
    if (!spec) throw new LambdaError('Lambda.ResourceNotFoundException', { errorMessage: functionArn });
    await this.#outages.refuse('Lambda', spec.artifact, [
      'Lambda.TooManyRequestsException',
      'Lambda.ServiceException',
    ]);
    this.#fail(spec.artifact);
    const invoke = () => this.#invoke(spec, payload, execution);
    switch (this.#faults.next(execution, spec.artifact)) {
      case 'throttled':
        this.#watched.count('AWS/Lambda', 'Throttles', spec.name);
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
    await this.#outages.refuse('SNS', 'sns:publish', [
      'SNS.ThrottledException',
      'SNS.InternalErrorException',
    ]);
    this.#fail('sns');
    const kind = this.#faults.next(execution, 'sns:publish');
    if (kind === 'down') this.#snsDown.add(execution);
    if (kind === 'abort') this.#stop(execution);
    if (this.#snsDown.has(execution) || kind === 'error-before') {
      throw new LambdaError('SNS.InternalErrorException', { errorMessage: 'Internal error' });
    }
    if (kind === 'throttled')
      throw new LambdaError('SNS.ThrottledException', { errorMessage: 'Rate exceeded' });
    await sleep(this.#latency());
    const id = this.#services.sns.publish(topicArn, notification);
    if (kind === 'lost-response') {
      throw new LambdaError('SNS.SdkClientException', { errorMessage: 'The answer was lost.' });
    }
    return id;
  }

  /** Fails a task that the story lets fail. @throws LambdaError */
  #fail(task: string): void {
    const number = (this.#tasks.get(task) ?? 0) + 1;
    this.#tasks.set(task, number);
    const error = failureOf(this.#story, task, number);
    if (error === undefined) return;
    this.#note({ kind: 'outage', call: task, how: error });
    throw new LambdaError(error, { errorType: error, errorMessage: 'down' });
  }

  // --- Lambda

  async #invoke(spec: Stack['functions'][number], payload: unknown, execution: string): Promise<unknown> {
    const acquiring = this.#really(() => acquire(spec.artifact));
    // Time stands still until it is loaded, so that a cold start changes no order.
    await sleep(0);
    const sandbox = await acquiring;
    const id = ++this.#invocations;
    const { artifact } = spec;
    this.#note({ kind: 'invoked', execution, artifact, id, size: JSON.stringify(payload).length });
    this.#pending++;
    try {
      const result = await this.#execute(sandbox, spec, payload, execution, id);
      this.#note({ kind: 'returned', execution, artifact, id, error: null });
      return result;
    } catch (error) {
      const name = error instanceof Error ? error.name : 'Error';
      this.#note({ kind: 'returned', execution, artifact, id, error: name });
      this.#watched.count('AWS/Lambda', 'Errors', spec.name);
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
    const kind = this.#faults.next(execution, call);
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
    const remembered = this.#edges.memory?.(call);
    if (remembered !== undefined) return { statusCode: 200, headers: {}, body: Buffer.from(remembered) };
    const dawdled = this.#edges.dawdle?.(call) ?? 0;
    if (dawdled > 0) await sleep(dawdled);
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
    const away = await this.#outages.answer(operation);
    if (away) return away;
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
    const answer = await this.#really(() => this.#services.ask(operation, request, staleness));
    const { error, refused, state, code } = understood(operation, answer);
    this.#note({ kind: 'effect', id, result: error ?? (refused ? 'refused' : (state ?? 'ok')), code });
    return answer;
  }

  #latency(): number {
    return this.#random.integer(1, 60);
  }
}

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
