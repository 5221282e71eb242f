import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RUNGS } from '../../functions/incident.ts';
import { openingIn, parseWindows } from '../../functions/policy/window.ts';
import { wishes } from '../../functions/policy/wishes.ts';
import { byHand, incident, PACING, START } from './fixtures.ts';

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

describe('wishes', () => {
  const settings = { tagKey: 'Heal', ladder: [...RUNGS], pacing: PACING, limitSeconds: 7200 };
  const wish = (
    tags: Record<string, string>,
    request = incident().request,
    known = {},
    ladder = [...RUNGS],
  ) => wishes(incident({ request, ...known }), tags, START, { ...settings, ladder });
  test('the ladder of the person, before that of the tag, before that of the stack', () => {
    expect(wish({})).toEqual({ ladder: RUNGS });
    expect(wish({ 'Heal:Ladder': 'reboot+rebuild' })).toEqual({ ladder: ['reboot', 'rebuild'] });
    const request = byHand({ ladder: ['restore'] });
    expect(wish({ 'Heal:Ladder': 'reboot' }, request)).toEqual({ ladder: ['restore'] });
    expect(wish({ 'Heal:Ladder': 'reboot' }, byHand())).toEqual({ ladder: ['reboot'] });
    expect(wish({ 'AutoRemediate:Ladder': 'reboot' })).toEqual({ ladder: RUNGS });
  });
  test('tag and person may only narrow the ladder of the stack', () => {
    const narrowed = (tags: Record<string, string>, request = incident().request) =>
      wish(tags, request, {}, ['reboot', 'restore']);
    expect(narrowed({ 'Heal:Ladder': 'restore+rebuild' })).toEqual({ ladder: ['restore'] });
    expect(narrowed({}, byHand({ ladder: ['reboot', 'rebuild'] }))).toEqual({ ladder: ['reboot'] });
    expect(narrowed({ 'Heal:Ladder': 'rebuild' })).toEqual({
      decision: {
        action: 'DONE',
        outcome: 'NEEDS_HUMAN',
        guard: 'tags',
        reason:
          'Guard tags: the tag "Heal:Ladder" names rebuild, but the stack\'s Ladder allows only reboot,restore. Change the tag, or the stack\'s parameter Ladder.',
      },
    });
    // The person's word stands for the tag's.
    expect(narrowed({ 'Heal:Ladder': 'rebuild' }, byHand({ ladder: ['reboot'] }))).toEqual({
      ladder: ['reboot'],
    });
    expect(narrowed({ 'Heal:Ladder': 'reboot' }, byHand({ ladder: ['rebuild'] }))).toEqual({
      decision: {
        action: 'DONE',
        outcome: 'NEEDS_HUMAN',
        guard: 'ladder',
        reason:
          'Guard ladder: the start\'s ladder names rebuild, but the stack\'s Ladder allows only reboot,restore. Start it again with "ladder": "reboot,restore" or without one, or change the stack\'s parameter Ladder.',
      },
    });
  });
  test.each([
    [
      { 'Heal:Ladder': 're\nboot' },
      'Guard tags: the tag "Heal:Ladder" = "re\\nboot" is not a ladder. Use reboot, restore, rebuild or some of them in this order, joined by +.',
    ],
    [
      { 'Heal:Window': 'nights' },
      'Guard tags: the tag "Heal:Window" = "nights" is not a maintenance window. Use days, hours and a time zone: Mon-Fri 20:00-06:00 Europe/Berlin.',
    ],
  ])('%j is for a person, quoted', (tags, reason) => {
    // Also when a person asks: what it means is not known.
    for (const request of [undefined, byHand({ ladder: ['reboot'], override: ['window'] })]) {
      expect(wish(tags, request)).toMatchObject({
        decision: { action: 'DONE', outcome: 'NEEDS_HUMAN', guard: 'tags', reason },
      });
    }
  });
  test('outside of its window it waits, an hour at most, up to the limit', () => {
    const soon = { 'Heal:Window': 'Daily 17:30-18:00 UTC' };
    expect(wish(soon)).toEqual({
      decision: {
        action: 'WAIT',
        guard: 'window',
        waitSeconds: 1500,
        reason: 'Guard window: its maintenance window "Daily 17:30-18:00 UTC" is closed.',
      },
      waitingSince: { window: START },
    });
    const late = { 'Heal:Window': 'Daily 22:00-23:00 UTC' };
    expect(wish(late)).toMatchObject({ decision: { waitSeconds: 3600 } });
    const waiting = { waitingSince: { window: '2026-11-02T15:05:00.000Z' } };
    expect(wish(late, undefined, waiting)).toMatchObject({
      decision: { outcome: 'NEEDS_HUMAN', guard: 'window' },
    });
  });
  test('inside, or when a person says so, it does not', () => {
    expect(wish({ 'Heal:Window': 'Daily 17:00-18:00 UTC' })).toEqual({ ladder: RUNGS });
    const request = byHand({ override: ['window'] });
    expect(wish({ 'Heal:Window': 'Daily 22:00-23:00 UTC' }, request)).toEqual({ ladder: RUNGS });
  });
});
