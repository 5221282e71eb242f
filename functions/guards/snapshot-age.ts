/** The user's data goes back to a snapshot: not to none, not to an old one, and to a new one if that is worth a wait. */
import { readSnapshots } from '../aws/workspaces.ts';
import type { Rung } from '../incident.ts';
import { secondsBetween } from '../policy/pacing.ts';
import type { Settings } from '../settings.ts';
import { duration } from '../text.ts';
import { noneLeft, type RungPass } from './choice.ts';
import { GO, type GuardText, type Verdict } from './guard.ts';

/**
 * AWS takes a snapshot of the user volume every so often, in seconds, whatever the WorkSpace's health.
 * @see https://docs.aws.amazon.com/workspaces/latest/adminguide/rebuild-workspace.html
 */
const PERIOD = 12 * 3600;
/** How late one may be, in seconds. AWS gives no bound; those after a rebuild often come within half an hour. */
const LATE = 1800;
/** Longest time between two looks while it waits for one, in seconds: it may heal by itself. */
const LOOK_AGAIN = 1800;
/** The same once one is due. */
const LOOK_NOW = 300;

export const name = 'snapshot-age';

export const text: GuardText & { risk: string } = {
  reads: '`DescribeWorkspaceSnapshots`, before a rebuild or restore',
  holdsBack:
    'There is no snapshot for it, or the newest is older than `MaxSnapshotAgeHours`. Before a rebuild: the next one is due within `WaitForSnapshotMinutes`.',
  outcome:
    '`NEEDS_HUMAN`, with its age; for one that is due: waits until half an hour after that, then goes on and says so',
  whatToDo: 'Ask the user whether everything that was changed since that snapshot may be lost.',
  risk: "A rebuild or restore loses all that was changed since that snapshot; without a snapshot perhaps all of the user's data.",
};

export async function read({ incident, facts, choose }: RungPass): Promise<void> {
  if (choose(incident).kind !== 'ask-snapshots') return;
  facts.snapshots = await readSnapshots(incident.request.workspaceId);
}

/** It is the last guard that bars rungs: when none is left now, it tells so for whichever barred the first. */
export async function ask({ incident, facts, settings, choose }: RungPass): Promise<Verdict> {
  const choice = choose(incident);
  if (choice.kind === 'none') return noneLeft(choice.guard, choice);
  if (choice.kind !== 'chosen' || choice.rung !== 'rebuild' || choice.dataFrom === undefined) return GO;
  const since = incident.waitingSince?.[name];
  const { verdict, note } = untilNext(choice.dataFrom, facts.now, since, settings);
  if (note !== undefined) facts.notes = [...(facts.notes ?? []), note];
  return verdict;
}

/** Why the data may not go back to the newest snapshot for a rung, if it may not. */
export function tooOld(
  rung: Rung,
  takenAt: string | undefined,
  now: string,
  maxAgeSeconds: number,
): string | undefined {
  if (takenAt === undefined) return `there is no snapshot for a ${rung}`;
  const age = secondsBetween(takenAt, now);
  if (age <= maxAgeSeconds) return undefined;
  return `its newest snapshot for a ${rung} is ${duration(age)} old, from ${takenAt} (limit ${duration(maxAgeSeconds)})`;
}

/**
 * Whether it waits for the snapshot after the newest one, and what is told when it has waited in vain. It waits for one
 * at most, `since` when it has begun to. All times in ISO.
 */
export function untilNext(
  takenAt: string,
  now: string,
  since: string | undefined,
  {
    waitForSnapshotSeconds,
    maxSnapshotAgeSeconds,
  }: Pick<Settings, 'waitForSnapshotSeconds' | 'maxSnapshotAgeSeconds'>,
): { verdict: Verdict; note?: string } {
  const age = secondsBetween(takenAt, now);
  const dueIn = PERIOD - age;
  const hasCome = since !== undefined && secondsBetween(since, takenAt) > 0;
  // One that may grow too old meanwhile is better used now.
  const isOff = waitForSnapshotSeconds === 0 || maxSnapshotAgeSeconds < PERIOD + LATE + LOOK_NOW;
  if (isOff || hasCome || (since === undefined && dueIn > waitForSnapshotSeconds)) return { verdict: GO };
  const dueAt = new Date(Date.parse(takenAt) + PERIOD * 1000).toISOString();
  if (dueIn <= -LATE) {
    if (since === undefined) return { verdict: GO };
    return { verdict: GO, note: `The snapshot that was due at ${dueAt} did not come; it waits no longer.` };
  }
  return {
    verdict: {
      says: 'wait',
      reason: `the next snapshot of the user's data is due at ${dueAt}.`,
      at: now,
      limitSeconds: Number.POSITIVE_INFINITY,
      waitSeconds: dueIn > 0 ? Math.min(dueIn, LOOK_AGAIN) : LOOK_NOW,
    },
  };
}
