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

/** From an accepted request to the first look at it, in seconds: none is done sooner. */
export const FIRST_WAIT_SECONDS = 120;

/** Whole seconds until the next look, `elapsedSeconds` after the first. */
export function nextWait(elapsedSeconds: number, { floor, ceiling }: Pace): number {
  const share = Math.round(Math.max(0, elapsedSeconds) * SHARE);
  return Math.max(floor, Math.min(ceiling, share));
}

/** Seconds from one ISO time to another. */
export function secondsBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}
