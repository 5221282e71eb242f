/** What is counted in a story, and in a whole run. */
import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { faultText } from './faults.ts';
import { addRates, KNOWN_RULES, NO_RATES, verdict } from './judge/known.ts';
import type { RateCounts } from './judge/rates.ts';
import { faultCounts } from './tell.ts';
import { isProbeName, type Trace } from './trace.ts';
import { rungOf } from './wire.ts';

const number = v.number();
const tally = v.record(v.string(), number);
const rate = v.object({ hits: number, of: number });
const figures = v.object({
  /** Executions that are neither probes nor duplicates. */
  incidents: number,
  duplicates: number,
  /** The simulation's own executions, which ask whether a WorkSpace is free. */
  probes: number,
  faults: number,
  rebuilds: number,
});
type Figures = v.InferOutput<typeof figures>;

/** A story that was played, without its trace: what a process tells another of it. */
export const playedSchema = v.object({
  title: v.string(),
  /** Its faults, where the story has them at known calls. */
  at: v.optional(v.array(v.string())),
  figures,
  violations: v.array(v.object({ promise: v.string(), what: v.string(), at: number })),
  /** Hits per known fault. */
  known: tally,
  rates: v.object({
    needless: rate,
    unforeseen: rate,
    atTheSameTime: rate,
    hastyBadNews: rate,
    shortLivedGoodNews: rate,
  }),
  /** Faults by kind and caller. */
  faults: tally,
  /** Of all that happened: the same seed gives the same, to the byte. */
  digest: v.string(),
});
export type Played = v.InferOutput<typeof playedSchema>;

/** Judges and counts. */
export function playedOf(trace: Trace): Played {
  const { story, happenings } = trace;
  const { violations, known, rates } = verdict(trace);
  const hits: Record<string, number> = {};
  for (const { rule } of known) hits[rule] = (hits[rule] ?? 0) + 1;
  return {
    title: story.title,
    ...(Array.isArray(story.faults) && { at: story.faults.map(faultText) }),
    figures: figuresOf(trace),
    violations,
    known: hits,
    rates,
    faults: faultCounts(trace),
    digest: createHash('sha256').update(JSON.stringify(happenings)).digest('hex').slice(0, 16),
  };
}

function figuresOf({ happenings }: Trace): Figures {
  const duplicate = new Set<string>();
  const rebuilds = new Set<number>();
  const made: Figures = { incidents: 0, duplicates: 0, probes: 0, faults: 0, rebuilds: 0 };
  for (const one of happenings) {
    if (one.kind === 'ended' && one.outcome === 'DUPLICATE') duplicate.add(one.execution);
    if (one.kind === 'request' && rungOf(one.call) === 'rebuild') rebuilds.add(one.id);
    if (one.kind === 'effect' && one.result === 'ok' && rebuilds.has(one.id)) made.rebuilds++;
    if (one.kind === 'fault') made.faults++;
  }
  for (const one of happenings) {
    if (one.kind !== 'started') continue;
    if (isProbeName(one.execution)) made.probes++;
    else if (duplicate.has(one.execution)) made.duplicates++;
    else made.incidents++;
  }
  return made;
}

/** One story's line. */
export function lineOf({ title, at, figures, violations, digest }: Played): string {
  return JSON.stringify({
    story: title,
    ...(at && { at }),
    ...figures,
    violations: violations.length,
    digest,
  });
}

/** Sums over the stories of a run. */
export class Totals {
  readonly figures: Figures = { incidents: 0, duplicates: 0, probes: 0, faults: 0, rebuilds: 0 };
  /** Hits of every known fault, in one order. */
  readonly known: Record<string, number> = Object.fromEntries(KNOWN_RULES.map((rule) => [rule, 0]));
  readonly faults: Record<string, number> = {};
  rates: RateCounts = NO_RATES;
  violations = 0;

  add({ figures, violations, known, rates: more, faults }: Played): void {
    this.figures.incidents += figures.incidents;
    this.figures.duplicates += figures.duplicates;
    this.figures.probes += figures.probes;
    this.figures.faults += figures.faults;
    this.figures.rebuilds += figures.rebuilds;
    this.violations += violations.length;
    this.rates = addRates(this.rates, more);
    sum(this.known, known);
    sum(this.faults, faults);
  }
}

function sum(into: Record<string, number>, more: Record<string, number>): void {
  for (const [key, count] of Object.entries(more)) into[key] = (into[key] ?? 0) + count;
}
