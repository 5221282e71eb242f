import { WorkspaceState } from '@aws-sdk/client-workspaces';
import { expect, test } from 'vitest';
import type { Attempt } from '../../functions/incident.ts';
import { watched } from '../../functions/policy/attempt.ts';
import { dataOf } from '../../functions/policy/progress.ts';
import { after, attempt, SETTINGS, START, seen } from './fixtures.ts';

const look = (state: string, seconds: number, more: Partial<Attempt> = {}, said = {}) =>
  watched({ attempt: attempt(more), course: {}, ladder: ['rebuild'] }, seen(state, seconds, said), SETTINGS);
const verdict = (...given: Parameters<typeof look>) => {
  const { decision } = look(...given);
  return decision.action === 'DONE' ? decision.outcome : decision.action;
};

// Right after acceptance; then once REBUILDING was seen: one read alone is no verdict about health.
const EVERY_STATE: Record<WorkspaceState | 'NOT_FOUND' | 'A_NEW_STATE', [string, string]> = {
  AVAILABLE: ['WATCH', 'WATCH'],
  STOPPED: ['WATCH', 'NEEDS_HUMAN'],
  UNHEALTHY: ['WATCH', 'WATCH'],
  ERROR: ['WATCH', 'WATCH'],
  REBOOTING: ['WATCH', 'WATCH'],
  STARTING: ['WATCH', 'WATCH'],
  STOPPING: ['WATCH', 'WATCH'],
  REBUILDING: ['WATCH', 'WATCH'],
  RESTORING: ['WATCH', 'WATCH'],
  UPDATING: ['WATCH', 'WATCH'],
  PENDING: ['WATCH', 'WATCH'],
  MAINTENANCE: ['WATCH', 'WATCH'],
  IMPAIRED: ['WATCH', 'WATCH'],
  A_NEW_STATE: ['WATCH', 'WATCH'],
  ADMIN_MAINTENANCE: ['NEEDS_HUMAN', 'NEEDS_HUMAN'],
  SUSPENDED: ['NEEDS_HUMAN', 'NEEDS_HUMAN'],
  TERMINATING: ['NEEDS_HUMAN', 'NEEDS_HUMAN'],
  TERMINATED: ['NEEDS_HUMAN', 'NEEDS_HUMAN'],
  NOT_FOUND: ['NEEDS_HUMAN', 'NEEDS_HUMAN'],
};

test('the table names every state that the SDK knows', () => {
  expect(Object.keys(EVERY_STATE)).toEqual(expect.arrayContaining(Object.values(WorkspaceState)));
});

test.each(Object.entries(EVERY_STATE))('%s: %s', (state, [early, rebuilding]) => {
  expect(verdict(state, 130)).toBe(early);
  expect(verdict(state, 1500, { seenUnderWay: true })).toBe(rebuilding);
});

test('a state that nobody knows is given up at the deadline, and named', () => {
  expect(verdict('A_NEW_STATE', 7199, { seenUnderWay: true })).toBe('WATCH');
  expect(verdict('A_NEW_STATE', 7200, { seenUnderWay: true })).toBe('FAILED');
  expect(look('A_NEW_STATE', 7200, { seenUnderWay: true }).decision.reason).toContain('"A_NEW_STATE"');
});

test('what AWS says about the error is told, escaped', () => {
  const course = { endedAt: after(-1000), badSince: after(-100) };
  const { decision } = watched(
    { attempt: attempt({ seenUnderWay: true, changed: true }), course, ladder: ['rebuild'] },
    seen('ERROR', 1500, { errorCode: 'E', errorMessage: 'why\n' }),
    SETTINGS,
  );
  expect(decision).toEqual({
    action: 'DONE',
    outcome: 'FAILED',
    reason: 'The rebuild ended with the WorkSpace ERROR. AWS says "E": "why\\n".',
  });
});

test('what only a person can put right says what it means', () => {
  expect(look('TERMINATED', 1500).decision.reason).toContain('Delete the alarm');
});

test.each<[Attempt['rung'], string, string]>([
  ['reboot', 'REBOOTING', 'REBUILDING'],
  ['restore', 'RESTORING', 'REBOOTING'],
  ['rebuild', 'REBUILDING', 'RESTORING'],
  ['start', 'STARTING', 'STOPPED'],
])('a %s is under way while it is %s, not while it is %s', (rung, own, other) => {
  expect(look(own, 130, { rung }).attempt.seenUnderWay).toBe(true);
  expect(look(other, 130, { rung }).attempt.seenUnderWay).toBe(false);
});

test('waits grow with the time elapsed, and say why', () => {
  const at = (state: string, seconds: number) => look(state, seconds).decision;
  expect(at('UNHEALTHY', 120)).toMatchObject({ action: 'WATCH', waitSeconds: 20 });
  expect(at('UNHEALTHY', 350)).toMatchObject({ action: 'WATCH', waitSeconds: 35 });
  expect(at('UNHEALTHY', 890)).toMatchObject({ action: 'WATCH', waitSeconds: 60 });
  expect(at('UNHEALTHY', 120).reason).toContain('not REBUILDING yet');
  expect(at('REBUILDING', 130).reason).toContain('under way');
  expect(at('AVAILABLE', 130).reason).toContain('one read is not enough');
});

test.each([
  [{ rung: 'reboot' as const }, "A reboot leaves the user's data as it is."],
  [{ rung: 'restore' as const }, "How old the user's data is now is not known: there was no snapshot."],
  [
    { rung: 'restore' as const, dataFrom: after(-5 * 3600) },
    `The user's data is from ${after(-5 * 3600)}, 5 h before the restore.`,
  ],
])('%j: %s', (more, words) => {
  expect(dataOf({ claimedAt: START, ...more })).toBe(words);
});
