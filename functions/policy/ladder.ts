import { type Attempt, type Guard, RUNGS, type Rung } from '../incident.ts';
import { duration, show } from '../text.ts';
import { secondsBetween } from './pacing.ts';

/** What AWS calls a rung, and when it takes it (API reference of each operation). */
export const RUNG_FACTS: Readonly<
  Record<Rung, { underWay: string; states: readonly string[]; losesData: boolean }>
> = {
  reboot: { underWay: 'REBOOTING', states: ['AVAILABLE', 'UNHEALTHY'], losesData: false },
  restore: { underWay: 'RESTORING', states: ['AVAILABLE', 'ERROR', 'UNHEALTHY'], losesData: true },
  rebuild: { underWay: 'REBUILDING', states: ['AVAILABLE', 'ERROR', 'UNHEALTHY'], losesData: true },
};

/** When the newest snapshot for each was made, ISO; missing when there is none. */
export type Snapshots = Partial<Record<'restore' | 'rebuild', string>>;

export interface RungFacts {
  now: string;
  state: string;
  /** When it was rebuilt or restored in earlier incidents, ISO. */
  rebuilds: readonly string[];
  /** Not read yet: they are asked for when they matter. */
  snapshots?: Snapshots | undefined;
  overridden: (guard: Guard) => boolean;
}

export interface RungSettings {
  cooldownSeconds: number;
  maxRebuildsPerWeek: number;
  maxSnapshotAgeSeconds: number;
}

export type Choice =
  | { kind: 'ask-snapshots' }
  | { kind: 'chosen'; rung: Rung; dataFrom?: string | undefined; notes: string[] }
  | { kind: 'none'; guard: Guard; notes: string[] };

const WEEK = 7 * 86_400;

/** A ladder: `reboot,rebuild`, say. Tags cannot hold commas, so spaces and `+` do as well. */
export function parseLadder(text: string): Rung[] | undefined {
  const names = text.split(/[\s,+]+/).filter(Boolean);
  const rungs = RUNGS.filter((rung) => names.includes(rung));
  return names.length > 0 && rungs.join() === names.join() ? rungs : undefined;
}

/** The rungs that are left: all before the first attempt; after one that came to nothing, those above it. */
export function rungsLeft(ladder: readonly Rung[], attempt: Attempt | undefined): Rung[] {
  // By its place among all rungs: the ladder may have changed since, and never leads down.
  const lowest = attempt ? RUNGS.indexOf(attempt.rung) + (attempt.spent ? 1 : 0) : 0;
  return ladder.filter((rung) => RUNGS.indexOf(rung) >= lowest);
}

/** Whether a next rung is there when this one comes to nothing. */
export function hasNextRung(ladder: readonly Rung[] | undefined, rung: Rung): boolean {
  return (ladder ?? []).some((other) => RUNGS.indexOf(other) > RUNGS.indexOf(rung));
}

/** The first rung whose preconditions hold, and why those before it are skipped. */
export function chooseRung(rungs: readonly Rung[], facts: RungFacts, settings: RungSettings): Choice {
  const notes: string[] = [];
  let first: Guard | undefined;
  for (const rung of rungs) {
    const bar = barBefore(rung, facts, settings);
    const { losesData } = RUNG_FACTS[rung];
    if (!bar && losesData && !facts.snapshots) return { kind: 'ask-snapshots' };
    const dataFrom = rung === 'reboot' ? undefined : facts.snapshots?.[rung];
    const barred = bar ?? (losesData ? barBySnapshot(rung, dataFrom, facts, settings) : undefined);
    if (!barred) return { kind: 'chosen', rung, dataFrom, notes };
    first ??= barred.guard;
    notes.push(`${rung} is skipped: ${barred.reason}.`);
  }
  return { kind: 'none', guard: first ?? 'ladder', notes };
}

interface Bar {
  guard: Guard;
  reason: string;
}

function barBefore(rung: Rung, facts: RungFacts, settings: RungSettings): Bar | undefined {
  const { states, losesData } = RUNG_FACTS[rung];
  if (!states.includes(facts.state)) {
    return { guard: 'ladder', reason: `AWS does not ${rung} a WorkSpace that is ${show(facts.state)}` };
  }
  if (!losesData || facts.overridden('cooldown')) return undefined;
  const ages = facts.rebuilds.map((at) => secondsBetween(at, facts.now)).sort((one, other) => one - other);
  const [newest] = ages;
  if (newest !== undefined && newest < settings.cooldownSeconds) {
    return {
      guard: 'cooldown',
      reason: `a rebuild or restore was requested ${duration(newest)} ago (limit: one per ${duration(settings.cooldownSeconds)}), and it is broken again or still`,
    };
  }
  const lately = ages.filter((age) => age < WEEK).length;
  if (lately < settings.maxRebuildsPerWeek) return undefined;
  return {
    guard: 'cooldown',
    reason: `a rebuild or restore was requested ${lately} times in seven days (limit ${settings.maxRebuildsPerWeek})`,
  };
}

function barBySnapshot(
  rung: Rung,
  takenAt: string | undefined,
  facts: RungFacts,
  settings: RungSettings,
): Bar | undefined {
  if (facts.overridden('snapshot-age')) return undefined;
  if (takenAt === undefined) return { guard: 'snapshot-age', reason: `there is no snapshot for a ${rung}` };
  const age = secondsBetween(takenAt, facts.now);
  if (age <= settings.maxSnapshotAgeSeconds) return undefined;
  return {
    guard: 'snapshot-age',
    reason: `its newest snapshot for a ${rung} is ${duration(age)} old, from ${takenAt} (limit ${duration(settings.maxSnapshotAgeSeconds)})`,
  };
}
