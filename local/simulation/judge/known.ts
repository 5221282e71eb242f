/**
 * What the service is known to do wrong, counted in every run, and the numbers that it must not rise above: as
 * it gets better they are lowered, down to 0. Rates of what only the future shows have a ceiling that stays.
 */
import type { Trace } from '../trace.ts';
import { judgeView, type Violation } from './judge.ts';
import { falseGoodNews, incomplete, notTheNewest, toldTwice } from './quality-news.ts';
import { madeTwice, notSettled, overAPerson, withoutEvidence } from './quality-requests.ts';
import { RATE_NAMES, type RateCounts, type RateName, ratesOf } from './rates.ts';
import type { Hit } from './remedies.ts';
import { View } from './view.ts';

interface KnownFault {
  about: string;
  /** Hits per 1,000 incidents of random stories, neither probes nor duplicates counted. */
  perThousandAtMost: number;
  /** Hits in the fixed run of the tests, exactly. */
  inTheFixedRun: number;
}

/** Each rule, what it wants, and how far the service is from it. */
export const KNOWN = {
  'message-incomplete': {
    // Nine in 100,000 incidents, under several faults each.
    about: 'A message names every request that AWS took, and from when the data is once it was set back.',
    perThousandAtMost: 0.1,
    inTheFixedRun: 0,
  },
  'last-seen': {
    // Mended when Net looks at the WorkSpace itself, or the record keeps what was read last.
    about: 'What a message calls last seen is the newest that the execution has read.',
    perThousandAtMost: 25,
    inTheFixedRun: 30,
  },
  'told-twice': {
    // Mended when people are told a cause once and then only how often.
    about: 'In calm, one cause is told once per WorkSpace and hour; a hit per WorkSpace and cause.',
    perThousandAtMost: 12,
    inTheFixedRun: 5,
  },
  'false-good-news': {
    // Mended when good news takes two good reads, and STOPPED is left open; relapses in minutes will remain.
    about:
      'RECOVERED and ALREADY_HEALTHY are true for ten minutes at least, and not said of a STOPPED one unread.',
    perThousandAtMost: 42,
    inTheFixedRun: 21,
  },
  'made-twice': {
    about: 'A restore or a rebuild that was seen to run is spent: an incident does not make it again.',
    perThousandAtMost: 0,
    inTheFixedRun: 0,
  },
  'no-evidence': {
    // Mended when a next rung follows only a read of what the last one did, or AWS's refusal for good.
    about: 'A restore or a rebuild waits until the milder rung was seen made, or refused for this WorkSpace.',
    perThousandAtMost: 14,
    inTheFixedRun: 19,
  },
  'not-settled': {
    // Mended when a broken reading counts only after the settling time.
    about: 'A restore or a rebuild waits ten minutes after the end of a busy state that was read.',
    perThousandAtMost: 20,
    inTheFixedRun: 21,
  },
  'over-a-person': {
    // Mended when what was read as under way goes into the history of the WorkSpace.
    about: "A person's restore or rebuild that was read counts for the cooldown.",
    perThousandAtMost: 4,
    inTheFixedRun: 0,
  },
  outage: {
    // Mended when steps wait for a service that is away, as long as it takes.
    about: 'Every promise holds while a service is away as well.',
    perThousandAtMost: 2,
    inTheFixedRun: 0,
  },
  storm: {
    // Mended when a storm is told of by whoever comes next, as long as nobody has.
    about: 'A storm is told of also where the execution that saw it first is stopped before it tells.',
    perThousandAtMost: 1,
    inTheFixedRun: 0,
  },
  redrive: {
    // Mended when an execution that is redriven takes its WorkSpace's lease again, or says that it has lost it.
    about: 'An execution that a person redrives works under its lease, or says why it does not.',
    perThousandAtMost: 1,
    inTheFixedRun: 0,
  },
} as const satisfies Record<string, KnownFault>;
export type KnownRule = keyof typeof KNOWN;

interface KnownHit {
  rule: KnownRule;
  at: number;
  what: string;
}

/** The last three have no rule of their own: there it is the promises that are broken. */
const RULES: Readonly<Partial<Record<KnownRule, (view: View) => Hit[]>>> = {
  'message-incomplete': incomplete,
  'last-seen': notTheNewest,
  'told-twice': toldTwice,
  'false-good-news': falseGoodNews,
  'made-twice': madeTwice,
  'no-evidence': withoutEvidence,
  'not-settled': notSettled,
  'over-a-person': overAPerson,
};
export const KNOWN_RULES = Object.keys(KNOWN).filter((name): name is KnownRule => name in KNOWN);

/** What a story breaks: the promises, and what the service is known not to keep yet. */
export interface Verdict {
  violations: Violation[];
  known: KnownHit[];
  rates: RateCounts;
}

/** How the judge ends the name of a promise that is broken after a service was away, in a storm, or after a redrive. */
const NAMED = { outage: ' (outage)', storm: ' (storm)', redrive: ' (redrive)' } as const;
const namedKnown = ({ promise }: Violation) =>
  (['outage', 'storm', 'redrive'] as const).find((rule) => promise.endsWith(NAMED[rule]));

export function verdict(trace: Trace): Verdict {
  const view = new View(trace);
  const known = KNOWN_RULES.flatMap((rule) => (RULES[rule]?.(view) ?? []).map((hit) => ({ rule, ...hit })));
  const violations: Violation[] = [];
  for (const broken of judgeView(view)) {
    const rule = namedKnown(broken);
    const { at, promise, what } = broken;
    if (rule) known.push({ rule, at, what: `${promise}: ${what}` });
    else violations.push(broken);
  }
  return { violations, known, rates: ratesOf(view) };
}

/** The rules of which a run of so many random incidents has more hits than chance would explain. */
export function risen(counts: Readonly<Record<string, number>>, incidents: number): string[] {
  return KNOWN_RULES.flatMap((rule) => {
    const { about, perThousandAtMost } = KNOWN[rule];
    const hits = counts[rule] ?? 0;
    if (hits <= mostBy((perThousandAtMost * incidents) / 1_000)) return [];
    return [`${rule}: ${hits} in ${incidents} incidents, ${perThousandAtMost} per 1,000 at most. ${about}`];
  });
}

/**
 * The most that chance makes of a mean: four standard deviations of a Poisson distribution above it (once in some
 * 30,000 runs), and three more, since hits come several to a story. What is never expected is never allowed.
 */
const mostBy = (mean: number) => (mean === 0 ? 0 : mean + 4 * Math.sqrt(mean) + 3);

/** Ceilings of what only the future shows. */
export const RATES = {
  needless: {
    about: 'restores and rebuilds of what would have been well within ten minutes',
    per: 'remedies',
    perThousandAtMost: 65,
  },
  atTheSameTime: {
    about: "restores and rebuilds within ten minutes before a person's own",
    per: 'remedies',
    perThousandAtMost: 30,
  },
  hastyBadNews: {
    about: 'FAILED and NEEDS_HUMAN within ten minutes before it is well by itself',
    per: 'bad news',
    perThousandAtMost: 70,
  },
} as const satisfies Record<RateName, { about: string; per: string; perThousandAtMost: number }>;

export { RATE_NAMES, type RateCounts };

export const NO_RATES: RateCounts = {
  needless: { hits: 0, of: 0 },
  atTheSameTime: { hits: 0, of: 0 },
  hastyBadNews: { hits: 0, of: 0 },
};

export function addRates(one: RateCounts, other: RateCounts): RateCounts {
  const sum = (name: RateName) => ({
    hits: one[name].hits + other[name].hits,
    of: one[name].of + other[name].of,
  });
  return {
    needless: sum('needless'),
    atTheSameTime: sum('atTheSameTime'),
    hastyBadNews: sum('hastyBadNews'),
  };
}

/** A line per rate, to be read by people. */
export const rateLines = (counts: RateCounts): string[] => RATE_NAMES.map((name) => rateLine(counts, name));

function rateLine(counts: RateCounts, name: RateName): string {
  const { hits, of } = counts[name];
  const { about, per, perThousandAtMost } = RATES[name];
  const share = of === 0 ? 0 : Math.round((10_000 * hits) / of) / 10;
  return `${name}: ${share} per 1,000 ${per} (${hits} of ${of}), ${perThousandAtMost} at most: ${about}`;
}

/** The lines of the rates that are above their ceiling, by more than chance would explain. */
export const ratesRisen = (counts: RateCounts): string[] =>
  RATE_NAMES.filter(
    (name) => counts[name].hits > mostBy((RATES[name].perThousandAtMost * counts[name].of) / 1_000),
  ).map((name) => rateLine(counts, name));
