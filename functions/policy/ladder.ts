import type { Guard, Rung } from '../incident.ts';
import { RUNG_FACTS } from '../rungs.ts';
import { duration, show } from '../text.ts';
import { secondsBetween } from './pacing.ts';

/** When the newest snapshot for each was made, ISO; missing when there is none. */
export type Snapshots = Partial<Record<Rung, string>>;

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

/** The first rung whose preconditions hold, and why those before it are skipped. */
export function chooseRung(rungs: readonly Rung[], facts: RungFacts, settings: RungSettings): Choice {
  const notes: string[] = [];
  let first: Guard | undefined;
  for (const rung of rungs) {
    const bar = barBefore(rung, facts, settings);
    const { losesData } = RUNG_FACTS[rung];
    if (!bar && losesData && !facts.snapshots) return { kind: 'ask-snapshots' };
    const dataFrom = facts.snapshots?.[rung];
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
