import { EventBridgeClient, TestEventPatternCommand } from '@aws-sdk/client-eventbridge';
import fc from 'fast-check';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { matches } from '../../../local/desk/event-pattern.ts';
import { versionOf } from '../tools.ts';
import { DIFFERENCES } from './differences.ts';
import { cases, RULES } from './events.ts';

/** As many, and the same each time. */
const EVENTS = 2_000;
const SEED = 2026;

const ministack = new EventBridgeClient({
  endpoint: inject('ministackUrl'),
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

/** ministack's verdict, by the matcher that its event bus uses too. */
async function theirs(pattern: unknown, event: unknown): Promise<boolean | undefined> {
  const { Result } = await ministack.send(
    new TestEventPatternCommand({ EventPattern: JSON.stringify(pattern), Event: JSON.stringify(event) }),
  );
  return Result;
}

describe(`verdicts of the rules' patterns on ministack ${versionOf('ministack')} as in the lab's matcher`, () => {
  const seen = { events: 0, agreed: 0, matching: 0, nearMisses: 0 };
  const explained = new Map(Object.keys(DIFFERENCES).map((why) => [why, 0]));
  afterAll(() => {
    const { events, agreed, matching, nearMisses } = seen;
    const others = [...explained].map(([why, times]) => `${times} differ by ${why}`).join(', ');
    console.log(
      `${events} events, ${agreed} with the same verdict of every rule; ${matching} match, ${nearMisses} nearly do; ${others}`,
    );
  });

  test(`the same on ${EVENTS} generated events, near misses included`, async () => {
    const verdicts = fc.asyncProperty(cases, async ({ base, edits, event }) => {
      const compared = await Promise.all(
        RULES.map(async ({ name, pattern }) => {
          const [ours, other] = [matches(pattern, event), await theirs(pattern, event)];
          const why = Object.keys(DIFFERENCES).find((each) => DIFFERENCES[each]?.concerns(pattern, event));
          if (ours === other || why === undefined) expect([name, other]).toEqual([name, ours]);
          else explained.set(why, (explained.get(why) ?? 0) + 1);
          return { ours, isSame: ours === other, isNearMiss: edits === 1 && !ours && matches(pattern, base) };
        }),
      );
      seen.events++;
      if (compared.every(({ isSame }) => isSame)) seen.agreed++;
      if (compared.some(({ ours }) => ours)) seen.matching++;
      if (compared.some(({ isNearMiss }) => isNearMiss)) seen.nearMisses++;
    });
    await fc.assert(verdicts, { numRuns: EVENTS, seed: SEED });
  });

  test('among them are enough that match, and enough that nearly do', () => {
    expect(seen.agreed).toBeGreaterThanOrEqual(500);
    expect(seen.matching).toBeGreaterThanOrEqual(100);
    expect(seen.nearMisses).toBeGreaterThanOrEqual(EVENTS / 3);
  });

  test.each(Object.entries(DIFFERENCES))('still differs, %s', async (_, { concerns, example }) => {
    const { pattern, event, verdict } = example;
    expect(concerns(pattern, event)).toBe(true);
    expect(matches(pattern, event)).toBe(verdict);
    expect(await theirs(pattern, event)).toBe(!verdict);
  });
});
