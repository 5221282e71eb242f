/**
 * The one engine of lab and simulation: Step Functions' executions, EventBridge's rules, and Lambda's tries of
 * asynchronous invocations, on a virtual clock. What functions and SNS do is its caller's.
 */
import { ExecutionAbortedError, ExecutionTimeoutError, StateMachine } from 'aws-local-stepfunctions';
import * as v from 'valibot';
import type { Start } from '../stories/story.ts';
import { matches } from './event-pattern.ts';
import { type ExecutionRecord, type ExecutionStatus, statusChange } from './executions-server.ts';
import { type Pending, sleep } from './pending.ts';
import type { Stack } from './template.ts';
import { type Json, type Services, taskHandlers } from './workflow.ts';

/** Lambda's waits before the second and third try of an asynchronous invocation. */
const ASYNC_RETRIES = [60_000, 120_000];
/** From an execution's end to the function that its rule invokes. */
const BUS = 1_000;

/** The tests validate the workflow; here it would be done for every story. */
const UNCHECKED = { validationOptions: { noValidate: true } } as const;

/** An execution, and how it is run. */
export interface Execution extends ExecutionRecord {
  input: Json;
  start: Start;
  /** How often it was set going: once, and once more by a redrive. */
  runs: number;
  /** How many states it has entered, which Step Functions bills. */
  transitions: number;
  output: unknown;
  /** The state that it entered last; remembered where somebody redrives it. */
  lastState?: { name: string; input: unknown };
  abort: (status: ExecutionStatus) => void;
}

/** A state that was entered, or a task that failed in it. */
export interface StateEvent {
  type: 'StateEntered' | 'StateRetried' | 'StateCaught';
  state: { name: string; type: string; input: unknown };
}

const stateEvent = v.looseObject({
  type: v.picklist(['StateEntered', 'StateRetried', 'StateCaught']),
  state: v.looseObject({ name: v.string(), type: v.string(), input: v.unknown() }),
});

/** A state of the engine's own, by which a redriven execution goes on. */
const REDRIVE = 'Redrive';

/** What happens, as it happens. */
export interface Watching {
  started(execution: Execution): void;
  unmatched(start: Start): void;
  entered(execution: Execution, event: StateEvent): void;
  ended(execution: Execution): void;
  redriven(execution: Execution): void;
  /** The end of an execution matched a rule. */
  matched(rule: string): void;
  /** What asynchronous invocation could not be told in three tries. */
  deadLetter(about: string): void;
}

interface Surroundings {
  stack: Stack;
  /** The workflow, by default the stack's. */
  definition?: string | undefined;
  hasRule?: ((name: string) => boolean) | undefined;
  pending: Pending;
  watching: Partial<Watching>;
  /** A call for an execution, or by a rule: `net`. */
  tasks: (execution: string) => Services;
}

export class Engine {
  readonly #stack: Stack;
  readonly #definition: string;
  readonly #machine: StateMachine;
  readonly #hasRule: (name: string) => boolean;
  readonly #pending: Pending;
  readonly #watching: Partial<Watching>;
  readonly #tasks: Surroundings['tasks'];
  readonly executions = new Map<string, Execution>();

  constructor(given: Surroundings) {
    const { stack, pending, watching, tasks } = given;
    this.#stack = stack;
    this.#definition = given.definition ?? stack.stateMachine.definition;
    this.#machine = new StateMachine(JSON.parse(this.#definition), UNCHECKED);
    this.#hasRule = given.hasRule ?? (() => true);
    this.#pending = pending;
    this.#watching = watching;
    this.#tasks = tasks;
  }

  running(): string[] {
    return [...this.executions.values()].filter(({ status }) => status === 'RUNNING').map(({ name }) => name);
  }

  /** The rules that an event matches. */
  rulesOf(event: unknown): Stack['rules'] {
    return this.#stack.rules.filter(({ name, pattern }) => this.#hasRule(name) && matches(pattern, event));
  }

  /** A start comes as an event, or by hand. */
  deliver(start: Start): void {
    if (start.via === 'console') {
      this.start(start);
      return;
    }
    const matched = this.rulesOf(start.input);
    if (matched.length === 0) this.#watching.unmatched?.(start);
    for (const { targets } of matched) {
      for (const { arn } of targets) if (arn === this.#stack.stateMachine.arn) this.start(start);
    }
  }

  start(start: Start): void {
    // Two rules for one event would make two executions of it.
    const name = this.executions.has(start.name) ? `${start.name}-again` : start.name;
    const record: Execution = {
      arn: `${this.#stack.stateMachine.arn.replace(':stateMachine:', ':execution:')}:${name}`,
      name,
      status: 'RUNNING',
      input: JSON.parse(JSON.stringify(start.input)),
      startedAt: Date.now(),
      start,
      runs: 0,
      transitions: 0,
      output: undefined,
      abort: () => undefined,
    };
    this.executions.set(name, record);
    this.#watching.started?.(record);
    this.#run(record, this.#machine);
  }

  /** Stops an execution from outside: a person, or its time limit. */
  stop(name: string, status: ExecutionStatus): void {
    const record = this.executions.get(name);
    if (record?.status === 'RUNNING') record.abort(status);
  }

  /** Runs an execution, or runs it on: its tasks, and its end. */
  #run(record: Execution, machine: StateMachine): void {
    const { arn, name, input } = record;
    const run = ++record.runs;
    const services = this.#tasks(name);
    // What a stopped run still wants is nobody's.
    const ofThisRun = <T>(work: () => Promise<T>) =>
      record.runs === run ? work() : new Promise<never>(() => undefined);
    const running = machine.run(input, {
      overrides: {
        taskResourceLocalHandlers: taskHandlers(JSON.parse(this.#definition), {
          invoke: (...given) => ofThisRun(() => services.invoke(...given)),
          publish: (...given) => ofThisRun(() => services.publish(...given)),
        }),
      },
      context: {
        Execution: {
          Id: arn,
          Name: name,
          RoleArn: this.#stack.stateMachine.roleArn,
          StartTime: new Date(record.startedAt).toISOString(),
          Input: input,
        },
      },
    });
    let stoppedAs: ExecutionStatus = 'ABORTED';
    record.abort = (status) => {
      stoppedAs = status;
      running.abort();
    };
    void this.#follow(record, running.eventLogs);
    this.#pending.hold();
    running.result.then(
      (output) => this.#end(record, { status: 'SUCCEEDED', output }),
      (error: unknown) => {
        if (error instanceof ExecutionAbortedError) return this.#end(record, { status: stoppedAs });
        if (error instanceof ExecutionTimeoutError) return this.#end(record, { status: 'TIMED_OUT' });
        const failure = error instanceof Error ? error.cause : undefined;
        const [code, cause] =
          failure instanceof Error ? [failure.name, failure.message] : ['States.Runtime', String(error)];
        return this.#end(record, { status: 'FAILED', error: code, cause });
      },
    );
  }

  /** Counts the states that an execution enters, and keeps the last one where it will be needed. */
  async #follow(record: Execution, events: AsyncIterable<unknown>): Promise<void> {
    for await (const event of events) {
      const parsed = v.safeParse(stateEvent, event);
      if (!parsed.success || parsed.output.state.name === REDRIVE) continue;
      const { type, state } = parsed.output;
      if (type === 'StateEntered') {
        record.transitions++;
        if (record.start.redriveAfter !== undefined) record.lastState = state;
      }
      this.#watching.entered?.(record, { type, state });
    }
  }

  #end(record: Execution, how: Partial<ExecutionRecord> & { output?: unknown }): void {
    const { error = null, cause, ...rest } = how;
    Object.assign(record, { ...rest, endedAt: Date.now(), error, cause });
    this.#watching.ended?.(record);
    const { start, runs, status } = record;
    if (status !== 'SUCCEEDED') {
      this.#tell(record);
      if (start.redriveAfter !== undefined && runs === 1) {
        this.#pending.later(start.redriveAfter, () => this.#redrive(record));
      }
    }
    this.#pending.release();
  }

  /** EventBridge hears of an execution's end. */
  #tell(record: ExecutionRecord): void {
    const event = statusChange(record);
    for (const { name, targets } of this.rulesOf(event)) {
      this.#watching.matched?.(name);
      for (const { arn } of targets)
        this.#pending.later(BUS, () => this.#invokeAsync(arn, event, record.name));
    }
  }

  /** Lambda's asynchronous invocation: three tries, then the dead-letter queue. */
  async #invokeAsync(arn: string, event: object, about: string): Promise<void> {
    for (const wait of [...ASYNC_RETRIES, null]) {
      try {
        await this.#tasks('net').invoke(arn, event);
        return;
      } catch {
        if (wait !== null) await sleep(wait);
      }
    }
    this.#watching.deadLetter?.(about);
  }

  /**
   * It goes on from the unsuccessful state, with that state's input, under its ARN; its time limit and the tries of the
   * state begin anew.
   * @see https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
   */
  #redrive(record: Execution): void {
    const { lastState } = record;
    if (!lastState) return;
    this.#watching.redriven?.(record);
    Object.assign(record, { status: 'RUNNING', endedAt: undefined, error: null, cause: undefined });
    const definition = JSON.parse(this.#definition);
    // The interpreter knows no redrive, and has to be told the input of the execution as well as the state's.
    const States = {
      ...definition.States,
      [REDRIVE]: { Type: 'Pass', Result: lastState.input, Next: lastState.name },
    };
    this.#run(record, new StateMachine({ ...definition, StartAt: REDRIVE, States }, UNCHECKED));
  }
}
