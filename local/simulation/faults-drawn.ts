/** Which fault hits which call of a story: those given with it, or a share of all, drawn from its seed. */
import type { Story } from '../stories/story.ts';
import { type CallSite, type FaultKind, kindsFor, siteKey } from './faults.ts';
import { Random } from './random.ts';
import { isProbeName, type Note } from './trace.ts';

/** A stop from outside hides what would have come of the rest: it is drawn once for so many other faults. */
const STOPS_APART = 40;

export class DrawnFaults {
  /** Every call that a fault could have hit, in order. */
  readonly sites: CallSite[] = [];
  readonly #story: Story;
  readonly #note: Note;
  /** Apart from the world's, so that a story with its faults given runs as it did when they were drawn. */
  readonly #random: Random;
  readonly #given: Map<string, FaultKind>;
  readonly #calls = new Map<string, number>();

  constructor(story: Story, note: Note) {
    this.#story = story;
    this.#note = note;
    this.#random = new Random(story.seed + 1);
    this.#given = new Map(
      Array.isArray(story.faults) ? story.faults.map(({ site, kind }) => [siteKey(site), kind]) : [],
    );
  }

  /** The fault of the next call of its kind by this execution, if it has one. */
  next(execution: string, call: string): FaultKind | undefined {
    const key = `${execution} ${call}`;
    const number = (this.#calls.get(key) ?? 0) + 1;
    this.#calls.set(key, number);
    const site = { execution, call, number };
    if (!isProbeName(execution)) this.sites.push(site);
    const kind = Array.isArray(this.#story.faults)
      ? this.#given.get(siteKey(site))
      : this.#draw(this.#story.faults.rate, execution, call);
    if (kind) this.#note({ kind: 'fault', fault: { site, kind } });
    return kind;
  }

  #draw(rate: number, execution: string, call: string): FaultKind | undefined {
    if (isProbeName(execution) || !this.#random.chance(rate)) return undefined;
    const [first, ...rest] = kindsFor(call).filter((kind) => kind !== 'abort');
    if (this.#random.chance(1 / STOPS_APART)) return 'abort';
    return first && this.#random.pick([first, ...rest]);
  }
}
