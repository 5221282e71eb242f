/**
 * Plays one story: the real workflow and the real steps against the lab's servers, in this process, on a virtual
 * clock, with everything random drawn from the story's seed. The clock moves only while nothing real is under way.
 */
import { ExecutionAbortedError, ExecutionTimeoutError, StateMachine } from 'aws-local-stepfunctions';
import * as v from 'valibot';
import { Alarms } from '../alarms.ts';
import { matches } from '../event-pattern.ts';
import { type ExecutionRecord, type ExecutionStatus, statusChange } from '../executions-server.ts';
import type { Start, Story } from '../stories/story.ts';
import { loadStack, type Stack } from '../template.ts';
import { type Json, taskHandlers } from '../workflow.ts';
import { AlarmFeed } from './alarm-feed.ts';
import { takeOver } from './ambient.ts';
import type { Edges } from './edges.ts';
import { DrawnFaults } from './faults-drawn.ts';
import { Functions } from './functions.ts';
import { Outages } from './outages.ts';
import { Pending, sleep } from './pending.ts';
import { Random } from './random.ts';
import { never } from './sandbox.ts';
import { Services } from './services.ts';
import { settingsOf } from './settings.ts';
import { SimulatedTable } from './table.ts';
import { Tasks } from './tasks.ts';
import { type Happening, type Note, PROBE, type Trace } from './trace.ts';

const DAY = 86_400_000;
/** Longest that a story may take, simulated. */
const HORIZON = 7 * DAY;
/** Lambda's waits before the second and third try of an asynchronous invocation. */
const ASYNC_RETRIES = [60_000, 120_000];

/** The tests validate the workflow; here it would be done for every story. */
const UNCHECKED = { validationOptions: { noValidate: true } } as const;

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
  readonly #pending = new Pending();
  readonly #tasks: Tasks;

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
          hold ? this.#pending.later(milliseconds, task) : setTimeout(task, milliseconds),
        // CloudWatch does not try again: with SNS away, nobody learns of it.
        publish: (topicArn, notification) => {
          const isAway = this.#outages.now('SNS', 'alarm > SNS.Publish') !== undefined;
          if (!isAway) this.#services.sns.publish(topicArn, notification);
        },
      },
    );
    this.#faults = new DrawnFaults(story, this.#note);
    const functions = new Functions({
      story,
      edges,
      stack: this.#stack,
      faults: this.#faults,
      outages: this.#outages,
      services: this.#services,
      pending: this.#pending,
      random: this.#random,
      note: this.#note,
      stop: (execution) => this.#stop(execution),
      failed: (name) => this.#watched.count('AWS/Lambda', 'Errors', name),
    });
    this.#tasks = new Tasks({
      story,
      stack: this.#stack,
      faults: this.#faults,
      outages: this.#outages,
      services: this.#services,
      functions,
      note: this.#note,
      isRunning: (execution) => this.#executions.get(execution)?.status === 'RUNNING',
      stop: (execution) => this.#stop(execution),
      throttled: (name) => this.#watched.count('AWS/Lambda', 'Throttles', name),
    });
  }

  readonly #note: Note = (happening) => {
    this.#happenings.push({ at: Date.now(), ...happening });
  };

  async run(): Promise<Trace> {
    // A new one for each story: functions that are warm from another read their settings and their mode anew.
    process.env = {
      ...process.env,
      ...Object.assign({}, ...this.#stack.functions.map(({ environment }) => environment)),
      TABLE_NAME: this.#table.name,
      MODE_PARAMETER: `/${this.#table.name}/mode`,
      POWERTOOLS_DEV: 'true',
      AWS_REGION: this.#stack.region,
      AWS_ACCESS_KEY_ID: 'simulation',
      AWS_SECRET_ACCESS_KEY: 'simulation',
    };
    const { clock, restore } = takeOver(this.#story.at, this.#random, (entry) =>
      this.#note({ kind: 'log', entry }),
    );
    try {
      for (const start of this.#story.starts) this.#pending.later(start.at, () => this.#deliver(start));
      if (this.#story.until !== undefined) this.#pending.later(this.#story.until, () => undefined);
      this.#feed();
      await this.#pending.untilQuiet(clock, this.#story.at + HORIZON);
      // Whatever was left locked shows here.
      const unfinished = this.#running();
      for (const [index, workspaceId] of this.#leftOpen().entries()) {
        const input = { workspaceId, reason: 'Is it free?' };
        const name = `${PROBE}${workspaceId}`;
        // One after the other: thousands at a time would need as many warm functions.
        this.#pending.later(index * 1_000, () =>
          this.#start({ name, at: Date.now() - this.#story.at, via: 'console', input, workspaceId }),
        );
      }
      await this.#pending.untilQuiet(clock, this.#story.at + HORIZON);
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

  // --- CloudWatch's alarms on WorkSpaces

  #feed(): void {
    const { alarms } = this.#story;
    if (!alarms) return;
    new AlarmFeed({
      story: this.#story,
      alarms,
      desktops: this.#services.desktops,
      later: (milliseconds, task) => this.#pending.later(milliseconds, task),
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
      for (const { arn } of targets)
        this.#pending.later(1_000, () => this.#invokeAsync(arn, event, record.name));
    }
  }

  /** Lambda's asynchronous invocation: three tries, then the dead-letter queue. */
  async #invokeAsync(arn: string, event: object, about: string): Promise<void> {
    for (const wait of [...ASYNC_RETRIES, null]) {
      try {
        await this.#tasks.invoke(arn, event, 'net');
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
          invoke: (arn, payload, step) => ofThisRun(() => this.#tasks.invoke(arn, payload, name, step)),
          publish: (topicArn, notification) =>
            ofThisRun(() => this.#tasks.publish(topicArn, notification, name)),
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
    this.#pending.hold();
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
        this.#pending.later(start.redriveAfter, () => this.#redrive(record));
      }
    }
    this.#pending.release();
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
}

const stacks = new Map<string, Stack>();
function stackFor(parameters: Record<string, string>): Stack {
  const key = JSON.stringify(parameters);
  const stack = stacks.get(key) ?? loadStack({ parameters });
  if (stacks.size < 1_000) stacks.set(key, stack);
  return stack;
}
