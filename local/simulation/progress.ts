/** A bar where somebody looks, a line now and then where nobody does. */
export class Progress {
  readonly #total: number | undefined;
  readonly #isTerminal = process.stderr.isTTY;
  #shown = 0;
  #next = 0;

  /** `total`: how many incidents there will be, where it is known. */
  constructor(total: number | undefined) {
    this.#total = total;
  }

  show(done: number, violations: number): void {
    const now = performance.now();
    if (now < this.#next) return;
    this.#next = now + (this.#isTerminal ? 100 : 10_000);
    const share = this.#total === undefined ? undefined : Math.min(1, done / this.#total);
    const bar =
      share === undefined || !this.#isTerminal
        ? ''
        : `[${'#'.repeat(Math.round(share * 30)).padEnd(30, '.')}] `;
    const text = `${bar}${done.toLocaleString('en')} incidents, ${violations} violation(s)`;
    process.stderr.write(this.#isTerminal ? `\r${text}` : this.#shown++ === 0 ? '' : `${text}\n`);
  }

  end(): void {
    if (this.#isTerminal) process.stderr.write('\r\x1b[K');
  }
}
