import { WorkspaceState } from '@aws-sdk/client-workspaces';
import { expect, test } from 'vitest';
import type { Course } from '../../functions/observation.ts';
import {
  afterRequest,
  BY_HAND,
  busyFor,
  busyLimit,
  follow,
  goodIn,
  isBroken,
  isBusy,
  settlingFor,
} from '../../functions/policy/course.ts';
import { after, SETTINGS, seen } from './fixtures.ts';

type Read = [seconds: number, state: string];

/** What the reads tell together. */
const course = (reads: Read[], runningMode = 'AUTO_STOP', before: Course = {}): Course =>
  reads.reduce((known, [at, state]) => follow(known, seen(state, at, { runningMode }), SETTINGS), before);

test('every state that the SDK knows is well, broken, busy, stopped or for a person', () => {
  const kinds = (state: string) => [
    state === 'AVAILABLE' || state === 'STOPPED',
    isBroken({ state }),
    isBusy({ state }),
    state in BY_HAND,
  ];
  for (const state of [...Object.values(WorkspaceState), 'NOT_FOUND']) {
    expect([state, kinds(state).filter(Boolean).length]).toEqual([state, 1]);
  }
});

test.each([
  ['REBOOTING', 3600],
  ['STARTING', 3600],
  ['STOPPING', 3600],
  ['UPDATING', 3600],
  ['PENDING', 3600],
  ['RESTORING', 7200],
  ['REBUILDING', 7200],
  ['MAINTENANCE', 6 * 3600],
  ['IMPAIRED', 600],
])('%s may last %i s', (state, seconds) => {
  expect(busyLimit(state, SETTINGS)).toBe(seconds);
});

test('a reboot is given up no sooner than it is stuck', () => {
  expect(busyLimit('REBOOTING', { ...SETTINGS, busyLimitSeconds: 600 })).toBe(1200);
});

test('good counts from the first read without another between', () => {
  const good = (reads: Read[], runningMode?: string) => course(reads, runningMode).goodSince;
  expect(
    good([
      [0, 'AVAILABLE'],
      [120, 'AVAILABLE'],
    ]),
  ).toBe(after(0));
  expect(
    good([
      [0, 'AVAILABLE'],
      [60, 'UNHEALTHY'],
      [120, 'AVAILABLE'],
    ]),
  ).toBe(after(120));
  expect(
    good([
      [0, 'AVAILABLE'],
      [60, 'REBOOTING'],
    ]),
  ).toBeUndefined();
});

test('one that stops is as good as it was before, where it may stop', () => {
  const good = (reads: Read[], runningMode?: string) => course(reads, runningMode).goodSince;
  expect(good([[0, 'STOPPED']])).toBeUndefined();
  expect(
    good([
      [0, 'AVAILABLE'],
      [60, 'STOPPED'],
    ]),
  ).toBe(after(0));
  expect(
    good(
      [
        [0, 'AVAILABLE'],
        [60, 'STOPPED'],
      ],
      'MANUAL',
    ),
  ).toBe(after(0));
  expect(
    good(
      [
        [0, 'AVAILABLE'],
        [60, 'STOPPED'],
      ],
      'ALWAYS_ON',
    ),
  ).toBeUndefined();
  expect(
    good([
      [0, 'UNHEALTHY'],
      [60, 'STOPPED'],
    ]),
  ).toBeUndefined();
});

test('on its way to stop it is as good as it was, and no verdict yet', () => {
  const known = course([
    [0, 'AVAILABLE'],
    [60, 'STOPPING'],
    [90, 'STOPPED'],
  ]);
  expect(known.goodSince).toBe(after(0));
  expect(goodIn(known, seen('STOPPING', 200), 120)).toBeUndefined();
  expect(goodIn(known, seen('STOPPED', 200), 120)).toBe(0);
});

test('good reads are a verdict ConfirmSeconds after the first', () => {
  const known = course([[0, 'AVAILABLE']]);
  expect(goodIn(known, seen('AVAILABLE', 50), 120)).toBe(70);
  expect(goodIn(known, seen('AVAILABLE', 120), 120)).toBe(0);
  expect(goodIn(known, seen('AVAILABLE', 500), 120)).toBe(0);
  expect(goodIn({}, seen('AVAILABLE', 500), 120)).toBeUndefined();
});

test.each([
  'REBOOTING',
  'RESTORING',
  'REBUILDING',
  'STARTING',
  'STOPPING',
  'UPDATING',
  'PENDING',
  'MAINTENANCE',
])('after %s a bad read counts only when it has settled', (state) => {
  const reads: Read[] = [
    [0, 'UNHEALTHY'],
    [60, state],
    [120, state],
    [200, 'UNHEALTHY'],
  ];
  const known = course(reads);
  expect([known.endedAt, known.badSince]).toEqual([after(200), undefined]);
  expect(settlingFor(known, after(200), 600)).toBe(600);
  expect(settlingFor(known, after(799), 600)).toBe(1);
  expect(course([...reads, [799, 'UNHEALTHY']]).badSince).toBeUndefined();
  expect(course([...reads, [800, 'UNHEALTHY'], [900, 'UNHEALTHY']]).badSince).toBe(after(800));
});

test('what becomes broken in calm needs no time to settle', () => {
  expect(
    course([
      [0, 'AVAILABLE'],
      [60, 'UNHEALTHY'],
    ]),
  ).toMatchObject({ badSince: after(60) });
  expect(
    course([
      [0, 'IMPAIRED'],
      [60, 'UNHEALTHY'],
    ]),
  ).toMatchObject({ badSince: after(60) });
  expect(settlingFor({}, after(0), 600)).toBe(0);
});

test('bad counts from the first read without another between, of either kind', () => {
  expect(
    course([
      [0, 'UNHEALTHY'],
      [60, 'ERROR'],
    ]).badSince,
  ).toBe(after(0));
  expect(
    course([
      [0, 'UNHEALTHY'],
      [60, 'AVAILABLE'],
      [90, 'UNHEALTHY'],
    ]).badSince,
  ).toBe(after(90));
});

test('a state that passes is timed from its first read', () => {
  const known = course([
    [0, 'REBOOTING'],
    [60, 'REBOOTING'],
  ]);
  expect(busyFor(known, seen('REBOOTING', 60))).toBe(60);
  expect(
    busyFor(
      course([
        [0, 'REBOOTING'],
        [60, 'STARTING'],
      ]),
      seen('STARTING', 60),
    ),
  ).toBe(0);
  expect(
    busyFor(
      course([
        [0, 'REBOOTING'],
        [60, 'UNHEALTHY'],
      ]),
      seen('UNHEALTHY', 60),
    ),
  ).toBe(0);
});

test('that it was broken, and that somebody healed it, is not forgotten, also after a request', () => {
  const known = course([
    [0, 'ERROR'],
    [60, 'RESTORING'],
    [120, 'AVAILABLE'],
  ]);
  expect(known).toMatchObject({ sawBroken: true, sawRemedy: true });
  expect(afterRequest(known)).toEqual({ sawBroken: true, sawRemedy: true });
  // What an earlier run of the step had sent shows already.
  expect(afterRequest({}, seen('REBUILDING', 9))).toEqual({
    sawBroken: undefined,
    sawRemedy: true,
    busy: { state: 'REBUILDING', since: after(9) },
  });
  expect(afterRequest({ sawBroken: true }, seen('ERROR', 9))).toEqual({
    sawBroken: true,
    sawRemedy: false,
    endedAt: after(9),
  });
  expect(course([[0, 'IMPAIRED']]).sawBroken).toBe(true);
  expect(
    course([
      [0, 'STOPPED'],
      [60, 'REBOOTING'],
    ]),
  ).toMatchObject({ sawBroken: false, sawRemedy: false });
});
