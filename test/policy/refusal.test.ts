import { expect, test } from 'vitest';
import type { Attempt } from '../../functions/incident.ts';
import { afterRefusal } from '../../functions/policy/refusal.ts';
import { after, attempt, SETTINGS, START } from './fixtures.ts';

const refused = (more: Partial<Attempt> = {}) =>
  attempt({ result: 'refused', detail: '"Code": "why"', ...more });
const answer = (kind: Parameters<typeof afterRefusal>[1], more: Partial<Attempt> = {}, hasNextRung = true) =>
  afterRefusal(refused(more), kind, { ...SETTINGS, hasNextRung });

test('not now: the same rung again, with growing waits, up to its deadline', () => {
  const at = (seconds: number, more: Partial<Attempt> = {}) =>
    answer('not-now', { claimedAt: after(seconds), refusedSince: START, ...more });
  expect(answer('not-now')).toMatchObject({
    attempt: { spent: false, refusedSince: START },
    decision: { action: 'WAIT', waitSeconds: 60 },
  });
  expect(at(180).decision).toMatchObject({ action: 'WAIT', waitSeconds: 180 });
  expect(at(5000).decision).toMatchObject({ action: 'WAIT', waitSeconds: 900 });
  expect(at(7199, { tries: 5, number: 20 }).decision.action).toBe('WAIT');
  const over = at(7200);
  expect(over.decision).toMatchObject({ action: 'DONE', outcome: 'FAILED' });
  expect(over.decision.reason).toBe('AWS has refused the rebuild for 2 h: "Code": "why"');
  expect(at(1200, { rung: 'reboot' }).decision).toMatchObject({ outcome: 'FAILED' });
});

test('never: for a person, though the ladder goes on', () => {
  expect(answer('never')).toMatchObject({ attempt: { spent: false }, decision: { outcome: 'FAILED' } });
  expect(answer('never', { number: 2 }).decision.reason).toBe(
    'AWS refused the rebuild in attempt 2: "Code": "why"',
  );
});

test('not for this WorkSpace: the next rung, if there is one', () => {
  expect(answer('not-for-this')).toMatchObject({ attempt: { spent: true }, decision: { action: 'WAIT' } });
  expect(answer('not-for-this', {}, false).decision).toMatchObject({ outcome: 'FAILED' });
  // AWS's answer says it already.
  expect(answer('not-for-this').attempt.end).toBeUndefined();
});
