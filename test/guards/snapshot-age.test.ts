import { describe, expect, test } from 'vitest';
import type { Choice, RungFacts } from '../../functions/guards/choice.ts';
import { chooseRung } from '../../functions/guards/ladder.ts';
import { ask, untilNext } from '../../functions/guards/snapshot-age.ts';
import type { Rung } from '../../functions/incident.ts';
import { after, incident, SETTINGS, START } from '../policy/fixtures.ts';

const MINUTE = 60;
const HOUR = 3600;
const waiting = (minutes: number, maxAgeHours = 24) => ({
  waitForSnapshotSeconds: minutes * MINUTE,
  maxSnapshotAgeSeconds: maxAgeHours * HOUR,
});

describe('the next snapshot of the user volume', () => {
  // Age of the newest one now, since when it waits, and for how many minutes it may.
  test.each<[string, number, number | undefined, number, number | 'go' | 'given up']>([
    ['is due in 2 h, and it waits an hour at most', 10 * HOUR, undefined, 60, 'go'],
    ['is due in 60 min: it waits', 11 * HOUR, undefined, 60, 1800],
    ['is due in 61 min', 11 * HOUR - MINUTE, undefined, 60, 'go'],
    ['is due in 10 min: it looks then', 12 * HOUR - 600, -3000, 60, 600],
    ['is due now', 12 * HOUR, -HOUR, 60, 300],
    ['is half an hour late, but for a second', 12.5 * HOUR - 1, -5399, 60, 300],
    ['is half an hour late', 12.5 * HOUR, -5400, 60, 'given up'],
    ['is half an hour late, and nobody has waited for it', 12.5 * HOUR, undefined, 60, 'go'],
    ['has come while it waited', 5 * MINUTE, -HOUR, 60, 'go'],
    ['has come: it does not wait for another', 5 * MINUTE, -HOUR, 720, 'go'],
    ['is due in 11 h, and it may wait for 12', HOUR, undefined, 720, 1800],
    ['is due in a minute, and the wait is off', 12 * HOUR - MINUTE, undefined, 0, 'go'],
  ])('%s', (_, age, since, minutes, expected) => {
    const begun = since === undefined ? undefined : after(since);
    const { verdict, note } = untilNext(after(-age), START, begun, waiting(minutes));
    expect(verdict.says === 'wait' ? verdict.waitSeconds : note === undefined ? 'go' : 'given up').toBe(
      expected,
    );
  });

  test('says when it is due, and that it did not come', () => {
    expect(untilNext(after(-11 * HOUR), START, undefined, waiting(60))).toEqual({
      verdict: {
        says: 'wait',
        reason: `the next snapshot of the user's data is due at ${after(HOUR)}.`,
        at: START,
        limitSeconds: Number.POSITIVE_INFINITY,
        waitSeconds: 1800,
      },
    });
    expect(untilNext(after(-13 * HOUR), START, after(-2 * HOUR), waiting(60))).toEqual({
      verdict: { says: 'go' },
      note: `The snapshot that was due at ${after(-HOUR)} did not come; it waits no longer.`,
    });
  });

  test.each([12, 12.5])('is not waited for where none may be older than %d h', (hours) => {
    const { verdict } = untilNext(after(-11.5 * HOUR), START, undefined, waiting(60, hours));
    expect(verdict).toEqual({ says: 'go' });
  });

  test('however long it may wait, it waits for one only, and not for ever', () => {
    const since = after(0);
    const newest = after(-1);
    const looks = Array.from({ length: 400 }, (_, index) => after(index * 300));
    const last = looks.findLast((now) => untilNext(newest, now, since, waiting(720)).verdict.says === 'wait');
    expect(last).toBe(after(12.5 * HOUR - 300));
  });
});

describe('the guard', () => {
  const facts = (age: number): RungFacts => ({
    now: START,
    state: 'UNHEALTHY',
    rebuilds: [],
    isEntra: false,
    snapshots: { restore: after(-age), rebuild: after(-age) },
    overridden: () => false,
  });
  async function told(rung: Rung, age: number, since?: number) {
    const settings = { ...SETTINGS, waitForSnapshotSeconds: HOUR };
    const known = facts(age);
    const choose = (): Choice => chooseRung([rung], known, settings);
    const verdict = await ask({
      incident: incident(since === undefined ? {} : { waitingSince: { 'snapshot-age': after(since) } }),
      settings,
      unreadable: 0,
      now: () => START,
      tags: {},
      seen: { at: START, state: 'UNHEALTHY' },
      facts: known,
      choose,
    });
    const choice = choose();
    return { says: verdict.says, notes: 'notes' in choice ? choice.notes : undefined };
  }

  test('waits before a rebuild alone', async () => {
    expect(await told('rebuild', 11.5 * HOUR)).toEqual({ says: 'wait', notes: [] });
    expect(await told('restore', 11.5 * HOUR)).toEqual({ says: 'go', notes: [] });
    expect(await told('reboot', 11.5 * HOUR)).toEqual({ says: 'go', notes: [] });
  });

  test('goes on when none came, and says so', async () => {
    expect(await told('rebuild', 13 * HOUR, -2 * HOUR)).toEqual({
      says: 'go',
      notes: [`The snapshot that was due at ${after(-HOUR)} did not come; it waits no longer.`],
    });
  });
});
