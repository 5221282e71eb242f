import { describe, expect, test } from 'vitest';
import { isLive } from '../../functions/policy/connection.ts';
import { flapping } from '../../functions/policy/flapping.ts';
import { isDryRun, isOverridden, unreadable, wait } from '../../functions/policy/guards.ts';
import { modeVerdict } from '../../functions/policy/mode.ts';
import { afterStorm, inStorm, isFresh, stormIn, worstPeriod } from '../../functions/policy/storm.ts';
import { after, attempt, byHand, incident, PACING, START, seen } from './fixtures.ts';

describe('waiting', () => {
  const patience = { pacing: PACING, limitSeconds: 3600 };
  test('the first time it remembers since when, and looks again after a minute', () => {
    expect(wait(incident(), 'connected', 'Why.', START, patience)).toEqual({
      decision: { action: 'WAIT', reason: 'Guard connected: Why.', waitSeconds: 60, guard: 'connected' },
      waitingSince: { connected: START },
    });
  });
  test.each([
    [3599, 'WAIT'],
    [3600, 'DONE'],
  ])('%i s later: %s', (seconds, action) => {
    const waiting = incident({ waitingSince: { turn: after(500), connected: START } });
    const { decision, waitingSince } = wait(waiting, 'connected', 'Why.', after(seconds), patience);
    expect(decision.action).toBe(action);
    if (action === 'WAIT') expect(waitingSince).toEqual({ turn: after(500), connected: START });
    else
      expect(decision).toEqual({
        action: 'DONE',
        outcome: 'NEEDS_HUMAN',
        guard: 'connected',
        reason: 'Guard connected: Why. It has waited for 60 min, which is the limit.',
      });
  });
  test('intervals grow with the service, and a known wait is kept, whole and never none', () => {
    const slow = {
      pacing: { growthPercent: 100, floorSeconds: 300, ceilingSeconds: 900 },
      limitSeconds: 1e6,
    };
    const seconds = (elapsed: number, waitSeconds?: number) => {
      const known = incident({ waitingSince: { turn: START } });
      const { decision } = wait(known, 'turn', '', after(elapsed), { ...slow, waitSeconds });
      return decision.action === 'WAIT' && decision.waitSeconds;
    };
    expect([seconds(0), seconds(500), seconds(5000)]).toEqual([300, 500, 900]);
    expect([seconds(0, 12.2), seconds(0, 0)]).toEqual([13, 1]);
  });
  test('a dry run by hand says that it would have waited', () => {
    const dry = incident({ request: byHand({ dryRun: true }) });
    expect(wait(dry, 'turn', 'Why.', START, patience).decision).toEqual({
      action: 'DONE',
      outcome: 'SKIPPED',
      guard: 'turn',
      reason: 'Dry run: guard turn would have made it wait. Why.',
    });
    expect(wait(incident({ mode: 'dry-run' }), 'turn', 'Why.', START, patience).decision.action).toBe('WAIT');
  });
  test('a fact that cannot be read: twice it waits, then it is for a person', () => {
    expect(unreadable(incident(), 'storm', 'No')).toEqual({
      decision: {
        action: 'WAIT',
        reason: 'Guard storm: what it checks could not be read: No.',
        waitSeconds: 30,
        guard: 'storm',
      },
      unreadable: 1,
    });
    expect(unreadable(incident({ unreadable: 1 }), 'storm', 'No')).toMatchObject({ unreadable: 2 });
    expect(unreadable(incident({ unreadable: 2 }), 'storm', 'No')).toEqual({
      decision: {
        action: 'DONE',
        outcome: 'NEEDS_HUMAN',
        guard: 'storm',
        reason: 'Guard storm: what it checks could not be read: No. Tried 3 times; nothing was done.',
        unread: true,
      },
    });
  });
  test('who passes over a guard, and what is dry', () => {
    const request = byHand({ override: ['storm'] });
    expect([
      isOverridden(incident({ request }), 'storm'),
      isOverridden(incident({ request }), 'turn'),
    ]).toEqual([true, false]);
    expect(isOverridden(incident(), 'storm')).toBe(false);
    expect([isDryRun(incident()), isDryRun(incident({ mode: 'on' }))]).toEqual([false, false]);
    expect(isDryRun(incident({ mode: 'dry-run' }))).toBe(true);
    expect(isDryRun(incident({ request: byHand({ dryRun: true }) }))).toBe(true);
  });
});

describe('mode', () => {
  const read = (value: string, known = {}) => modeVerdict(incident(known), { value });
  const tried = { attempt: attempt() };
  const dry = { request: byHand({ dryRun: true }) };
  test.each<[string, object, object]>([
    ['on', {}, { mode: 'on', decision: { action: 'CHECK', reason: 'Threshold Crossed' } }],
    ['on', tried, { mode: 'on', decision: { action: 'CHECK' } }],
    ['dry-run', {}, { mode: 'dry-run', decision: { action: 'CHECK' } }],
    ['dry-run', tried, { decision: { outcome: 'NEEDS_HUMAN', guard: 'mode' } }],
    ['paused', {}, { mode: 'paused', decision: { outcome: 'SKIPPED', guard: 'mode' } }],
    ['paused', tried, { mode: 'paused', decision: { action: 'CHECK' } }],
    ['paused', dry, { decision: { action: 'CHECK', reason: 'ticket 4711' } }],
    ['ON', {}, { mode: 'paused', decision: { outcome: 'NEEDS_HUMAN', guard: 'mode' } }],
    ['', {}, { decision: { outcome: 'NEEDS_HUMAN' } }],
    ['off', tried, { decision: { action: 'CHECK' } }],
    ['off', dry, { decision: { action: 'CHECK' } }],
  ])('%j with %j', (value, known, expected) => {
    expect(read(value, known)).toMatchObject(expected);
  });
  test('the reasons name the value, or why there is none', () => {
    expect(read('on\n').decision?.reason).toBe(
      'Guard mode: the mode must be on, dry-run or paused, and is "on\\n"; until it is set right nothing new starts, for any WorkSpace.',
    );
    expect(modeVerdict(incident(), { unreadable: '"No access"' })).toMatchObject({
      mode: 'paused',
      decision: {
        outcome: 'NEEDS_HUMAN',
        reason:
          'Guard mode: the mode could not be read ("No access"); until it is set right nothing new starts, for any WorkSpace.',
      },
    });
    expect(read('paused').decision?.reason).toBe('Guard mode: the service is paused; nothing new starts.');
    expect(read('dry-run', tried).decision?.reason).toBe(
      'Guard mode: the mode was set to dry-run after this incident had sent a request; no other is sent.',
    );
  });
});

describe('flapping', () => {
  const at = (seconds: number, known = {}, state = 'UNHEALTHY') =>
    flapping(incident({ seen: seen(state, seconds), ...known }), 120, PACING);
  test('the first bad read is remembered, and the second waited for', () => {
    expect(at(0)).toMatchObject({
      badSince: START,
      decision: {
        action: 'WAIT',
        waitSeconds: 120,
        reason: 'Guard flapping: It is UNHEALTHY; one read is not enough to act on.',
      },
    });
    expect(at(30, { badSince: START })).toMatchObject({ badSince: START, decision: { waitSeconds: 90 } });
    expect(at(119.5, { badSince: START })).toMatchObject({ decision: { waitSeconds: 1 } });
  });
  test.each<[string, ReturnType<typeof at>]>([
    ['confirmed', at(120, { badSince: START })],
    ['a dry run by hand is answered at once', at(0, { request: byHand({ dryRun: true }) })],
    ['a forced start on one that is well', at(0, { request: byHand({ force: true }) }, 'AVAILABLE')],
    ['nothing was seen', flapping(incident(), 120, PACING)],
  ])('%s: nothing to wait for', (_, verdict) => {
    expect(verdict).toBeUndefined();
  });
  test('a person does not make it sure', () => {
    expect(at(0, { request: byHand({ force: true }) })).toMatchObject({ decision: { action: 'WAIT' } });
  });
});

describe('storm', () => {
  const settings = { maxPercent: 20, maxCount: 50 };
  // Unhealthy and well by CloudWatch, incidents of our own, and whether it is a storm.
  test.each<[number, number, number, boolean]>([
    [1, 0, 1, false],
    [1, 3, 1, false],
    [2, 3, 1, true],
    [1, 4, 2, true],
    [2, 8, 0, false],
    [2, 7, 0, true],
    [20, 80, 0, false],
    [21, 79, 0, true],
    [0, 100, 20, false],
    [0, 100, 21, true],
    [50, 950, 50, false],
    [51, 949, 0, true],
    [0, 1000, 51, true],
  ])('%i unhealthy, %i well, %i incidents: %s', (unhealthy, available, incidents, expected) => {
    expect(stormIn({ unhealthy, available }, incidents, settings) !== undefined).toBe(expected);
  });
  // Unhealthy and well by period, and what counts.
  test.each<[[number, number][], [number, number][], object | undefined]>([
    [
      [
        [2, 1],
        [1, 3],
      ],
      [
        [2, 99],
        [1, 97],
      ],
      { unhealthy: 3, available: 97 },
    ],
    // The well of another period would make the directory larger than it is.
    [
      [
        [2, 22],
        [1, 0],
      ],
      [
        [2, 78],
        [1, 100],
      ],
      { unhealthy: 22, available: 78 },
    ],
    [
      [
        [2, 22],
        [1, 0],
      ],
      [
        [1, 100],
        [0, 90],
      ],
      { unhealthy: 22, available: 90 },
    ],
    [[[2, 22]], [], { unhealthy: 22, available: 0 }],
    [
      [],
      [
        [2, 78],
        [1, 100],
      ],
      { unhealthy: 0, available: 78 },
    ],
    [[[1, 0]], [[1, 0]], undefined],
    [[], [], undefined],
  ])('periods %j and %j: %j', (unhealthy, available, expected) => {
    expect(worstPeriod(new Map(unhealthy), new Map(available))).toEqual(expected);
  });
  test('incidents alone are enough; in words', () => {
    expect(stormIn(undefined, 50, settings)).toBeUndefined();
    const looks = 'this looks like a failure of the network, the directory or the zone';
    expect(stormIn(undefined, 51, settings)).toBe(
      `51 WorkSpaces of its directory are or were just unhealthy (limit 50): ${looks}`,
    );
    expect(stormIn({ unhealthy: 2, available: 8 }, 3, settings)).toBe(
      `3 of 10 WorkSpaces of its directory are or were just unhealthy (limit 2): ${looks}`,
    );
    expect(stormIn({ unhealthy: 0, available: 1 }, 3, settings)).toContain('3 of 3 WorkSpaces');
  });
  test('the first to see it tells; the others point to it', () => {
    const known = incident({ seen: seen('UNHEALTHY', 0, { directoryId: 'd-1' }) });
    const first = inStorm(known, 'Much', 'one').decision;
    expect(first).toEqual({
      action: 'DONE',
      outcome: 'NEEDS_HUMAN',
      guard: 'storm',
      reason:
        'Guard storm: Much. Nothing is done in directory "d-1" until the storm is over; start those by hand that are still broken then.',
    });
    expect(inStorm(known, 'Much', 'another').decision).toEqual({ ...first, toldBy: 'another' });
  });
  test('one seen within the last minute is not looked for again', () => {
    const storm = { seenAt: 1000, until: 1900, openedBy: 'one' };
    expect([isFresh(storm, 1059), isFresh(storm, 1060)]).toEqual([true, false]);
  });
  test('after it, it waits for the quiet to end', () => {
    const now = Date.parse(START) / 1000;
    const storm = { seenAt: now - 100, until: now + 800, openedBy: 'one' };
    expect(afterStorm(incident(), storm, now, { pacing: PACING, limitSeconds: 3600 })).toEqual({
      decision: {
        action: 'WAIT',
        waitSeconds: 800,
        guard: 'storm',
        reason: 'Guard storm: Too much of its directory was broken until just now.',
      },
      waitingSince: { storm: START },
    });
  });
});

describe('connected', () => {
  test.each([
    ['CONNECTED', undefined, true],
    ['CONNECTED', 0, true],
    ['CONNECTED', -899, true],
    ['CONNECTED', -900, false],
    ['DISCONNECTED', 0, false],
    ['UNKNOWN', undefined, false],
    ['A_STATE_OF_2031', 0, false],
  ])('%s, checked %j: %s', (state, seconds, expected) => {
    const checkedAt = seconds === undefined ? undefined : after(seconds);
    expect(isLive({ state, checkedAt }, START)).toBe(expected);
  });
});
