import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import {
  addRates,
  KNOWN,
  KNOWN_RULES,
  type KnownRule,
  NO_RATES,
  RATE_NAMES,
  RATES,
  rateLines,
  ratesRisen,
  risen,
} from '../../local/simulation/judge/known.ts';

const MINUTES = 60_000;
const SCRIPT = 'test/simulation/known.ts';

/** The lines that the script prints; stories take over the clock of their process. */
async function lines(...args: string[]): Promise<Record<string, unknown>[]> {
  const env = { ...process.env, NODE_ENV: '' };
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, ...args], { env });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

const counts = (value: (rule: KnownRule) => number) =>
  Object.fromEntries(KNOWN_RULES.map((rule) => [rule, value(rule)]));

test(
  'the fixed run has just the known faults that are counted, and what was hasty is below its ceiling',
  async () => {
    const [run] = await lines();
    expect(
      run?.known,
      `A known fault has risen, or fallen and its number in judge/known.ts is to be lowered. "node ${SCRIPT}" prints all of them.`,
    ).toEqual(counts((rule) => KNOWN[rule].inTheFixedRun));
    expect(run?.risen).toEqual([]);
    expect(run?.rates).toHaveLength(5);
  },
  10 * MINUTES,
);

test(
  'each known fault is found in a story that has it, and none in a twin that has it not',
  async () => {
    const found = await lines('directed');
    const wrong = found.filter(({ isFaulty, hits }) => isFaulty !== (Array.isArray(hits) && hits.length > 0));
    expect(wrong).toEqual([]);
    for (const isFaulty of [true, false]) {
      const rules = found.filter((one) => one.isFaulty === isFaulty).map(({ rule }) => rule);
      // What is mended is turned back instead, one rule at a time.
      const missed = KNOWN_RULES.filter((rule) => !rules.includes(rule));
      expect(missed.filter((rule) => !isFaulty || KNOWN[rule].perThousandAtMost > 0)).toEqual([]);
    }
  },
  10 * MINUTES,
);

test('a known fault rises when a run has more of it than chance explains; a mended one with the first hit', () => {
  const incidents = 10_000;
  for (const rule of KNOWN_RULES) {
    const mean = (KNOWN[rule].perThousandAtMost * incidents) / 1_000;
    expect(risen({ [rule]: Math.floor(mean) }, incidents)).toEqual([]);
    expect(risen({ [rule]: Math.ceil(3 * mean + 30) }, incidents)).toEqual([
      expect.stringContaining(`${rule}: ${Math.ceil(3 * mean + 30)} in ${incidents} incidents`),
    ]);
    // In a small run one hit says nothing, unless there must be none.
    expect(risen({ [rule]: 1 }, 1)).toHaveLength(mean === 0 ? 1 : 0);
  }
});

test('rates add up, and rise above their ceiling', () => {
  const some = { ...NO_RATES, needless: { hits: 1, of: 100 }, hastyBadNews: { hits: 0, of: 10 } };
  const both = addRates(some, some);
  expect(both).toEqual({
    needless: { hits: 2, of: 200 },
    unforeseen: { hits: 0, of: 0 },
    atTheSameTime: { hits: 0, of: 0 },
    hastyBadNews: { hits: 0, of: 20 },
    shortLivedGoodNews: { hits: 0, of: 0 },
  });
  expect(rateLines(both)).toEqual([
    expect.stringMatching(/^needless: 10 per 1,000 remedies \(2 of 200\), \d+ at most/),
    expect.stringMatching(/^unforeseen: 0 per 1,000 remedies \(0 of 0\), \d+ at most/),
    expect.stringMatching(/^atTheSameTime: 0 per 1,000 remedies \(0 of 0\), \d+ at most/),
    expect.stringMatching(/^hastyBadNews: 0 per 1,000 bad news \(0 of 20\), \d+ at most/),
    expect.stringMatching(/^shortLivedGoodNews: 0 per 1,000 good news \(0 of 0\), \d+ at most/),
  ]);
  expect(ratesRisen(both)).toEqual([]);
  for (const name of RATE_NAMES) {
    const atCeiling = { hits: RATES[name].perThousandAtMost, of: 1_000 };
    expect(ratesRisen({ ...NO_RATES, [name]: atCeiling })).toEqual([]);
    expect(ratesRisen({ ...NO_RATES, [name]: { hits: 1_000, of: 1_000 } })).toEqual([
      expect.stringContaining(`${name}: 1000 per 1,000`),
    ]);
  }
});
