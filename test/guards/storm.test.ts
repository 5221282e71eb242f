import { describe, expect, test } from 'vitest';
import { GO } from '../../functions/guards/guard.ts';
import { afterStorm, inStorm, isFresh, stormIn } from '../../functions/guards/storm.ts';
import { incident, START, seen } from '../policy/fixtures.ts';
import { verdictOf } from './verdict.ts';

describe('storm', () => {
  const settings = { maxUnhealthyPercent: 20, maxUnhealthyCount: 50 };
  // Unhealthy, well and stopped by CloudWatch, incidents of our own, and whether it is a storm.
  test.each<[number, number, number, number, boolean]>([
    [1, 0, 0, 1, false],
    [1, 3, 0, 1, false],
    [2, 3, 0, 1, true],
    [1, 4, 0, 2, true],
    [2, 8, 0, 0, false],
    [2, 7, 0, 0, true],
    [20, 80, 0, 0, false],
    [21, 79, 0, 0, true],
    [0, 100, 0, 20, false],
    [0, 100, 0, 21, true],
    [50, 950, 0, 50, false],
    [51, 949, 0, 0, true],
    [0, 1000, 0, 51, true],
    // At night: stopped ones are part of the directory, and not broken.
    [2, 1, 47, 2, false],
    [2, 1, 6, 2, true],
    [2, 1, 7, 2, false],
    [11, 0, 39, 0, true],
  ])(
    '%i unhealthy, %i well, %i stopped, %i incidents: %s',
    (unhealthy, available, stopped, incidents, expected) => {
      const health = { unhealthy, available, stopped };
      expect(stormIn(health, incidents, settings) !== undefined).toBe(expected);
    },
  );
  test('incidents alone are enough; in words', () => {
    expect(stormIn(undefined, 50, settings)).toBeUndefined();
    const looks = 'this looks like a failure of the network, the directory or the zone';
    expect(stormIn(undefined, 51, settings)).toBe(
      `51 WorkSpaces of its directory are or were just unhealthy (limit 50): ${looks}`,
    );
    expect(stormIn({ unhealthy: 2, available: 5, stopped: 3 }, 3, settings)).toBe(
      `3 of 10 WorkSpaces of its directory are or were just unhealthy (limit 2): ${looks}`,
    );
    expect(stormIn({ unhealthy: 0, available: 1, stopped: 0 }, 3, settings)).toContain('3 of 3 WorkSpaces');
  });
  test('the first to see it tells; the others point to it', () => {
    const known = incident({ seen: seen('UNHEALTHY', 0, { directoryId: 'd-1' }) });
    const held = (opener: string) => verdictOf('storm', inStorm(known, 'Much', opener))?.held;
    const first = held('one');
    expect(first).toEqual({
      action: 'DONE',
      outcome: 'NEEDS_HUMAN',
      guard: 'storm',
      reason:
        'Guard storm: Much. Nothing is done in directory "d-1" until the storm is over; start those by hand that are still broken then.',
    });
    expect(held('another')).toEqual({ ...first, toldBy: 'another' });
  });
  test('one seen within the last minute is not looked for again', () => {
    const storm = { seenAt: 1000, until: 1900, openedBy: 'one' };
    expect([isFresh(storm, 1059), isFresh(storm, 1060)]).toEqual([true, false]);
  });
  test('after it, it waits for the quiet to end', () => {
    const now = Date.parse(START) / 1000;
    const storm = { seenAt: now - 100, until: now + 800, openedBy: 'one' };
    expect(verdictOf('storm', afterStorm(storm, now, 3600))).toEqual({
      held: {
        action: 'WAIT',
        waitSeconds: 800,
        guard: 'storm',
        reason: 'Guard storm: Too much of its directory was broken until just now.',
      },
      remember: { waitingSince: { storm: START } },
    });
    expect(afterStorm(storm, now + 800, 3600)).toEqual(GO);
    expect(afterStorm(undefined, now, 3600)).toEqual(GO);
  });
});
