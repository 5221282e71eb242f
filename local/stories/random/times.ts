/** Lengths of time, and when a random story starts. */
import { DateTime } from 'luxon';
import type { Random } from '../../simulation/random.ts';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const YEAR = Date.parse('2026-11-01T00:00:00.000Z');

export const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Auckland',
] as const;

/** Midnights before the clocks change, somewhere in the year from which stories are drawn. */
const CLOCK_CHANGES: readonly [string, ...string[]] = [
  '2026-11-01T00:00:00.000-04:00',
  '2027-03-14T00:00:00.000-05:00',
  '2027-03-28T00:00:00.000+01:00',
  '2027-04-04T00:00:00.000+11:00',
  '2027-10-03T00:00:00.000+10:30',
  '2027-10-31T00:00:00.000+02:00',
];

/** Any time in a year; often about a midnight, or on a day on which clocks change. */
export function randomTime(random: Random): number {
  const second = random.integer(0, 59) * SECOND;
  const kind = random.weighted({ any: 6, midnight: 2, change: 2 });
  if (kind === 'change') {
    return Date.parse(random.pick(CLOCK_CHANGES)) + random.integer(-4 * 60, 6 * 60) * MINUTE + second;
  }
  const time = YEAR + random.integer(0, 364) * DAY + random.integer(0, 24 * 60 - 1) * MINUTE + second;
  if (kind === 'any') return time;
  const midnight = DateTime.fromMillis(time, { zone: random.pick(ZONES) })
    .startOf('day')
    .toMillis();
  return midnight + random.integer(-90, 90) * MINUTE + second;
}

/** Now, within a minute or two, or later. */
export const soon = (random: Random) =>
  random.pick([0, 1, random.integer(0, 90), random.integer(0, 3_000)]) * SECOND;
