import { expect, test } from 'vitest';
import { isOpen, parseWindows } from '../../local/simulation/judge/windows.ts';

const openAt = (text: string, time: string) => isOpen(parseWindows(text) ?? [], Date.parse(time));

test.each([
  // Monday, 2 November 2026; Berlin is an hour ahead of UTC.
  ['Daily 20:00-06:00 UTC', '2026-11-02T20:00:00Z', true],
  ['Daily 20:00-06:00 UTC', '2026-11-02T05:59:59Z', true],
  ['Daily 20:00-06:00 UTC', '2026-11-02T06:00:00Z', false],
  ['Daily 00:00-24:00 UTC', '2026-11-02T23:59:00Z', true],
  ['Mon-Fri 20:00-06:00 Europe/Berlin', '2026-11-02T19:00:00Z', true],
  ['Mon-Fri 20:00-06:00 Europe/Berlin', '2026-11-02T18:59:00Z', false],
  // Opened on Friday, on into Saturday; not opened on Sunday.
  ['Mon-Fri 20:00-06:00 Europe/Berlin', '2026-11-07T04:00:00Z', true],
  ['Mon-Fri 20:00-06:00 Europe/Berlin', '2026-11-09T04:00:00Z', false],
  ['Sat-Mon 08:00-10:00 UTC', '2026-11-08T09:00:00Z', true],
  ['Sat-Mon 08:00-10:00 UTC', '2026-11-03T09:00:00Z', false],
  ['Tue 08:00-10:00 UTC + Mon 12:00-13:00 UTC', '2026-11-02T12:30:00Z', true],
  // In summer two hours ahead.
  ['Daily 20:00-22:00 Europe/Berlin', '2026-07-01T18:00:00Z', true],
  ['Daily 20:00-22:00 Europe/Berlin', '2026-07-01T20:00:00Z', false],
  // The clock is set back at 01:00 UTC: which of the two hours is meant is not for the judge to say.
  ['Daily 02:00-03:00 Europe/Berlin', '2026-10-25T00:30:00Z', undefined],
  ['Daily 02:00-03:00 Europe/Berlin', '2026-10-25T02:30:00Z', false],
])('%s at %s is open: %s', (text, time, expected) => {
  expect(openAt(text, time)).toBe(expected);
});

test.each([
  'nights',
  'Daily 20:00-06:00',
  'Daily 24:00-06:00 UTC',
  'Mon-Noday 20:00-06:00 UTC',
  'Daily 20:00-06:60 UTC',
  'Daily 20:00-06:00 Europe/Nowhere',
  '',
])('%j is no window', (text) => {
  expect(parseWindows(text)).toBeUndefined();
});
