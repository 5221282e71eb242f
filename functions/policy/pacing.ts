/** How long to wait between two looks: a share of the time elapsed, between a floor and a ceiling, in seconds. */
export interface Pace {
  floor: number;
  ceiling: number;
}

/** Share of the time elapsed: what takes long need not be looked at often. */
const SHARE = 0.1;

/** While a request, or something else that AWS does, is under way. */
export const POLL: Pace = { floor: 20, ceiling: 60 };

/** While a guard makes it wait: looking more often only costs, and a place that is free must not stand empty for long. */
export const HELD: Pace = { floor: 60, ceiling: 120 };

/** After a refusal that passes: twice as long each time. */
const REFUSED: Pace = { floor: 60, ceiling: 900 };

/** While a service of AWS is away. */
const AWAY: Pace = { floor: 20, ceiling: 300 };

/** Whole seconds until the next look, `elapsedSeconds` after the first. */
export function nextWait(elapsedSeconds: number, { floor, ceiling }: Pace): number {
  const share = Math.round(Math.max(0, elapsedSeconds) * SHARE);
  return Math.max(floor, Math.min(ceiling, share));
}

/** Whole seconds until a refused request is sent again, `elapsedSeconds` after its first refusal. */
export function refusedWait(elapsedSeconds: number): number {
  return Math.max(REFUSED.floor, Math.min(REFUSED.ceiling, Math.round(elapsedSeconds)));
}

/**
 * Whole seconds until a service is asked again that has been away for so long. With full jitter: thousands that wait for
 * the same service must not come back at the same moment.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function awayWait(elapsedSeconds: number, random = Math.random()): number {
  const most = Math.max(2 * AWAY.floor, Math.min(AWAY.ceiling, elapsedSeconds));
  return Math.round(AWAY.floor + random * (most - AWAY.floor));
}

/** Seconds from one ISO time to another. */
export function secondsBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}
