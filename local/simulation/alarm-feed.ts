/**
 * CloudWatch and EventBridge for a story's alarms: after two bad periods in a row an alarm goes off, once, until a good
 * period sets it back. Its event is delivered at least once as a rule: now and then twice, late, or never.
 */

import type { WorkspacesServer } from '../desk/workspaces-server.ts';
import { alarmEvent } from '../stories/starts.ts';
import type { AlarmKind, Alarms, Start, Story } from '../stories/story.ts';
import { Random } from './random.ts';
import type { Note } from './trace.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Period, and bad ones in a row until it goes off: as the template's fleet alarm. */
const PERIOD = 5 * MINUTE;
const BAD_PERIODS = 2;
/** Periods in which nothing happens any more, after which nothing will. */
const QUIET_PERIODS = BAD_PERIODS + 2;
/** How long after the last of the story's own doings it goes on: a reboot that never helps brings an alarm each time. */
const LONGEST = 6 * HOUR;
/** Which of them WorkSpaces reports as unhealthy is not documented: the more alarms, the more is played. */
const BAD = new Set(['UNHEALTHY', 'ERROR']);

export class AlarmFeed {
  readonly #story: Story;
  readonly #alarms: Alarms;
  readonly #desktops: WorkspacesServer;
  readonly #later: (milliseconds: number, task: () => void) => void;
  readonly #deliver: (start: Start) => void;
  readonly #note: Note;
  readonly #isBusy: () => boolean;
  /** One for each WorkSpace: what comes of its alarms does not depend on the others. */
  readonly #randoms: Map<string, Random>;
  readonly #bad = new Map<string, number>();
  readonly #inAlarm = new Set<string>();
  readonly #sent = new Map<string, number>();
  /** Events on their way. */
  #onTheirWay = 0;
  #quiet = 0;
  readonly #until: number;

  constructor(given: {
    story: Story;
    alarms: Alarms;
    desktops: WorkspacesServer;
    /** Does something later, and does not let the story end before. */
    later: (milliseconds: number, task: () => void) => void;
    deliver: (start: Start) => void;
    note: Note;
    /** Whether an execution runs. */
    isBusy: () => boolean;
  }) {
    this.#story = given.story;
    this.#alarms = given.alarms;
    this.#desktops = given.desktops;
    this.#later = given.later;
    this.#deliver = given.deliver;
    this.#note = given.note;
    this.#isBusy = given.isBusy;
    const { at, desktops, starts } = given.story;
    const own = [
      ...desktops.flatMap(({ changes = [] }) => changes.map(({ after }) => after)),
      ...starts.map((start) => start.at),
    ];
    this.#until = at + Math.max(0, ...own) + LONGEST;
    this.#randoms = new Map(
      given.story.desktops.map(({ workspaceId }) => [
        workspaceId,
        new Random((given.story.seed + numberOf(workspaceId)) % 2 ** 31),
      ]),
    );
  }

  /** Begins with the periods before the story: the alarms of those that were bad go off with the first one in it. */
  start(): void {
    const first = Math.ceil(this.#story.at / PERIOD) * PERIOD;
    for (let back = BAD_PERIODS; back > 0; back--) this.#evaluate(first - back * PERIOD, false);
    this.#next(first);
  }

  #next(periodEnd: number): void {
    this.#later(Math.max(0, periodEnd - Date.now()), () => {
      this.#evaluate(periodEnd, true);
      this.#quiet = this.#isOver() ? this.#quiet + 1 : 0;
      if (this.#quiet < QUIET_PERIODS && periodEnd < this.#until) this.#next(periodEnd + PERIOD);
    });
  }

  #isOver(): boolean {
    const { at, starts, desktops } = this.#story;
    const isToCome = starts.some((start) => at + start.at > Date.now());
    const isChanging = desktops.some(({ workspaceId }) => this.#desktops.isChanging(workspaceId));
    return !isToCome && !isChanging && this.#onTheirWay === 0 && !this.#isBusy();
  }

  #evaluate(periodEnd: number, goesOff: boolean): void {
    for (const { workspaceId } of this.#story.desktops) {
      const isBad = BAD.has(this.#desktops.stateThen(workspaceId, periodEnd) ?? '');
      const bad = isBad ? (this.#bad.get(workspaceId) ?? 0) + 1 : 0;
      this.#bad.set(workspaceId, bad);
      if (!goesOff) continue;
      const wasAlarm = this.#inAlarm.has(workspaceId);
      for (const kind of this.#alarms.kinds) {
        if (bad >= BAD_PERIODS && !wasAlarm) this.#goOff(kind, workspaceId);
        if (bad === 0 && wasAlarm) this.#goBack(kind, workspaceId);
      }
      if (bad >= BAD_PERIODS) this.#inAlarm.add(workspaceId);
      if (bad === 0) this.#inAlarm.delete(workspaceId);
    }
  }

  #goOff(kind: AlarmKind, workspaceId: string): void {
    const random = this.#randomOf(workspaceId);
    const { lost, twice, late } = this.#alarms;
    const seen = this.#delay(random);
    const alarmTime = Date.now() + seen;
    const number = (this.#sent.get(workspaceId) ?? 0) + 1;
    this.#sent.set(workspaceId, number);
    const name = `${workspaceId}-${number}`;
    const input = alarmEvent(kind, workspaceId, alarmTime);
    const send = (called: string, after: number) => {
      const at = alarmTime + after - this.#story.at;
      const start: Start = { name: called, at, via: 'bus', workspaceId, alarmTime, input };
      this.#onTheirWay++;
      this.#later(seen + after, () => {
        this.#onTheirWay--;
        this.#deliver(start);
      });
    };
    if (random.chance(lost)) {
      const at = alarmTime - this.#story.at;
      this.#note({ kind: 'lost-alarm', start: { name, at, via: 'bus', workspaceId, alarmTime, input } });
      return;
    }
    const delay = random.chance(late)
      ? random.pick([random.integer(1, 15) * MINUTE, random.integer(1, 6) * HOUR])
      : random.integer(1, 5) * SECOND;
    send(name, delay);
    if (random.chance(twice))
      send(`${name}-twice`, delay + random.pick([0, random.integer(0, 900) * SECOND]));
  }

  /** Nobody is to start anything by it. */
  #goBack(kind: AlarmKind, workspaceId: string): void {
    const delay = this.#delay(this.#randomOf(workspaceId));
    const input = alarmEvent(kind, workspaceId, Date.now() + delay, 'OK');
    const at = Date.now() + delay - this.#story.at;
    const start: Start = { name: `${workspaceId}-ok`, at, via: 'bus', workspaceId, bad: 'unmatched', input };
    this.#later(delay, () => this.#deliver(start));
  }

  /** From the end of a period until CloudWatch has evaluated it. */
  #delay(random: Random): number {
    return (this.#story.metrics?.delay ?? 0) + random.integer(5, 75) * SECOND;
  }

  #randomOf(workspaceId: string): Random {
    const random = this.#randoms.get(workspaceId);
    if (!random) throw new RangeError(`There is no desktop ${workspaceId}.`);
    return random;
  }
}

/** A number for an id, the same in every run. */
const numberOf = (id: string) => [...id].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) % 2 ** 31, 7);
