import { expect, test } from 'vitest';
import { type DesktopRecord, lateVerdict, leaseVerdict, rebuildsOf } from '../../functions/policy/lease.ts';
import { ALARM, after, byHand, START } from './fixtures.ts';

const now = Date.parse(START);
const record = (more: Partial<DesktopRecord> = {}): DesktopRecord => ({
  leaseUntil: now / 1000 + 60,
  fence: 3,
  lastAttempt: 0,
  requestRefused: false,
  rebuilds: [],
  requests: [],
  ...more,
});

test.each<[string, DesktopRecord | undefined, string]>([
  ['never seen', undefined, 'take'],
  ['free', record(), 'take'],
  ['ours', record({ holder: 'me' }), 'held-already'],
  ['ours, run out', record({ holder: 'me', leaseUntil: 0 }), 'held-already'],
  ["another's", record({ holder: 'other' }), 'ask'],
  ["another's, run out just now", record({ holder: 'other', leaseUntil: now / 1000 }), 'take'],
  ['closed before the alarm', record({ closedAt: after(-1) }), 'take'],
  ['closed at the alarm', record({ closedAt: START }), 'duplicate'],
  ['closed after the alarm', record({ closedAt: after(1) }), 'duplicate'],
  [
    "another's, run out, closed after the alarm",
    record({ holder: 'other', leaseUntil: 0, closedAt: after(1) }),
    'duplicate',
  ],
])('%s: %s', (_, known, expected) => {
  expect(leaseVerdict(known, 'me', ALARM, now).kind).toBe(expected);
});

test('a person is never late', () => {
  expect(lateVerdict(record({ closedAt: after(3600) }), byHand())).toEqual({ kind: 'take' });
});

test('a duplicate says which incident dealt with it', () => {
  const verdict = lateVerdict(record({ closedAt: after(60), closedBy: 'arn:one' }), ALARM);
  expect(verdict).toMatchObject({
    kind: 'duplicate',
    reason: expect.stringMatching(/2026-11-02T17:05:00.000Z .*17:06:00.000Z, arn:one/),
  });
});

test('what is remembered of a week: once each, in order, this incident and those before', () => {
  const record = { leaseUntil: 0, fence: 1, lastAttempt: 1, requestRefused: false };
  const times = (rebuilds: number[], requests: number[]) =>
    rebuildsOf({ ...record, rebuilds: rebuilds.map(after), requests: requests.map(after) }, START);
  const day = 86_400;
  expect(times([-2 * day, -8 * day, -7 * day], [-day, -2 * day])).toEqual([after(-2 * day), after(-day)]);
  expect(rebuildsOf(undefined, START)).toEqual([]);
  expect(
    times(
      Array.from({ length: 60 }, (_, index) => -index),
      [],
    ),
  ).toHaveLength(50);
});
