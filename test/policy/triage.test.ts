import { WorkspaceState } from '@aws-sdk/client-workspaces';
import { expect, test } from 'vitest';
import type { OpenIncident, Remedy } from '../../functions/incident.ts';
import { follow } from '../../functions/policy/course.ts';
import { mayAct, triage } from '../../functions/policy/triage.ts';
import { after, attempt, byHand, incident, SETTINGS, START, seen } from './fixtures.ts';

type Read = [seconds: number, state: string];

/** What is decided at the last of some reads. */
function play(reads: Read[], known: Partial<OpenIncident> = {}, runningMode = 'AUTO_STOP', more = {}) {
  const { wokenAt, ...settings } = { ...SETTINGS, wokenAt: undefined, ...more };
  const all = reads.map(([at, state]) => seen(state, at, { runningMode }));
  const course = all.reduce((before, one) => follow(before, one, SETTINGS), known.course ?? {});
  const last = all.at(-1) ?? seen('AVAILABLE');
  const decision = triage(incident({ ...known, course }), last, settings, wokenAt);
  return {
    says: decision.action === 'DONE' ? decision.outcome : decision.action,
    reason: decision.reason,
    decision,
  };
}
const says = (...given: Parameters<typeof play>) => play(...given).says;

const EVERY_STATE: Record<WorkspaceState | 'NOT_FOUND' | 'A_NEW_STATE', string> = {
  // One good read may be stale.
  AVAILABLE: 'WAIT',
  // An alarm said that it is broken.
  STOPPED: 'WAKE',
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
  expect(says([[0, state]])).toBe(expected);
});

test.each(Object.entries(EVERY_STATE))('forced, %s', (state, expected) => {
  const isTaken = ['AVAILABLE', 'STOPPED', 'REBOOTING'].includes(state);
  expect(says([[0, state]], { request: byHand({ force: true }) })).toBe(isTaken ? 'ACT' : expected);
});

test.each(Object.entries(EVERY_STATE))('dry run, %s: does not wait', (state, expected) => {
  const held = state === 'STOPPED' ? 'NEEDS_HUMAN' : expected === 'WAIT' ? 'SKIPPED' : expected;
  expect(says([[0, state]], { request: byHand({ dryRun: true }) })).toBe(held);
});

test('well twice, ConfirmSeconds apart: nothing to do', () => {
  expect(
    play([
      [0, 'AVAILABLE'],
      [50, 'AVAILABLE'],
    ]).decision,
  ).toMatchObject({ action: 'WAIT', waitSeconds: 70 });
  expect(
    says([
      [0, 'AVAILABLE'],
      [120, 'AVAILABLE'],
    ]),
  ).toBe('ALREADY_HEALTHY');
  expect(
    says([
      [0, 'AVAILABLE'],
      [120, 'STOPPED'],
    ]),
  ).toBe('ALREADY_HEALTHY');
  expect(
    says([
      [0, 'AVAILABLE'],
      [60, 'UNHEALTHY'],
      [120, 'AVAILABLE'],
    ]),
  ).toBe('WAIT');
});

test.each([
  [
    [
      [0, 'RESTORING'],
      [60, 'AVAILABLE'],
      [180, 'AVAILABLE'],
    ],
    {},
    'RECOVERED',
    'did not request',
  ],
  [
    [
      [0, 'REBOOTING'],
      [60, 'AVAILABLE'],
      [180, 'AVAILABLE'],
    ],
    {},
    'ALREADY_HEALTHY',
    'nothing to do',
  ],
  [
    [
      [0, 'AVAILABLE'],
      [120, 'AVAILABLE'],
    ],
    { attempt: attempt({ rung: 'reboot', seenUnderWay: true, spent: true }) },
    'RECOVERED',
    'after the reboot',
  ],
  [
    [
      [0, 'AVAILABLE'],
      [120, 'AVAILABLE'],
    ],
    { attempt: attempt({ rung: 'start', seenUnderWay: true, spent: true }) },
    'ALREADY_HEALTHY',
    'nothing to do',
  ],
] as [Read[], Partial<OpenIncident>, string, string][])('%j, %j: %s, %s', (reads, known, outcome, words) => {
  const played = play(reads, known);
  expect(played.says).toBe(outcome);
  expect(played.reason).toContain(words);
});

test('broken after somebody worked on it: it has time to settle, with force as well', () => {
  const reads: Read[] = [
    [0, 'REBUILDING'],
    [60, 'UNHEALTHY'],
  ];
  for (const request of [incident().request, byHand({ force: true })]) {
    expect(says([...reads, [659, 'UNHEALTHY']], { request })).toBe('WAIT');
    expect(says([...reads, [660, 'UNHEALTHY']], { request })).toBe('ACT');
  }
  expect(says(reads, { request: byHand({ dryRun: true }) })).toBe('SKIPPED');
});

test.each([
  ['REBOOTING', 1199, 1200, 'ACT'],
  ['UPDATING', 3599, 3600, 'NEEDS_HUMAN'],
  ['REBUILDING', 7199, 7200, 'NEEDS_HUMAN'],
  ['RESTORING', 7199, 7200, 'NEEDS_HUMAN'],
  ['MAINTENANCE', 21_599, 21_600, 'NEEDS_HUMAN'],
  ['IMPAIRED', 599, 600, 'NEEDS_HUMAN'],
])('%s: it waits for %i s, after %i s %s', (state, before, then, expected) => {
  expect(
    says([
      [0, state],
      [before, state],
    ]),
  ).toBe('WAIT');
  expect(
    says([
      [0, state],
      [then, state],
    ]),
  ).toBe(expected);
});

test('while it is busy it looks at growing intervals', () => {
  const wait = (seconds: number) =>
    play([
      [0, 'UPDATING'],
      [seconds, 'UPDATING'],
    ]).decision;
  expect(wait(10)).toMatchObject({ waitSeconds: 20 });
  expect(wait(400)).toMatchObject({ waitSeconds: 40 });
  expect(wait(3500)).toMatchObject({ waitSeconds: 60 });
});

test('STOPPED: started when it was broken, once per day; otherwise for a person', () => {
  const manual = { request: byHand() };
  expect(says([[0, 'STOPPED']], manual)).toBe('NEEDS_HUMAN');
  expect(
    says(
      [
        [0, 'UNHEALTHY'],
        [60, 'STOPPING'],
        [90, 'STOPPED'],
      ],
      manual,
    ),
  ).toBe('WAKE');
  expect(says([[0, 'STOPPED']], {}, 'MANUAL')).toBe('WAKE');
  for (const mode of ['ALWAYS_ON', 'A_NEW_MODE']) {
    expect(says([[0, 'STOPPED']], {}, mode)).toBe('NEEDS_HUMAN');
    expect(
      says(
        [
          [0, 'AVAILABLE'],
          [120, 'STOPPED'],
        ],
        {},
        mode,
      ),
    ).toBe('NEEDS_HUMAN');
  }
  const off = play([[0, 'STOPPED']], {}, 'AUTO_STOP', { wakeStopped: false });
  expect([off.says, off.reason.includes('WakeStopped')]).toEqual(['NEEDS_HUMAN', true]);
  const again = (hours: number) => play([[0, 'STOPPED']], {}, 'AUTO_STOP', { wokenAt: after(-3600 * hours) });
  expect([again(23).says, again(24).says]).toEqual(['NEEDS_HUMAN', 'WAKE']);
  expect(again(23).reason).toContain('started it 23 h ago');
});

test('the next rung needs evidence that the last was made, or that AWS never makes it', () => {
  const spent = (
    more: Parameters<typeof attempt>[0],
    ladder: ('reboot' | 'rebuild')[] = ['reboot', 'rebuild'],
  ) =>
    play([[0, 'UNHEALTHY']], {
      attempt: attempt({ rung: 'reboot', spent: true, end: 'Why.', ...more }),
      ladder,
    });
  expect(spent({ seenUnderWay: true }).says).toBe('ACT');
  expect(spent({ result: 'refused' }).says).toBe('ACT');
  const unproven = spent({ changed: true });
  expect([unproven.says, unproven.reason]).toEqual(['FAILED', 'Why. It is UNHEALTHY.']);
  expect(spent({ seenUnderWay: true }, ['reboot']).says).toBe('FAILED');
  expect(spent({ rung: 'start' }).says).toBe('ACT');
});

test('what a person has forced is done once', () => {
  const known = { request: byHand({ force: true }), ladder: ['rebuild' as const] };
  const spent = attempt({ spent: true, seenUnderWay: true });
  expect(
    says(
      [
        [0, 'AVAILABLE'],
        [120, 'AVAILABLE'],
      ],
      { ...known, attempt: spent },
    ),
  ).toBe('RECOVERED');
  expect(says([[0, 'AVAILABLE']], { ...known, attempt: attempt({ result: 'refused' }) })).toBe('ACT');
});

test('a rebuild that an earlier execution asked for is given time to show', () => {
  expect(says([[929, 'UNHEALTHY']], { earlierRequestAt: START })).toBe('WAIT');
  expect(says([[930, 'UNHEALTHY']], { earlierRequestAt: START })).toBe('ACT');
});

test('the reason carries what AWS said about the error, escaped', () => {
  const what = seen('ERROR', 0, { errorCode: 'X', errorMessage: 'a\nb' });
  expect(triage(incident(), what, SETTINGS, undefined).reason).toBe('It is ERROR ("X": "a\\nb").');
});

test('a state that is not known is named, escaped', () => {
  expect(play([[0, 'NEW\u0007']]).reason).toContain('"NEW\\u0007"');
});

test.each<[Remedy, string, { force?: boolean; stuckFor?: number; runningMode?: string }, boolean]>([
  ['rebuild', 'UNHEALTHY', {}, true],
  ['rebuild', 'ERROR', {}, true],
  ['rebuild', 'AVAILABLE', {}, false],
  ['rebuild', 'AVAILABLE', { force: true }, true],
  ['rebuild', 'STOPPED', {}, false],
  ['rebuild', 'STOPPED', { force: true }, true],
  ['rebuild', 'REBOOTING', {}, false],
  ['rebuild', 'REBOOTING', { stuckFor: 1199 }, false],
  ['rebuild', 'REBOOTING', { stuckFor: 1200 }, true],
  ['rebuild', 'REBOOTING', { force: true }, true],
  ['rebuild', 'REBUILDING', { force: true }, false],
  ['reboot', 'ERROR', { force: true }, false],
  ['reboot', 'STOPPED', { force: true }, false],
  ['reboot', 'REBOOTING', { stuckFor: 1200 }, true],
  ['restore', 'STOPPED', { force: true }, true],
  ['restore', 'REBOOTING', { force: true }, false],
  ['start', 'STOPPED', {}, true],
  ['start', 'STOPPED', { runningMode: 'ALWAYS_ON' }, false],
  ['start', 'UNHEALTHY', {}, false],
])(
  'may act: %s while %s, %j: %s',
  (remedy, state, { force = false, stuckFor, runningMode = 'AUTO_STOP' }, expected) => {
    const course = stuckFor === undefined ? {} : { busy: { state, since: after(-stuckFor) } };
    const known = incident({ request: byHand({ force }), course });
    expect(mayAct(remedy, seen(state, 0, { runningMode }), known)).toBe(expected);
  },
);
