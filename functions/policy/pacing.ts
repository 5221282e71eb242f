/** How long to wait between two looks: a share of the time elapsed, between a floor and a ceiling. */
export interface Pacing {
  /** Share of the time elapsed, in percent. */
  growthPercent: number;
  floorSeconds: number;
  ceilingSeconds: number;
}

/** Whole seconds until the next look, `elapsedSeconds` after the first. */
export function nextWait(elapsedSeconds: number, pacing: Pacing): number {
  const share = Math.round((Math.max(0, elapsedSeconds) * pacing.growthPercent) / 100);
  // The floor wins when the two are set the wrong way round: never poll faster than allowed.
  return Math.max(pacing.floorSeconds, Math.min(pacing.ceilingSeconds, share));
}

/** Seconds from one ISO time to another. */
export function secondsBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}
