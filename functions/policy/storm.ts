import type { Incident, OpenIncident } from '../incident.ts';
import { show } from '../text.ts';
import { type Held, leave, type Patience, wait } from './guards.ts';

/** What CloudWatch says about a directory's WorkSpaces. */
export interface DirectoryHealth {
  unhealthy: number;
  available: number;
}

/** One number for each period, by its start in epoch milliseconds. */
export type Series = ReadonlyMap<number, number>;

/**
 * The worst of the last periods: that with the most unhealthy, and the well of the same period. Numbers of one period
 * do not arrive together; where those of the well are missing, the fewest of the other periods stand for them.
 * `undefined`: there are no numbers at all.
 */
export function worstPeriod(unhealthy: Series, available: Series): DirectoryHealth | undefined {
  const [worst] = [...unhealthy].sort(([, one], [, other]) => other - one);
  const fewest = available.size > 0 ? Math.min(...available.values()) : 0;
  const health = {
    unhealthy: worst?.[1] ?? 0,
    available: (worst && available.get(worst[0])) ?? fewest,
  };
  return health.unhealthy + health.available > 0 ? health : undefined;
}

/** A storm that was seen in a directory; times in epoch seconds. */
export interface Storm {
  seenAt: number;
  /** Nothing is done before. */
  until: number;
  /** Name of the execution that saw it first, and tells of it. */
  openedBy: string;
}

export interface StormSettings {
  maxPercent: number;
  maxCount: number;
}

/** A storm seen so recently is not looked for again, in seconds: it spares CloudWatch thousands of questions. */
const FRESH = 60;

export const isFresh = (storm: Storm, now: number): boolean => now - storm.seenAt < FRESH;

/**
 * Whether too much of a directory is broken, in words. `incidents`: those that this service has opened in it in the
 * last minutes; metrics come late, and the larger number decides. Without `health` the incidents are too many
 * by themselves.
 */
export function stormIn(
  health: DirectoryHealth | undefined,
  incidents: number,
  { maxPercent, maxCount }: StormSettings,
): string | undefined {
  const unhealthy = Math.max(health?.unhealthy ?? 0, incidents);
  const total = health && health.unhealthy + health.available;
  // One broken WorkSpace can always be healed, however small its directory.
  const share = total === undefined ? maxCount : Math.max(1, Math.floor((total * maxPercent) / 100));
  const limit = Math.min(share, maxCount);
  if (unhealthy <= limit) return undefined;
  const of = total === undefined ? '' : ` of ${Math.max(total, unhealthy)}`;
  return `${unhealthy}${of} WorkSpaces of its directory are or were just unhealthy (limit ${limit}): this looks like a failure of the network, the directory or the zone`;
}

/** Too much is broken: told once per storm and directory. */
export function inStorm(
  { execution, seen }: OpenIncident,
  what: string,
  openedBy: string,
): Pick<Incident, 'decision'> {
  const { decision: held } = leave(
    'storm',
    `${what}. Nothing is done in directory ${show(seen?.directoryId)} until the storm is over; start those by hand that are still broken then.`,
  );
  const isTold = openedBy !== execution.name;
  return { decision: { ...held, ...(isTold && { toldBy: openedBy }) } };
}

/** The storm is over, but not for long. */
export function afterStorm(
  incident: OpenIncident,
  storm: Storm,
  now: number,
  patience: Pick<Patience, 'pacing' | 'limitSeconds'>,
): Held {
  return wait(
    incident,
    'storm',
    'Too much of its directory was broken until just now.',
    new Date(now * 1000).toISOString(),
    { ...patience, waitSeconds: storm.until - now },
  );
}
