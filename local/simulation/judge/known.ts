/**
 * What the service is known to do wrong, counted in every run, and the numbers that it must not rise above: as
 * it gets better they are lowered. A rule with none allowed is a promise: each hit is a violation. Rates of what only
 * the future shows have a ceiling that stays.
 */
import type { Trace } from '../trace.ts';
import { judgeView, type Violation } from './judge.ts';
import { incomplete, notTheNewest, toldTwice } from './quality-news.ts';
import { madeTwice, notSettled, overAPerson, withoutEvidence } from './quality-requests.ts';
import { decidedByOutage, failedTooSoon, onOneRead, unreadVerdict } from './quality-verdicts.ts';
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
    // Net looks at the WorkSpace itself.
    about: 'What a message calls last seen is the newest that the execution, or the net after it, has read.',
    perThousandAtMost: 1,
    inTheFixedRun: 0,
  },
  'told-twice': {
    // Mended when people are told a cause once and then only how often.
    about: 'In calm, one cause is told once per WorkSpace and hour; a hit per WorkSpace and cause.',
    perThousandAtMost: 12,
    inTheFixedRun: 8,
  },
  'made-twice': {
    about: 'A restore or a rebuild that was seen to run is spent: an incident does not make it again.',
    perThousandAtMost: 0,
    inTheFixedRun: 0,
  },
  'no-evidence': {
    about: 'A restore or a rebuild waits until the milder rung was seen made, or refused for this WorkSpace.',
    perThousandAtMost: 0,
    inTheFixedRun: 0,
  },
  'not-settled': {
    about: 'A request waits for the settling time after the end of a busy state that its execution has read.',
    perThousandAtMost: 0,
    inTheFixedRun: 0,
  },
  'over-a-person': {
    about: 'A restore or a rebuild that was read counts for the cooldown, whoever asked for it.',
    perThousandAtMost: 0,
    inTheFixedRun: 0,
  },
  'on-one-read': {
    about:
      'RECOVERED and ALREADY_HEALTHY are said after two good reads ConfirmSeconds apart, the first AVAILABLE.',
    perThousandAtMost: 0,
    inTheFixedRun: 0,
  },
  'failed-too-soon': {
    about: 'FAILED is not said of what is well within the settling time after its remedy ended.',
    perThousandAtMost: 0,
    inTheFixedRun: 0,
  },
  'unread-verdict': {
    about: 'No verdict about a request that AWS took without a read that was answered since.',
    perThousandAtMost: 0,
    inTheFixedRun: 0,
  },
  outage: {
    // Left: SNS away for longer than Net is invoked again, and numbers that are late while another service is away.
    about: 'Every promise holds while a service is away as well, and that decides no outcome.',
    perThousandAtMost: 4,
    inTheFixedRun: 0,
  },
  storm: {
    // Mended when a storm is told of by whoever comes next, as long as nobody has.
    about: 'A storm is told of also where the execution that saw it first is stopped before it tells.',
    perThousandAtMost: 1,
    inTheFixedRun: 1,
  },
  redrive: {
    // Mended when an execution that is redriven takes its WorkSpace's lease again, or says that it has lost it.
    about: 'An execution that a person redrives works under its lease, or says why it does not.',
    perThousandAtMost: 2,
    inTheFixedRun: 0,
  },
} as const satisfies Record<string, KnownFault>;
export type KnownRule = keyof typeof KNOWN;

interface KnownHit {
  rule: KnownRule;
  at: number;
  what: string;
}

/** Storms and redrives have no rule of their own: there it is the promises that are broken; of outages, promises as well. */
const RULES: Readonly<Partial<Record<KnownRule, (view: View) => Hit[]>>> = {
  'message-incomplete': incomplete,
  'last-seen': notTheNewest,
  'told-twice': toldTwice,
  'made-twice': madeTwice,
  'no-evidence': withoutEvidence,
  'not-settled': notSettled,
  'over-a-person': overAPerson,
  'on-one-read': onOneRead,
  'failed-too-soon': failedTooSoon,
  'unread-verdict': unreadVerdict,
  outage: decidedByOutage,
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
  for (const { rule: promise, at, what } of known) {
    if (isPromise(promise)) violations.push({ promise, at, what });
  }
  violations.sort((one, other) => one.at - other.at);
  return { violations, known, rates: ratesOf(view) };
}

const isPromise = (rule: KnownRule): boolean => mostBy(KNOWN[rule].perThousandAtMost) === 0;

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
    about: 'restores and rebuilds of what would have been well within its settling time',
    per: 'remedies',
    perThousandAtMost: 4,
  },
  unforeseen: {
    about: 'restores and rebuilds of what would have been well by itself within ten minutes',
    per: 'remedies',
    perThousandAtMost: 100,
  },
  atTheSameTime: {
    about: "restores and rebuilds within ten minutes before a person's own",
    per: 'remedies',
    perThousandAtMost: 30,
  },
  hastyBadNews: {
    about: 'FAILED and NEEDS_HUMAN within ten minutes before it is well by itself',
    per: 'bad news',
    perThousandAtMost: 105,
  },
  shortLivedGoodNews: {
    about: 'RECOVERED and ALREADY_HEALTHY of what is broken, or is again within ten minutes',
    per: 'good news',
    perThousandAtMost: 90,
  },
} as const satisfies Record<RateName, { about: string; per: string; perThousandAtMost: number }>;

export { RATE_NAMES, type RateCounts };

export const NO_RATES: RateCounts = {
  needless: { hits: 0, of: 0 },
  unforeseen: { hits: 0, of: 0 },
  atTheSameTime: { hits: 0, of: 0 },
  hastyBadNews: { hits: 0, of: 0 },
  shortLivedGoodNews: { hits: 0, of: 0 },
};

export function addRates(one: RateCounts, other: RateCounts): RateCounts {
  const sum = (name: RateName) => ({
    hits: one[name].hits + other[name].hits,
    of: one[name].of + other[name].of,
  });
  return {
    needless: sum('needless'),
    unforeseen: sum('unforeseen'),
    atTheSameTime: sum('atTheSameTime'),
    hastyBadNews: sum('hastyBadNews'),
    shortLivedGoodNews: sum('shortLivedGoodNews'),
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
