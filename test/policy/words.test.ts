/** The reasons, word for word: people act on them. */
import { describe, expect, test } from 'vitest';
import { TEXTS } from '../../functions/guards/index.ts';
import type { Attempt, OpenIncident, Outcome } from '../../functions/incident.ts';
import type { Course, Observation } from '../../functions/observation.ts';
import { lateVerdict } from '../../functions/policy/lease.ts';
import { progress } from '../../functions/policy/progress.ts';
import { type Ended, outcomeOf, report as reportBy } from '../../functions/policy/report.ts';
import { triage } from '../../functions/policy/triage.ts';
import { ALARM, after, attempt, byHand, incident, SETTINGS, START, seen } from './fixtures.ts';

describe('triage', () => {
  const forced = { request: byHand({ force: true }) };
  const dry = { request: byHand({ dryRun: true }) };
  const good = { goodSince: after(-120) };
  const busy = (state: string) => ({ course: { busy: { state, since: after(-7200) } } });
  test.each<[string, Partial<OpenIncident>, Partial<Observation>, string]>([
    [
      'AVAILABLE',
      { course: { ...good, sawRemedy: true } },
      {},
      'It is AVAILABLE again after a restore or rebuild that this execution did not request.',
    ],
    [
      'AVAILABLE',
      { course: { ...good, sawRemedy: true }, attempt: attempt() },
      {},
      'It is AVAILABLE again after a restore or rebuild.',
    ],
    [
      'AVAILABLE',
      { course: good, attempt: attempt({ seenUnderWay: true }) },
      {},
      'It is AVAILABLE again after the rebuild.',
    ],
    ['AVAILABLE', { course: good }, {}, 'It is AVAILABLE: nothing to do.'],
    [
      'AVAILABLE',
      { course: { goodSince: START } },
      {},
      'It is AVAILABLE; one read is not enough to call it healthy.',
    ],
    [
      'AVAILABLE',
      { ...dry, course: { goodSince: START } },
      {},
      'Dry run: it is AVAILABLE. It would have looked again in 2 min before it called that healthy.',
    ],
    ['AVAILABLE', forced, {}, 'It is AVAILABLE, and a person has forced the start.'],
    ['UNHEALTHY', forced, {}, 'It is UNHEALTHY.'],
    ['UNHEALTHY', {}, {}, 'It is UNHEALTHY.'],
    [
      'UNHEALTHY',
      { course: { endedAt: after(-60) } },
      {},
      'It is UNHEALTHY, and was busy until a moment ago: it has 9 min to settle.',
    ],
    ['ERROR', {}, { errorCode: 'E1', errorMessage: 'No disk' }, 'It is ERROR ("E1": "No disk").'],
    ['UNHEALTHY', dry, {}, 'It is UNHEALTHY.'],
    ['REBOOTING', dry, {}, 'Dry run: It is REBOOTING. It would have waited until that is over.'],
    ['REBOOTING', {}, {}, 'It is REBOOTING: look again when that is over.'],
    [
      'UPDATING',
      busy('UPDATING'),
      {},
      'It has been UPDATING for 2 h. Look in the WorkSpaces console what it is doing.',
    ],
    [
      'IMPAIRED',
      busy('IMPAIRED'),
      {},
      'It has been IMPAIRED for 2 h. AWS takes no reboot and no rebuild in this state. Look at the WorkSpace in the WorkSpaces console.',
    ],
    [
      'UNHEALTHY',
      { earlierRequestAt: after(-60) },
      {},
      'It is UNHEALTHY, but an earlier execution sent a request 60 s ago, which may not show yet.',
    ],
    [
      'STOPPED',
      {},
      { runningMode: 'ALWAYS_ON' },
      'It is STOPPED, and its running mode is "ALWAYS_ON": it should run. Start it in the WorkSpaces console.',
    ],
    [
      'STOPPED',
      {},
      { runningMode: 'AUTO_STOP' },
      'It is STOPPED, so whether it is well is not known. It was broken before, so it is started and looked at again.',
    ],
    [
      'STOPPED',
      { request: byHand() },
      { runningMode: 'AUTO_STOP' },
      'It is STOPPED, so whether it is well is not known. Start it in the WorkSpaces console; if it is broken then, start this workflow again.',
    ],
    [
      'ADMIN_MAINTENANCE',
      {},
      {},
      'ADMIN_MAINTENANCE: AWS or an administrator has put it into maintenance. Take it out of maintenance in the WorkSpaces console.',
    ],
    [
      'SUSPENDED',
      {},
      {},
      'SUSPENDED: it is suspended while an image is made of it. Wait until the image is done.',
    ],
    ['TERMINATING', {}, {}, 'TERMINATING: it is being deleted. Delete the alarm that still watches it.'],
    ['TERMINATED', {}, {}, 'TERMINATED: it was deleted. Delete the alarm that still watches it.'],
    [
      'NOT_FOUND',
      {},
      {},
      'NOT_FOUND: there is no such WorkSpace in this account and Region; correct the id, or delete the alarm that still watches it.',
    ],
    ['NEW_STATE', {}, {}, 'Its state "NEW_STATE" is not known to this service.'],
  ])('%s, %j, %j', (state, known, more, reason) => {
    expect(triage(incident(known), seen(state, 0, more), SETTINGS, undefined).reason).toBe(reason);
  });
});

describe('progress', () => {
  const rules = { ...SETTINGS, rebootDeadlineSeconds: 7200, maxAttempts: 2, hasNextRung: false };
  const unknown = { result: 'unknown' as const, before: 'AVAILABLE' };
  const made = { seenUnderWay: true };
  const well = (seconds: number) => ({ goodSince: after(seconds) });
  const settled = { endedAt: after(0), badSince: after(700) };
  test.each<[string, number, Partial<Attempt>, Course, string]>([
    [
      'AVAILABLE',
      1620,
      { ...made, dataFrom: after(-7200) },
      well(1500),
      `It is AVAILABLE, and has been well since 25 min after the rebuild was requested. The user's data is from ${after(-7200)}, 2 h before the rebuild. A rebuild gives the WorkSpace a new private IP address.`,
    ],
    [
      'AVAILABLE',
      1620,
      made,
      well(1500),
      "It is AVAILABLE, and has been well since 25 min after the rebuild was requested. How old the user's data is now is not known: there was no snapshot. A rebuild gives the WorkSpace a new private IP address.",
    ],
    [
      'AVAILABLE',
      360,
      { ...made, rung: 'reboot' },
      well(240),
      "It is AVAILABLE, and has been well since 4 min after the reboot was requested. A reboot leaves the user's data as it is.",
    ],
    ['AVAILABLE', 240, made, well(200), 'It is AVAILABLE; one read is not enough to call it healthy.'],
    [
      'TERMINATED',
      60,
      {},
      {},
      'It became TERMINATED after its rebuild was requested: it was deleted. Delete the alarm that still watches it.',
    ],
    ['ERROR', 1500, made, settled, 'The rebuild ended with the WorkSpace ERROR.'],
    ['REBUILDING', 7200, made, {}, 'Not healthy 2 h after the rebuild: still REBUILDING.'],
    ['NEW_STATE', 7200, made, {}, 'Not healthy 2 h after the rebuild: last seen "NEW_STATE".'],
    [
      'AVAILABLE',
      900,
      { before: 'AVAILABLE' },
      well(700),
      'AWS accepted the rebuild, but it never started in 15 min; it is still AVAILABLE.',
    ],
    [
      'AVAILABLE',
      900,
      { before: 'AVAILABLE', changed: true },
      well(700),
      'AWS accepted the rebuild, but it was not seen to run in 15 min; it is AVAILABLE.',
    ],
    [
      'AVAILABLE',
      900,
      unknown,
      well(700),
      'It is AVAILABLE again; whether AWS ever made the rebuild is not known.',
    ],
    ['UNHEALTHY', 900, {}, {}, 'Attempt 1 (rebuild, accepted) never started: still UNHEALTHY after 15 min.'],
    [
      'UNHEALTHY',
      900,
      { number: 2, tries: 2 },
      {},
      'Attempt 2 (rebuild, accepted) never started: still UNHEALTHY after 15 min.',
    ],
    [
      'UNHEALTHY',
      900,
      { changed: true },
      settled,
      'Not healthy 15 min after the rebuild: it was not seen to run, but the WorkSpace was UNHEALTHY before it, has changed since, and is UNHEALTHY.',
    ],
    [
      'UNHEALTHY',
      900,
      { unwatched: true },
      settled,
      'Not healthy 15 min after the rebuild: whether it was made is not known, since AWS could not be asked for a while; it is UNHEALTHY.',
    ],
    ['REBUILDING', 60, {}, {}, 'It is REBUILDING: the rebuild is under way.'],
    ['UNHEALTHY', 60, {}, {}, 'It is UNHEALTHY: not REBUILDING yet.'],
    [
      'UNHEALTHY',
      160,
      made,
      { endedAt: after(100) },
      'It is UNHEALTHY after the rebuild: it may need some more minutes.',
    ],
    ['REBOOTING', 60, {}, {}, 'It is REBOOTING: not REBUILDING yet.'],
  ])('%s after %d s, %j, %j', (state, seconds, more, course, reason) => {
    expect(progress(attempt(more), course, seen(state, seconds), rules).decision.reason).toBe(reason);
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
