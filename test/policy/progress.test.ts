import { WorkspaceState } from '@aws-sdk/client-workspaces';
import { expect, test } from 'vitest';
import type { Attempt } from '../../functions/incident.ts';
import { afterRefusal, afterwards, dataOf, progress } from '../../functions/policy/progress.ts';
import { after, attempt, SETTINGS, START, seen } from './fixtures.ts';

const settings = { ...SETTINGS, rebootDeadlineSeconds: 7200, hasNextRung: false };
const verdict = (state: string, seconds: number, more: Partial<Attempt> = {}, runningMode = 'ALWAYS_ON') => {
  const { decision } = progress(attempt(more), seen(state, seconds, { runningMode }), settings);
  return decision.action === 'DONE' ? decision.outcome : decision.action;
};

// Right after acceptance; then once REBUILDING was seen.
const EVERY_STATE: Record<WorkspaceState | 'NOT_FOUND' | 'A_NEW_STATE', [string, string]> = {
  AVAILABLE: ['RECOVERED', 'RECOVERED'],
  STOPPED: ['WATCH', 'WATCH'],
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

test.each(Object.keys(EVERY_STATE))('%s at the deadline is not good news unless it is healthy', (state) => {
  const outcome = verdict(state, 7200, { seenUnderWay: true });
  expect(outcome).toBe(
    state === 'AVAILABLE'
      ? 'RECOVERED'
      : EVERY_STATE[state as keyof typeof EVERY_STATE][1] === 'WATCH'
        ? 'FAILED'
        : 'NEEDS_HUMAN',
  );
});

test('the deadline names what was last seen', () => {
  const { decision } = progress(attempt({ seenUnderWay: true }), seen('REBUILDING', 7200), settings);
  expect(decision.reason).toContain('REBUILDING');
  expect(verdict('REBUILDING', 7199)).toBe('WATCH');
});

test('STOPPED is healthy for AUTO_STOP alone', () => {
  expect(verdict('STOPPED', 1500, { seenUnderWay: true }, 'AUTO_STOP')).toBe('RECOVERED');
  expect(verdict('STOPPED', 1500, { seenUnderWay: true }, 'ALWAYS_ON')).toBe('WATCH');
});

test.each(['UNHEALTHY', 'ERROR'])('%s after REBUILDING fails at the second read in a row', (state) => {
  const first = progress(attempt({ seenUnderWay: true }), seen(state, 1500), settings);
  expect(first.decision.action).toBe('WATCH');
  const second = progress(
    first.attempt,
    seen(state, 1560, { errorCode: 'E', errorMessage: 'why' }),
    settings,
  );
  expect(second.decision).toMatchObject({ action: 'DONE', outcome: 'FAILED' });
  expect(second.decision.reason).toContain('"E": "why"');
  const between = progress(first.attempt, seen('REBUILDING', 1560), settings);
  expect(between.attempt.brokenReads).toBe(0);
});

test('a broken state before REBUILDING is the old one until it is overdue', () => {
  expect(verdict('UNHEALTHY', 899)).toBe('WATCH');
  expect(verdict('UNHEALTHY', 900)).toBe('WAIT');
  expect(verdict('ERROR', 900, { result: 'unknown', before: 'ERROR' })).toBe('WAIT');
  expect(verdict('UNHEALTHY', 900, { number: 3, tries: 3 })).toBe('FAILED');
  expect(verdict('STARTING', 900)).toBe('WATCH');
});

test('what left the WorkSpace in another state is not made again, however fast it ended', () => {
  const onward = { ...settings, hasNextRung: true };
  const at = (state: string, seconds: number, before: Attempt, more = settings) =>
    progress(before, seen(state, seconds), more);
  for (const result of ['accepted', 'unknown'] as const) {
    const first = at('ERROR', 250, attempt({ result }));
    // It may still come: nothing is asked for before its time.
    expect(first).toMatchObject({ attempt: { changed: true }, decision: { action: 'WATCH' } });
    // Back in the state before it: it has changed all the same.
    const back = at('UNHEALTHY', 880, first.attempt);
    expect(back.decision.action).toBe('WATCH');
    expect(at('UNHEALTHY', 900, back.attempt).decision).toEqual({
      action: 'DONE',
      outcome: 'FAILED',
      reason: `Attempt 1 (rebuild, ${result}) was not seen to run, but the WorkSpace was UNHEALTHY before it, has changed since, and is UNHEALTHY after 15 min.`,
    });
    expect(at('ERROR', 900, first.attempt, onward)).toMatchObject({
      attempt: { spent: true },
      decision: { action: 'WAIT' },
    });
  }
  expect(at('UNHEALTHY', 900, attempt()).decision.action).toBe('WAIT');
});

test('one that was given up and shows after all is spent', () => {
  const late = (state: string, more: Partial<Attempt> = {}, earlier = [attempt()]) =>
    afterwards(attempt(more), earlier, seen(state, 950));
  const end = 'It became ERROR after all, so no second rebuild is requested.';
  expect(late('ERROR')).toEqual(attempt({ changed: true, spent: true, end }));
  expect(late('REBUILDING')).toMatchObject({ seenUnderWay: true, spent: true });
  expect(late('UNHEALTHY')).toEqual(attempt());
  // Refused: it cannot show, but the one before it can.
  expect(late('ERROR', { result: 'refused' })).toMatchObject({ spent: true });
  for (const earlier of [[], [attempt({ result: 'refused' })], [attempt({ rung: 'restore' })]]) {
    expect(late('ERROR', { result: 'refused' }, earlier)).toEqual(attempt({ result: 'refused' }));
  }
  // What is over already stays as it was told.
  const spent = attempt({ spent: true, end: 'why' });
  expect(afterwards(spent, [], seen('ERROR', 950))).toEqual(spent);
});

test('how an attempt ended is kept for the message; of a refusal AWS has said it', () => {
  const reason = (given: Attempt, state: string, seconds: number, hasNextRung = true) => {
    const { attempt: after, decision } = progress(given, seen(state, seconds), { ...settings, hasNextRung });
    return [after.end, decision.reason];
  };
  const never = 'Attempt 1 (rebuild, accepted) never started: still UNHEALTHY after 15 min.';
  expect(reason(attempt(), 'UNHEALTHY', 900, false)).toEqual([never, never]);
  const ended = 'The rebuild ended with the WorkSpace ERROR.';
  expect(reason(attempt({ seenUnderWay: true, brokenReads: 1 }), 'ERROR', 1500)).toEqual([
    ended,
    `${ended} The ladder has another rung.`,
  ]);
  expect(afterRefusal(attempt({ result: 'refused' }), false, REFUSAL).attempt.end).toBeUndefined();
});

test('a forced rebuild of an AVAILABLE WorkSpace is done only after REBUILDING was seen', () => {
  expect(verdict('AVAILABLE', 130, { before: 'AVAILABLE' })).toBe('WATCH');
  expect(verdict('AVAILABLE', 900, { before: 'AVAILABLE' })).toBe('FAILED');
  expect(verdict('AVAILABLE', 1500, { before: 'AVAILABLE', seenUnderWay: true })).toBe('RECOVERED');
});

test('an unknown rebuild is never called a recovery unless it was seen', () => {
  expect(verdict('AVAILABLE', 130, { result: 'unknown' })).toBe('WATCH');
  expect(verdict('AVAILABLE', 900, { result: 'unknown' })).toBe('ALREADY_HEALTHY');
  // Also after its deadline, where the last look was long ago.
  expect(verdict('AVAILABLE', 7500, { result: 'unknown' })).toBe('ALREADY_HEALTHY');
  expect(verdict('AVAILABLE', 900, { result: 'unknown', seenUnderWay: true })).toBe('RECOVERED');
});

test('REBUILDING is remembered', () => {
  expect(progress(attempt(), seen('REBUILDING', 130), settings).attempt.seenUnderWay).toBe(true);
  expect(progress(attempt(), seen('STARTING', 130), settings).attempt.seenUnderWay).toBe(false);
});

test('waits grow with the time elapsed, and say why', () => {
  const at = (seconds: number) => progress(attempt(), seen('UNHEALTHY', seconds), settings).decision;
  expect(at(120)).toMatchObject({ action: 'WATCH', waitSeconds: 20 });
  expect(at(350)).toMatchObject({ action: 'WATCH', waitSeconds: 35 });
  expect(at(890)).toMatchObject({ action: 'WATCH', waitSeconds: 60 });
  expect(at(120).reason).toContain('before the rebuild');
  expect(progress(attempt(), seen('REBUILDING', 130), settings).decision.reason).toContain('under way');
  expect(progress(attempt(), seen('STARTING', 130), settings).decision.reason).toContain(
    'not REBUILDING yet',
  );
});

const REFUSAL = { maxAttempts: 3, hasNextRung: false };

test.each([
  [1, true, { action: 'WAIT', waitSeconds: 120 }],
  [2, true, { action: 'WAIT', waitSeconds: 240 }],
  [3, true, { action: 'DONE', outcome: 'FAILED' }],
  [1, false, { action: 'DONE', outcome: 'FAILED' }],
])('refusal of attempt %i, transient %s', (number, transient, expected) => {
  const refused = attempt({ number, tries: number, result: 'refused', detail: '"Code": "why"' });
  const { decision } = afterRefusal(refused, transient, REFUSAL);
  expect(decision).toMatchObject(expected);
  expect(decision.reason).toContain('"Code": "why"');
});

test.each<[string, string, string]>([
  ['reboot', 'REBOOTING', 'REBUILDING'],
  ['restore', 'RESTORING', 'REBOOTING'],
  ['rebuild', 'REBUILDING', 'RESTORING'],
])('a %s is under way while it is %s, not while it is %s', (rung, own, other) => {
  const at = attempt({ rung: rung as Attempt['rung'] });
  expect(progress(at, seen(own, 130), settings).attempt.seenUnderWay).toBe(true);
  expect(progress(at, seen(other, 130), settings).attempt.seenUnderWay).toBe(false);
});

test('a rung that came to nothing is spent when the ladder goes on, and a failure when it does not', () => {
  const onward = { ...settings, hasNextRung: true };
  const broken = attempt({ rung: 'reboot', seenUnderWay: true, brokenReads: 1 });
  const next = progress(broken, seen('UNHEALTHY', 300), onward);
  expect(next).toMatchObject({ attempt: { spent: true }, decision: { action: 'WAIT', waitSeconds: 20 } });
  expect(next.decision.reason).toBe(
    'The reboot ended with the WorkSpace UNHEALTHY. The ladder has another rung.',
  );
  expect(progress(broken, seen('UNHEALTHY', 300), settings)).toMatchObject({
    attempt: { spent: false },
    decision: { outcome: 'FAILED' },
  });
  // At its deadline it is not known to be over: nothing else may be asked for.
  expect(progress(broken, seen('REBOOTING', 7200), onward).decision).toMatchObject({ outcome: 'FAILED' });
});

test('what never starts is tried again where nothing comes after it, or where nobody knows whether it left', () => {
  const overdue = (hasNextRung: boolean, more: Partial<Attempt>) =>
    progress(attempt(more), seen('UNHEALTHY', 900), { ...settings, hasNextRung });
  expect(overdue(true, { rung: 'restore' }).attempt.spent).toBe(true);
  for (const again of [
    overdue(false, { rung: 'restore' }),
    overdue(false, { rung: 'rebuild' }),
    overdue(true, { rung: 'reboot', result: 'unknown' }),
  ]) {
    expect([again.attempt.spent, again.decision.action]).toEqual([false, 'WAIT']);
  }
  expect(overdue(true, { rung: 'reboot', result: 'unknown', tries: 3 }).attempt.spent).toBe(true);
  expect(overdue(false, { rung: 'restore', tries: 3 }).decision).toMatchObject({ outcome: 'FAILED' });
});

test('a refusal for good leads to the next rung, after a wait', () => {
  const refused = attempt({ rung: 'restore', result: 'refused', detail: 'why' });
  const { decision, attempt: after } = afterRefusal(refused, false, { ...REFUSAL, hasNextRung: true });
  expect([after.spent, decision.action === 'WAIT' && decision.waitSeconds]).toEqual([true, 120]);
  const passing = afterRefusal(refused, true, { ...REFUSAL, hasNextRung: true });
  expect([passing.attempt.spent, passing.decision.action]).toEqual([false, 'WAIT']);
});

test('a deadline shorter than the time to show: nothing follows before the request has had that time', () => {
  const short = { ...settings, rebootDeadlineSeconds: 600, hasNextRung: true };
  const after = (seconds: number, more: Partial<Attempt> = {}) =>
    progress(attempt({ rung: 'reboot', ...more }), seen('UNHEALTHY', seconds), short);
  expect(after(700).decision.action).toBe('WATCH');
  expect(after(900)).toMatchObject({ decision: { action: 'WAIT' }, attempt: { spent: true } });
  // What was seen under way has shown.
  expect(after(700, { seenUnderWay: true })).toMatchObject({ attempt: { spent: true } });
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
