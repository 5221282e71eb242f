/**
 * Plays one story: the real workflow and the real steps against the lab's servers, in this process, on a virtual
 * clock, with everything random drawn from the story's seed. The clock moves only while nothing real is under way.
 */
import * as v from 'valibot';
import { Alarms } from '../desk/alarms.ts';
import { Engine, type Execution } from '../desk/engine.ts';
import { Pending } from '../desk/pending.ts';
import { loadStack, type Stack } from '../desk/template.ts';
import type { Story } from '../stories/story.ts';
import { AlarmFeed } from './alarm-feed.ts';
import { takeOver } from './ambient.ts';
import type { Edges } from './edges.ts';
import { DrawnFaults } from './faults-drawn.ts';
import { Functions } from './functions.ts';
import { Outages } from './outages.ts';
import { Random } from './random.ts';
import { Services } from './services.ts';
import { settingsOf } from './settings.ts';
import { SimulatedTable } from './table.ts';
import { Tasks } from './tasks.ts';
import { type Happening, type Note, PROBE, type Trace } from './trace.ts';

const DAY = 86_400_000;
/** Longest that a story may take, simulated. */
const HORIZON = 7 * DAY;
const outputSchema = v.looseObject({ outcome: v.string() });

export async function play(story: Story, edges: Edges = {}): Promise<Trace> {
  const table = await SimulatedTable.create(story.table);
  return new World(story, edges, table).run();
}

class World {
  readonly #story: Story;
  readonly #edges: Edges;
  readonly #table: SimulatedTable;
  readonly #random: Random;
  readonly #stack: Stack;
  readonly #watched: Alarms;
  readonly #services: Services;
  readonly #outages: Outages;
  readonly #faults: DrawnFaults;
  readonly #happenings: Happening[] = [];
  readonly #pending = new Pending();
  readonly #engine: Engine;

  constructor(story: Story, edges: Edges, table: SimulatedTable) {
    this.#story = story;
    this.#edges = edges;
    this.#table = table;
    this.#random = new Random(story.seed);
    this.#stack = stackFor(story.parameters);
    this.#services = new Services({
      story,
      stack: this.#stack,
      table,
      note: this.#note,
      find: (name) => this.#engine.executions.get(name),
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
    const tasks = new Tasks({
      story,
      stack: this.#stack,
      faults: this.#faults,
      outages: this.#outages,
      services: this.#services,
      functions,
      note: this.#note,
      isRunning: (execution) => this.#engine.executions.get(execution)?.status === 'RUNNING',
      stop: (execution) => this.#stop(execution),
      throttled: (name) => this.#watched.count('AWS/Lambda', 'Throttles', name),
    });
    this.#engine = this.#engineOf(tasks);
  }

  #engineOf(tasks: Tasks): Engine {
    const { rule, definition } = this.#edges;
    return new Engine({
      stack: this.#stack,
      definition: definition?.(this.#stack.stateMachine.definition),
      hasRule: rule,
      pending: this.#pending,
      tasks: (execution) => ({
        invoke: (arn, payload, step) => tasks.invoke(arn, payload, execution, step),
        publish: (topicArn, notification) => tasks.publish(topicArn, notification, execution),
      }),
      watching: {
        started: ({ name, start }) => {
          this.#note({ kind: 'started', execution: name, start });
          if (start.stopAfter !== undefined) setTimeout(() => this.#stop(name), start.stopAfter);
        },
        unmatched: (start) => this.#note({ kind: 'unmatched', start }),
        ended: (execution) => this.#ended(execution),
        redriven: ({ name }) => this.#note({ kind: 'redriven', execution: name }),
        deadLetter: (about) => this.#deadLetter(about),
      },
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
      for (const start of this.#story.starts)
        this.#pending.later(start.at, () => this.#engine.deliver(start));
      if (this.#story.until !== undefined) this.#pending.later(this.#story.until, () => undefined);
      this.#feed();
      await this.#pending.untilQuiet(clock, this.#story.at + HORIZON);
      // Whatever was left locked shows here.
      const unfinished = this.#engine.running();
      for (const [index, workspaceId] of this.#leftOpen().entries()) {
        const input = { workspaceId, reason: 'Is it free?' };
        const name = `${PROBE}${workspaceId}`;
        // One after the other: thousands at a time would need as many warm functions.
        this.#pending.later(index * 1_000, () =>
          this.#engine.start({ name, at: Date.now() - this.#story.at, via: 'console', input, workspaceId }),
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
        courses: new Map(
          this.#story.desktops.map(({ workspaceId }) => [
            workspaceId,
            this.#services.desktops.course(workspaceId),
          ]),
        ),
        settings: settingsOf(this.#stack),
        sites: this.#faults.sites,
        transitions: new Map(
          [...this.#engine.executions.values()].map(({ name, transitions }) => [name, transitions]),
        ),
        unfinished: [...new Set([...unfinished, ...this.#engine.running()])],
      };
    } finally {
      restore();
    }
  }

  /** The WorkSpaces of which an execution ended other than it should: a lease or a turn may have been left behind. */
  #leftOpen(): string[] {
    const open = new Set<string | undefined>(
      this.#happenings.flatMap((one) =>
        one.kind === 'started' && this.#engine.executions.get(one.execution)?.status !== 'SUCCEEDED'
          ? [one.start.workspaceId]
          : [],
      ),
    );
    return this.#story.desktops.map(({ workspaceId }) => workspaceId).filter((id) => open.has(id));
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
      deliver: (start) => this.#engine.deliver(start),
      note: this.#note,
      isBusy: () => this.#engine.running().length > 0,
    }).start();
  }

  #ended({ name: execution, arn, status, error = null, output }: Execution): void {
    const parsed = v.safeParse(outputSchema, output);
    const failed = error?.startsWith('Remediation.') ? error.slice('Remediation.'.length) : null;
    const outcome = parsed.success ? parsed.output.outcome : failed;
    this.#note({ kind: 'ended', execution, arn, status, outcome, error });
  }

  #deadLetter(about: string): void {
    this.#note({ kind: 'dead-letter', about });
    const count = this.#happenings.filter(({ kind }) => kind === 'dead-letter').length;
    this.#watched.gauge('AWS/SQS', 'ApproximateNumberOfMessagesVisible', this.#stack.deadLetterQueue, count);
  }

  #stop(name: string): void {
    // Nothing is drawn for one that is over.
    if (this.#engine.executions.get(name)?.status !== 'RUNNING') return;
    this.#engine.stop(name, this.#random.chance(0.5) ? 'ABORTED' : 'TIMED_OUT');
  }
}

const stacks = new Map<string, Stack>();
function stackFor(parameters: Record<string, string>): Stack {
  const key = JSON.stringify(parameters);
  const stack = stacks.get(key) ?? loadStack({ parameters });
  if (stacks.size < 1_000) stacks.set(key, stack);
  return stack;
}
