/** Where too much of a directory is broken at once, no single WorkSpace is: nothing is done until that is over. */
import { directoryHealth, NoMetricsError } from '../aws/directory.ts';
import { isDryByHand, type OpenIncident } from '../incident.ts';
import { type DirectoryHealth, type Storm, totalOf } from '../policy/storm.ts';
import type { Settings } from '../settings.ts';
import { noteIncident, noteStorm, readDirectory } from '../table/storms.ts';
import { show } from '../text.ts';
import { GO, type GuardText, type Verdict } from './guard.ts';
import type { TaggedPass } from './scope.ts';

/** A storm seen within this many seconds is not looked for again: that spares CloudWatch thousands of requests. */
const FRESH = 60;

/** Longest wait for the quiet after a storm, as a multiple of its length: storms may follow each other. */
const PATIENCE = 4;

export const name = 'storm';

export const text: GuardText & { risk: string } = {
  reads: 'the table, CloudWatch `GetMetricData`',
  holdsBack:
    'More than `MaxUnhealthyPercent` or `MaxUnhealthyCount` of its directory are unhealthy, or had an incident in the last ten minutes. Stopped WorkSpaces count among all. Where CloudWatch has no numbers of the directory, one incident is no storm; more hold it back.',
  outcome:
    '`NEEDS_HUMAN`, with one message per storm; for `StormCooldownMinutes` after it: waits, four times as long at most, then `NEEDS_HUMAN`',
  whatToDo:
    'Find what the broken WorkSpaces have in common: network, directory or Availability Zone. When the storm is over, look which of them are still broken.',
  risk: 'While the cause lasts a rebuild does not help, and loses what the user has changed since the last snapshot.',
};

/** Counts it among the incidents of its directory, once it was read as broken. */
export async function read({ incident, seen: { directoryId } }: TaggedPass): Promise<void> {
  if (directoryId !== undefined && !incident.counted && !isDryByHand(incident)) {
    await noteIncident(directoryId, incident.request.workspaceId);
  }
}

export async function ask({ incident, seen, settings }: TaggedPass): Promise<Verdict> {
  if (seen.directoryId === undefined) throw new Error('AWS names no directory of it');
  const remember = { counted: true };
  return { ...(await aroundIt(incident, seen.directoryId, settings)), remember };
}

async function aroundIt(incident: OpenIncident, directoryId: string, settings: Settings): Promise<Verdict> {
  const { storm, incidents } = await readDirectory(directoryId);
  const now = Math.floor(Date.now() / 1000);
  const { maxUnhealthyCount, stormCooldownSeconds } = settings;
  if (storm && isFresh(storm, now)) {
    return inStorm(incident, 'Too much of its directory is broken, as seen just now', storm.openedBy);
  }
  const isCounted = incidents > maxUnhealthyCount;
  const health = isCounted ? undefined : await directoryHealth(directoryId);
  if (!health && !isCounted && incidents > 1) {
    throw new NoMetricsError(`CloudWatch has no numbers of a directory with ${incidents} incidents`);
  }
  const what = stormIn(health, incidents, settings);
  if (what) {
    const me = incident.execution.name;
    const opener = isDryByHand(incident) ? me : await noteStorm(directoryId, me, stormCooldownSeconds);
    return inStorm(incident, what, opener);
  }
  return afterStorm(storm, now, PATIENCE * stormCooldownSeconds);
}

export const isFresh = (storm: Storm, now: number): boolean => now - storm.seenAt < FRESH;

/**
 * Whether too much of a directory is broken, in words. `incidents`: those that this service has opened in it in the
 * last minutes; metrics come late, and the larger number decides. Without `health` the incidents are too many
 * by themselves, or this one is the only one.
 */
export function stormIn(
  health: DirectoryHealth | undefined,
  incidents: number,
  { maxUnhealthyPercent, maxUnhealthyCount }: Pick<Settings, 'maxUnhealthyPercent' | 'maxUnhealthyCount'>,
): string | undefined {
  const unhealthy = Math.max(health?.unhealthy ?? 0, incidents);
  const total = health && totalOf(health);
  // One broken WorkSpace can always be healed, however small its directory.
  const share =
    total === undefined ? maxUnhealthyCount : Math.max(1, Math.floor((total * maxUnhealthyPercent) / 100));
  const limit = Math.min(share, maxUnhealthyCount);
  if (unhealthy <= limit) return undefined;
  const of = total === undefined ? '' : ` of ${Math.max(total, unhealthy)}`;
  return `${unhealthy}${of} WorkSpaces of its directory are or were just unhealthy (limit ${limit}): this looks like a failure of the network, the directory or the zone`;
}

/** Too much is broken: told once per storm and directory. */
export function inStorm(
  { execution, seen }: Pick<OpenIncident, 'execution' | 'seen'>,
  what: string,
  openedBy: string,
): Verdict {
  const isTold = openedBy !== execution.name;
  return {
    says: 'person',
    reason: `${what}. Nothing is done in directory ${show(seen?.directoryId)} until the storm is over; start those by hand that are still broken then.`,
    ...(isTold && { toldBy: openedBy }),
  };
}

/** The storm, if there was one, is over, but perhaps not for long. */
export function afterStorm(storm: Storm | undefined, now: number, limitSeconds: number): Verdict {
  if (!storm || storm.until <= now) return GO;
  return {
    says: 'wait',
    reason: 'Too much of its directory was broken until just now.',
    at: new Date(now * 1000).toISOString(),
    limitSeconds,
    waitSeconds: storm.until - now,
  };
}
