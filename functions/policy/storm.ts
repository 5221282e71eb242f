/** What is known of a directory: its numbers in CloudWatch, and the last storm in it. */

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
  /** Nothing is done in the directory before this time. */
  until: number;
  /** Name of the execution that saw it first, and tells of it. */
  openedBy: string;
}
