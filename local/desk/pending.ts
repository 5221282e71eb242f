/** What is still to come in a story: its clock moves while there is anything, and only while nothing real is under way. */

const realImmediate = setImmediate;

/** So long on the story's clock. */
export const sleep = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** The SDK reads its shared configuration when a client is first used. */
function isReadingFiles(): boolean {
  return process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq'));
}

export class Pending {
  #pending = 0;
  #real = 0;

  /** The story does not end before `release`. */
  hold(): void {
    this.#pending++;
  }

  release(): void {
    this.#pending--;
  }

  /** Does something later, and does not let the story end before. */
  later(milliseconds: number, task: () => void | Promise<void>): void {
    this.#pending++;
    setTimeout(async () => {
      try {
        await task();
      } finally {
        this.#pending--;
      }
    }, milliseconds);
  }

  /** Time stands still while real work goes on. */
  async really<T>(work: () => Promise<T>): Promise<T> {
    this.#real++;
    try {
      return await work();
    } finally {
      this.#real--;
    }
  }

  /** Moves the clock from one due thing to the next, until nothing is pending any more. */
  async untilQuiet(clock: { next: () => void }, latest = Number.POSITIVE_INFINITY): Promise<void> {
    while (this.#pending > 0 && Date.now() < latest) {
      // Lets every promise and every answer on its way arrive before time moves.
      await new Promise((resolve) => realImmediate(resolve));
      if (this.#pending === 0 || this.#real > 0 || isReadingFiles()) continue;
      clock.next();
    }
  }
}
