/** The user's data goes back to a snapshot: not to none, and not to an old one. */
import { readSnapshots } from '../aws/workspaces.ts';
import type { Rung } from '../incident.ts';
import { secondsBetween } from '../policy/pacing.ts';
import { duration } from '../text.ts';
import { noneLeft, type RungPass } from './choice.ts';
import { GO, type GuardText, type Verdict } from './guard.ts';

export const name = 'snapshot-age';

export const text: GuardText & { risk: string } = {
  reads: '`DescribeWorkspaceSnapshots`, before a rebuild or restore',
  holdsBack: 'There is no snapshot for it, or the newest is older than `MaxSnapshotAgeHours`.',
  outcome: '`NEEDS_HUMAN`, with its age',
  whatToDo: 'Ask the user whether everything that was changed since that snapshot may be lost.',
  risk: "A rebuild or restore loses all that was changed since that snapshot; without a snapshot perhaps all of the user's data.",
};

export async function read({ incident, facts, choose }: RungPass): Promise<void> {
  if (choose(incident).kind !== 'ask-snapshots') return;
  facts.snapshots = await readSnapshots(incident.request.workspaceId);
}

/** It is the last guard that bars rungs: when none is left now, it tells so for whichever barred the first. */
export async function ask({ incident, choose }: RungPass): Promise<Verdict> {
  const choice = choose(incident);
  return choice.kind === 'none' ? noneLeft(choice.guard, choice) : GO;
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
