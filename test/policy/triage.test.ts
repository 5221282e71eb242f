import { WorkspaceState } from '@aws-sdk/client-workspaces';
import { expect, test } from 'vitest';
import { mayAct, triage } from '../../functions/policy/triage.ts';
import { after, attempt, byHand, incident, SETTINGS, START, seen } from './fixtures.ts';

const verdict = (state: string, known = {}, seconds = 0) => {
  const { decision } = triage(incident(known), seen(state, seconds), SETTINGS);
  return decision.action === 'DONE' ? decision.outcome : decision.action;
};

const EVERY_STATE: Record<WorkspaceState | 'NOT_FOUND' | 'A_NEW_STATE', string> = {
  AVAILABLE: 'ALREADY_HEALTHY',
  STOPPED: 'ALREADY_HEALTHY',
  UNHEALTHY: 'ACT',
  ERROR: 'ACT',
  REBOOTING: 'WAIT',
  STARTING: 'WAIT',
  STOPPING: 'WAIT',
  REBUILDING: 'WAIT',
  RESTORING: 'WAIT',
  UPDATING: 'WAIT',
  PENDING: 'WAIT',
  MAINTENANCE: 'WAIT',
  IMPAIRED: 'WAIT',
  ADMIN_MAINTENANCE: 'NEEDS_HUMAN',
  SUSPENDED: 'NEEDS_HUMAN',
  TERMINATING: 'NEEDS_HUMAN',
  TERMINATED: 'NEEDS_HUMAN',
  NOT_FOUND: 'NEEDS_HUMAN',
  A_NEW_STATE: 'NEEDS_HUMAN',
};

test('the table names every state that the SDK knows', () => {
  expect(Object.keys(EVERY_STATE)).toEqual(expect.arrayContaining(Object.values(WorkspaceState)));
});

test.each(Object.entries(EVERY_STATE))('%s: %s', (state, expected) => {
  expect(verdict(state)).toBe(expected);
});

test.each(Object.entries(EVERY_STATE))('forced, %s: only AVAILABLE differs', (state, expected) => {
  expect(verdict(state, { request: byHand({ force: true }) })).toBe(state === 'AVAILABLE' ? 'ACT' : expected);
});

test.each(Object.entries(EVERY_STATE))('dry run, %s: does not wait', (state, expected) => {
  const held = expected === 'WAIT' ? 'SKIPPED' : expected;
  expect(verdict(state, { request: byHand({ dryRun: true }) })).toBe(held);
});

test.each([
  ['AVAILABLE', 'ALWAYS_ON', 'RECOVERED'],
  ['STOPPED', 'AUTO_STOP', 'RECOVERED'],
  ['STOPPED', 'ALWAYS_ON', 'ALREADY_HEALTHY'],
  ['UNHEALTHY', 'ALWAYS_ON', 'ACT'],
  ['ERROR', 'ALWAYS_ON', 'ACT'],
])('after a rebuild of someone else, %s, %s: %s', (state, runningMode, expected) => {
  const { decision } = triage(incident({ foreignRebuild: true }), seen(state, 0, { runningMode }), SETTINGS);
  expect(decision.action === 'DONE' ? decision.outcome : decision.action).toBe(expected);
});

test('a forced start does not rebuild again what someone else has just rebuilt', () => {
  expect(verdict('AVAILABLE', { foreignRebuild: true, request: byHand({ force: true }) })).toBe('RECOVERED');
});

test('the reason tells whose rebuild it was', () => {
  const reason = (known: object) => triage(incident(known), seen('AVAILABLE'), SETTINGS).decision.reason;
  expect(reason({ foreignRebuild: true })).toContain('did not request');
  expect(
    reason({
      foreignRebuild: true,
      attempt: attempt({ result: 'unknown', before: 'ERROR' }),
    }),
  ).not.toContain('did not request');
});

test('a busy WorkSpace is watched at growing intervals, up to the limit', () => {
  const at = (seconds: number) =>
    triage(incident({ busySince: START }), seen('REBOOTING', seconds), SETTINGS);
  expect(at(10).decision).toMatchObject({ action: 'WAIT', waitSeconds: 20 });
  expect(at(400).decision).toMatchObject({ action: 'WAIT', waitSeconds: 40 });
  expect(at(3599).decision).toMatchObject({ action: 'WAIT', waitSeconds: 60 });
  expect(at(3600).decision).toMatchObject({ action: 'DONE', outcome: 'NEEDS_HUMAN' });
  expect(at(3600).decision.reason).toContain('60 min');
});

test('it remembers since when it is busy, and that it saw a rebuild', () => {
  const first = triage(incident(), seen('REBUILDING', 7), SETTINGS);
  expect(first).toMatchObject({ busySince: after(7), foreignRebuild: true });
  const then = triage(
    incident({ busySince: after(7), foreignRebuild: true }),
    seen('STARTING', 30),
    SETTINGS,
  );
  expect(then).toMatchObject({ busySince: after(7), foreignRebuild: true });
  expect(triage(incident(), seen('REBOOTING'), SETTINGS).foreignRebuild).toBe(false);
});

test('a rebuild that an earlier execution asked for is given time to show', () => {
  expect(verdict('UNHEALTHY', { earlierRequestAt: START }, 929)).toBe('WAIT');
  expect(verdict('UNHEALTHY', { earlierRequestAt: START }, 930)).toBe('ACT');
  expect(verdict('AVAILABLE', { earlierRequestAt: START }, 10)).toBe('ALREADY_HEALTHY');
});

test('the reason carries what AWS said about the error, escaped', () => {
  const { decision } = triage(
    incident(),
    seen('ERROR', 0, { errorCode: 'X', errorMessage: 'a\nb' }),
    SETTINGS,
  );
  expect(decision.reason).toBe('It is ERROR ("X": "a\\nb").');
});

test('a state that is not known is named, escaped', () => {
  expect(triage(incident(), seen('NEW\u0007'), SETTINGS).decision.reason).toContain('"NEW\\u0007"');
});

test.each([
  ['UNHEALTHY', false, true],
  ['ERROR', false, true],
  ['AVAILABLE', false, false],
  ['AVAILABLE', true, true],
  ['STOPPED', true, false],
  ['REBOOTING', true, false],
])('mayAct %s force %s: %s', (state, force, expected) => {
  expect(mayAct(state, force)).toBe(expected);
});
