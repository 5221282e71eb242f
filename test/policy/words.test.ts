/** The reasons, word for word: people act on them. */
import { describe, expect, test } from 'vitest';
import { TEXTS } from '../../functions/guards/index.ts';
import type { Incident, Observation, Outcome } from '../../functions/incident.ts';
import { lateVerdict } from '../../functions/policy/lease.ts';
import { afterRefusal, progress } from '../../functions/policy/progress.ts';
import { type Ended, outcomeOf, report as reportBy } from '../../functions/policy/report.ts';
import { triage } from '../../functions/policy/triage.ts';
import { ALARM, after, attempt, byHand, incident, SETTINGS, START, seen } from './fixtures.ts';

describe('triage', () => {
  const forced = { request: byHand({ force: true }) };
  const dry = { request: byHand({ dryRun: true }) };
  test.each<[string, Partial<Incident>, Partial<Observation>, string]>([
    [
      'AVAILABLE',
      { foreignRebuild: true },
      {},
      'It is AVAILABLE again after a rebuild that this execution did not request.',
    ],
    ['AVAILABLE', { foreignRebuild: true, attempt: attempt() }, {}, 'It is AVAILABLE again after a rebuild.'],
    ['AVAILABLE', {}, {}, 'It is AVAILABLE: nothing to do.'],
    ['AVAILABLE', forced, {}, 'It is AVAILABLE, and a person has forced the start.'],
    ['UNHEALTHY', forced, {}, 'It is UNHEALTHY.'],
    ['UNHEALTHY', {}, {}, 'It is UNHEALTHY.'],
    ['ERROR', {}, { errorCode: 'E1', errorMessage: 'No disk' }, 'It is ERROR ("E1": "No disk").'],
    ['UNHEALTHY', dry, {}, 'It is UNHEALTHY.'],
    ['REBOOTING', dry, {}, 'Dry run: it is REBOOTING. It would have waited until that is over.'],
    ['REBOOTING', {}, {}, 'It is REBOOTING: look again when that is over.'],
    ['REBOOTING', { busySince: after(-3600) }, {}, 'It has been busy for 60 min and is still REBOOTING.'],
    [
      'UNHEALTHY',
      { earlierRequestAt: after(-60) },
      {},
      'It is UNHEALTHY, but an earlier execution sent a request 60 s ago, which may not show yet.',
    ],
    ['ADMIN_MAINTENANCE', {}, {}, 'ADMIN_MAINTENANCE: an administrator has put it into maintenance.'],
    ['SUSPENDED', {}, {}, 'SUSPENDED: it is suspended.'],
    ['TERMINATING', {}, {}, 'TERMINATING: it is being terminated.'],
    ['TERMINATED', {}, {}, 'TERMINATED: it is terminated.'],
    [
      'NOT_FOUND',
      {},
      {},
      'NOT_FOUND: there is no such WorkSpace in this account and Region; correct the id, or delete the alarm that still watches it.',
    ],
    ['NEW_STATE', {}, {}, 'Its state "NEW_STATE" is not known to this service.'],
  ])('%s, %j, %j', (state, known, more, reason) => {
    const given = { ...incident(), ...known, request: known.request ?? ALARM };
    expect(triage(given, seen(state, 0, more), SETTINGS).decision.reason).toBe(reason);
  });
});

describe('progress', () => {
  const settings = {
    ...SETTINGS,
    rebootDeadlineSeconds: 7200,
    maxAttempts: 2,
    hasNextRung: false,
  };
  const unknown = { result: 'unknown' as const, before: 'AVAILABLE' };
  test.each<[string, number, Parameters<typeof attempt>[0], Partial<Observation>, string]>([
    [
      'AVAILABLE',
      1500,
      { dataFrom: after(-7200) },
      {},
      `It is AVAILABLE 25 min after the rebuild was requested. The user's data is from ${after(-7200)}, 2 h before the rebuild.`,
    ],
    [
      'AVAILABLE',
      1500,
      {},
      {},
      "It is AVAILABLE 25 min after the rebuild was requested. How old the user's data is now is not known: there was no snapshot.",
    ],
    [
      'AVAILABLE',
      240,
      { rung: 'reboot' },
      {},
      "It is AVAILABLE 4 min after the reboot was requested. A reboot leaves the user's data as it is.",
    ],
    ['TERMINATED', 60, {}, {}, 'It became TERMINATED after its rebuild was requested.'],
    ['ERROR', 60, { seenUnderWay: true, brokenReads: 1 }, {}, 'The rebuild ended with the WorkSpace ERROR.'],
    [
      'ERROR',
      60,
      { seenUnderWay: true, brokenReads: 1 },
      { errorCode: 'E1', errorMessage: 'No disk' },
      'The rebuild ended with the WorkSpace ERROR. AWS says "E1": "No disk".',
    ],
    ['REBUILDING', 7200, {}, {}, 'Not healthy 2 h after the rebuild; last seen "REBUILDING".'],
    [
      'AVAILABLE',
      900,
      { before: 'AVAILABLE' },
      {},
      'AWS accepted the rebuild, but it never started in 15 min; it is still AVAILABLE.',
    ],
    [
      'AVAILABLE',
      900,
      { before: 'AVAILABLE', changed: true },
      {},
      'AWS accepted the rebuild, but it was not seen to run in 15 min; it is AVAILABLE.',
    ],
    ['AVAILABLE', 900, unknown, {}, 'It is AVAILABLE again; whether AWS ever made the rebuild is not known.'],
    ['UNHEALTHY', 900, {}, {}, 'Attempt 1 (rebuild, accepted) never started: still UNHEALTHY after 15 min.'],
    [
      'UNHEALTHY',
      900,
      { number: 2, tries: 2 },
      {},
      'Attempt 2 (rebuild, accepted) never started: still UNHEALTHY after 15 min.',
    ],
    ['REBUILDING', 60, {}, {}, 'It is REBUILDING: the rebuild is under way.'],
    ['UNHEALTHY', 60, {}, {}, 'It still reads UNHEALTHY, the state before the rebuild: too early to judge.'],
    ['REBOOTING', 60, {}, {}, 'It is REBOOTING: not REBUILDING yet.'],
    ['STOPPED', 60, {}, { runningMode: 'ALWAYS_ON' }, 'It is STOPPED: not REBUILDING yet.'],
    [
      'REBOOTING',
      60,
      { before: 'UNHEALTHY' },
      { runningMode: 'AUTO_STOP' },
      'It is REBOOTING: not REBUILDING yet.',
    ],
  ])('%s after %d s, %j, %j', (state, seconds, more, about, reason) => {
    expect(progress(attempt(more), seen(state, seconds, about), settings).decision.reason).toBe(reason);
  });

  test.each([
    [1, false, 'AWS refused the rebuild: "Nope"'],
    [2, false, 'AWS refused the rebuild in attempt 2: "Nope"'],
    [1, true, 'AWS refused attempt 1 for now: "Nope"'],
    [2, true, 'AWS refused the rebuild in attempt 2: "Nope"'],
  ])('refusal of attempt %d, transient %s', (number, transient, reason) => {
    const refused = attempt({ number, tries: number, result: 'refused', detail: '"Nope"' });
    const settings = { maxAttempts: 2, hasNextRung: false };
    expect(afterRefusal(refused, transient, settings).decision.reason).toBe(reason);
  });
});

describe('lease', () => {
  const known = {
    leaseUntil: 0,
    fence: 1,
    lastAttempt: 0,
    requestRefused: false,
    rebuilds: [],
    requests: [],
  };
  test.each([
    [{ closedAt: after(1), closedBy: 'e7' }, `(${after(1)}, e7)`],
    [{ closedAt: after(1) }, `(${after(1)}, unknown execution)`],
  ])('late: %j', (more, words) => {
    expect(lateVerdict({ ...known, ...more }, ALARM)).toEqual({
      kind: 'duplicate',
      reason: `The alarm of ${START} is older than the end of the incident that dealt with it ${words}.`,
    });
  });
  test('a person is never late, and nothing is where nothing was closed', () => {
    expect(lateVerdict({ ...known, closedAt: after(1) }, byHand()).kind).toBe('take');
    expect(lateVerdict(known, ALARM).kind).toBe('take');
  });
});

describe('report', () => {
  const report = (ended: Ended, outcome: Outcome, why: string) => reportBy(ended, outcome, why, TEXTS);
  const said = (outcome: Outcome, known: object = {}) => report({ ...incident(), ...known }, outcome, 'Why.');
  test.each([
    ['NEEDS_HUMAN', 'What to do now: Look at the WorkSpace in the WorkSpaces console and put right'],
    ['REJECTED', 'What to do now: Nothing was touched. Correct the input, or the alarm that sent it'],
    ['FAILED', 'What to do now: Look at the WorkSpace in the WorkSpaces console; its user may be'],
    ['RECOVERED', 'What to do now: Nothing.'],
    ['ALREADY_HEALTHY', 'What to do now: Nothing.'],
    ['DUPLICATE', 'What to do now: Nothing.'],
    ['SKIPPED', 'What to do now: Nothing.'],
  ] as const)('%s says what to do', (outcome, words) => {
    expect(said(outcome).message).toContain(words);
  });
  test.each([
    [byHand(), 'Triggered by: a manual start: "ticket 4711"\n'],
    [byHand({ force: true }), 'Triggered by: a manual start: "ticket 4711" (force)\n'],
    [byHand({ requestedBy: 'jdoe\n' }), 'Triggered by: a manual start by "jdoe\\n": "ticket 4711"\n'],
    [byHand({ dryRun: true }), 'Triggered by: a manual start: "ticket 4711" (dry run)\n'],
  ])('%j says who asked', (request, words) => {
    expect(said('FAILED', { request }).message).toContain(words);
  });
  test('what is not known is said so, or left out', () => {
    expect(said('FAILED', { attempt: null }).message).toContain(
      'What was tried: Not known: look at the execution.',
    );
    const { request: _, ...nobody } = incident();
    const { message, subject } = report(nobody, 'REJECTED', 'Why.');
    expect(message).toContain('WorkSpace: none named\n');
    expect(subject).toBe('WorkSpace (none named): REJECTED');
    expect(message).not.toMatch(/undefined|User:|Directory:|Computer:|Last seen:/);
  });
  test('a subject that SNS takes, however long the id', () => {
    const workspaceId = `ws-${'a'.repeat(120)}`;
    expect(said('FAILED', { request: { ...ALARM, workspaceId } }).subject).toHaveLength(100);
  });
  test.each([
    ['{"errorMessage":"No \\"disk\\"","errorType":"E"}', 'E1": "No \\\\\\"disk\\\\\\""'],
    ['{"errorType":"E", "errorMessage" : "No disk"}', 'E1": "No disk"'],
    ['something else', 'E1": "something else"'],
    ['', 'E1".'],
  ])("Lambda's message is taken out of %s", (Cause, words) => {
    expect(outcomeOf(incident(), { Error: 'E1', Cause }).reason).toContain(words);
  });
});
