import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import {
  addRates,
  KNOWN,
  KNOWN_RULES,
  type KnownRule,
  NO_RATES,
  RATES,
  rateLines,
  ratesRisen,
  risen,
} from '../../local/simulation/judge/known.ts';

const MINUTES = 60_000;
const SCRIPT = 'test/simulation/known.ts';

/** The lines that the script prints: a promise in a story needs its own clock, and so its own process. */
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
    expect(run?.rates).toHaveLength(3);
  },
  10 * MINUTES,
);

test(
  'each known fault is found in a story that has it, and not in its twin that has it not',
  async () => {
    const found = await lines('directed');
    const wrong = found.filter(
      ({ isFaulty, hits }) => isFaulty !== (Array.isArray(hits) && hits.length > 0),
    );
    expect(wrong).toEqual([]);
    for (const isFaulty of [true, false]) {
      const rules = found.filter((one) => one.isFaulty === isFaulty).map(({ rule }) => rule);
      expect(KNOWN_RULES.filter((rule) => !rules.includes(rule))).toEqual([]);
    }
  },
  10 * MINUTES,
);

test('a known fault rises when a run has more of it than chance explains; a mended one with the first', () => {
  const incidents = 10_000;
  const allowed = (rule: KnownRule) => (KNOWN[rule].perThousandAtMost * incidents) / 1_000;
  const none = counts(() => 0);
  for (const rule of KNOWN_RULES) {
    const mean = allowed(rule);
    const most = mean === 0 ? 0 : Math.floor(mean + 4 * Math.sqrt(mean) + 3);
    expect(risen({ ...emptyCounts, ...none, [rule]: most }, incidents)).toEqual([]);
    expect(risen({ ...emptyCounts, ...none, [rule]: most + 1 }, incidents)).toEqual([
      expect.stringContaining(`${rule}: ${most + 1} in ${incidents} incidents`),
    ]);
  }
});
