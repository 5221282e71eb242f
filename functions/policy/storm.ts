/** What is known of a directory: its numbers in CloudWatch, and the last storm in it. */

/** What CloudWatch says about a directory's WorkSpaces. */
export interface DirectoryHealth {
  unhealthy: number;
  available: number;
  stopped: number;
}

/** One number for each period, by its start in epoch milliseconds. */
export type Series = ReadonlyMap<number, number>;

/**
 * The worst of the last periods: that with the most unhealthy, and the well and the stopped of the same period. Numbers of
 * one period do not arrive together; where some are missing, the fewest of the other periods stand for them.
 * `undefined`: there are no numbers at all.
 */
export function worstPeriod(
  unhealthy: Series,
  available: Series,
  stopped: Series,
): DirectoryHealth | undefined {
  const [worst] = [...unhealthy].sort(([, one], [, other]) => other - one);
  const then = (series: Series): number => {
    const fewest = series.size > 0 ? Math.min(...series.values()) : 0;
    return (worst && series.get(worst[0])) ?? fewest;
  };
  const health = { unhealthy: worst?.[1] ?? 0, available: then(available), stopped: then(stopped) };
  return totalOf(health) > 0 ? health : undefined;
}

/** How many WorkSpaces a directory has: one that is stopped is not broken. */
export const totalOf = ({ unhealthy, available, stopped }: DirectoryHealth): number =>
  unhealthy + available + stopped;

/** A storm that was seen in a directory; times in epoch seconds. */
export interface Storm {
  seenAt: number;
  /** Nothing is done in the directory before this time. */
  until: number;
  /** Name of the execution that saw it first, and tells of it. */
  openedBy: string;
}
