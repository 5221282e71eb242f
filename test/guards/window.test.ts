import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GO } from '../../functions/guards/guard.ts';
import { ask, openingIn, outsideWindow, parseWindows } from '../../functions/guards/window.ts';
import { incident, SETTINGS, START } from '../policy/fixtures.ts';
import { verdictOf } from './verdict.ts';

describe('maintenance windows', () => {
  const NIGHTS = 'Mon-Fri 20:00-06:00 Europe/Berlin';
  // Hours until it opens; 2 November 2026 is a Monday, Berlin is at UTC+1 then.
  test.each<[string, string, number]>([
    [NIGHTS, '2026-11-02T18:59:59Z', 1 / 3600],
    [NIGHTS, '2026-11-02T19:00:00Z', 0],
    [NIGHTS, '2026-11-03T04:59:59Z', 0],
    [NIGHTS, '2026-11-03T05:00:00Z', 14],
    // Friday's window closes on Saturday morning; then comes Monday's.
    [NIGHTS, '2026-11-07T04:30:00Z', 0],
    [NIGHTS, '2026-11-07T05:00:00Z', 62],
    // Sunday night is not Monday's.
    [NIGHTS, '2026-11-02T03:00:00Z', 16],
    ['Sat 08:00-12:00 UTC', '2026-11-02T08:00:00Z', 120],
    ['Sat 08:00-12:00 UTC', '2026-11-07T12:00:00Z', 164],
    ['Daily 00:00-24:00 UTC', '2026-11-02T23:59:59Z', 0],
    ['Daily 12:00-12:00 UTC', '2026-11-02T11:00:00Z', 0],
    ['Fri-Mon 01:00-02:00 UTC', '2026-11-08T01:30:00Z', 0],
    ['Fri-Mon 01:00-02:00 UTC', '2026-11-03T00:30:00Z', 72.5],
    ['Daily 22:00-24:00 UTC', '2026-11-02T21:00:00Z', 1],
    // The clocks go back on 25 October 2026 at 03:00, and forward on 28 March 2027 at 02:00.
    ['Daily 04:00-05:00 Europe/Berlin', '2026-10-24T23:00:00Z', 4],
    ['Daily 04:00-05:00 Europe/Berlin', '2027-03-27T23:00:00Z', 3],
    // An hour that is left out that night begins when it would have ended.
    ['Daily 02:00-04:00 Europe/Berlin', '2027-03-28T00:59:00Z', 1 / 60],
    ['Sat 01:00-02:00 UTC + Daily 10:00-11:00 UTC', '2026-11-02T09:00:00Z', 1],
    ['Mon 10:00-11:00 UTC   +   Sat 01:00-02:00 UTC', '2026-11-02T10:30:00Z', 0],
  ])('%s at %s opens in %d h', (text, now, hours) => {
    expect(openingIn(parseWindows(text) ?? [], now)).toBe(Math.round(hours * 3600));
  });

  test.each([
    '',
    'nights',
    'Mon-Fri 20:00-06:00',
    'Mon-Fri 20:00-06:00 Europe/Nowhere',
    'Mon-Fri 8:00-12:00 UTC',
    'Mon-Fri 20:60-06:00 UTC',
    'Mon-Fri 24:30-06:00 UTC',
    'Mon-Fri 24:00-06:00 UTC',
    'Mon-Fri 25:00-06:00 UTC',
    'Mon-Foo 20:00-06:00 UTC',
    'Foo 20:00-06:00 UTC',
    'mon 20:00-06:00 UTC',
    'Mon,Tue 20:00-06:00 UTC',
    'Daily 01:00-02:00 UTC + nights',
    'Daily 01:00-02:00 UTC +',
    'xDaily 01:00-02:00 UTC',
  ])('%j is none', (text) => {
    expect(parseWindows(text)).toBeUndefined();
  });

  test('once the wait is over it is open, and it opens within eight days, in every zone', () => {
    const zones = fc.constantFrom(
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'Asia/Kathmandu',
      'Australia/Lord_Howe',
    );
    const days = fc.constantFrom('Daily', 'Mon', 'Sat-Sun', 'Wed-Tue', 'Mon-Fri');
    const hour = fc.integer({ min: 0, max: 23 }).map((value) => String(value).padStart(2, '0'));
    const time = fc.date({ min: new Date('2026-01-01'), max: new Date('2028-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(zones, days, hour, hour, time, (zone, day, from, to, now) => {
        const windows = parseWindows(`${day} ${from}:00-${to}:30 ${zone}`) ?? [];
        expect(windows).toHaveLength(1);
        const wait = openingIn(windows, now.toISOString());
        expect(wait).toBeLessThanOrEqual(8 * 86_400);
        const then = new Date(now.getTime() + wait * 1000).toISOString();
        expect(openingIn(windows, then)).toBe(0);
      }),
    );
  });
});

test('outside of its window it waits, an hour at most, up to the limit', () => {
  const told = (tag: string, known = incident()) =>
    verdictOf('window', outsideWindow(tag, START, 7200), known);
  expect(told('Daily 17:30-18:00 UTC')).toEqual({
    held: {
      action: 'WAIT',
      guard: 'window',
      waitSeconds: 1500,
      reason: 'Guard window: its maintenance window "Daily 17:30-18:00 UTC" is closed.',
    },
    remember: { waitingSince: { window: START } },
  });
  const late = 'Daily 22:00-23:00 UTC';
  expect(told(late)).toMatchObject({ held: { waitSeconds: 3600 } });
  const waiting = incident({ waitingSince: { window: '2026-11-02T15:05:00.000Z' } });
  expect(told(late, waiting)).toMatchObject({ held: { outcome: 'NEEDS_HUMAN', guard: 'window' } });
});

test('inside, or without one, it does not; what is no window never opens', () => {
  expect(outsideWindow('Daily 17:00-18:00 UTC', START, 7200)).toEqual(GO);
  expect(outsideWindow(undefined, START, 7200)).toEqual(GO);
  expect(outsideWindow('nights', START, 7200)).toMatchObject({ says: 'wait', waitSeconds: 3600 });
});

test.each(['AutoRemediate:Window', 'autoremediate:WINDOW'])('the window of the tag %s', async (key) => {
  const seen = { at: START, state: 'UNHEALTHY' };
  const known = { incident: incident(), now: () => START, settings: SETTINGS, unreadable: 0, seen };
  const pass = { ...known, tags: { [key]: 'Sat 01:00-02:00 UTC' } };
  expect(await ask(pass)).toMatchObject({ says: 'wait' });
  expect(await ask({ ...pass, tags: { [`${key}s`]: 'Sat 01:00-02:00 UTC' } })).toBe(GO);
});
