import { expect, test } from 'vitest';
import type { Attempt, Outcome } from '../../functions/incident.ts';
import { type Finished, finishedOf, remembered } from '../../functions/policy/futile.ts';
import { after, attempt, incident, START, seen } from './fixtures.ts';

const MADE = { seenUnderWay: true };

// The attempts, how the incident ended, in which state, and which attempt helped.
test.each<[string, Partial<Attempt>[], Outcome | undefined, string, [number, boolean][]]>([
  ['a rebuild that helped', [MADE], 'RECOVERED', 'AVAILABLE', [[1, true]]],
  [
    'one that nobody saw, but of which the state tells',
    [{ changed: true }],
    'RECOVERED',
    'AVAILABLE',
    [[1, true]],
  ],
  ['a rebuild that ended badly', [MADE], 'FAILED', 'UNHEALTHY', [[1, false]]],
  ['one that was not over by its deadline', [MADE], 'FAILED', 'REBUILDING', [[1, false]]],
  ['one after which nothing more may be done', [MADE], 'NEEDS_HUMAN', 'ERROR', [[1, false]]],
  ['one that left it impaired', [MADE], 'NEEDS_HUMAN', 'IMPAIRED', [[1, false]]],
  [
    'a restore that did not help, and a rebuild that did',
    [{ rung: 'restore', ...MADE }, MADE],
    'RECOVERED',
    'AVAILABLE',
    [
      [1, false],
      [2, true],
    ],
  ],
  [
    'a restore and a rebuild in vain',
    [{ rung: 'restore', changed: true }, MADE],
    'FAILED',
    'ERROR',
    [
      [1, false],
      [2, false],
    ],
  ],
  ['a reboot that did not help', [{ rung: 'reboot', ...MADE }, MADE], 'RECOVERED', 'AVAILABLE', [[2, true]]],
  ['a reboot alone', [{ rung: 'reboot', ...MADE }], 'FAILED', 'UNHEALTHY', []],
  [
    'a start, which is no remedy, after a rebuild',
    [MADE, { rung: 'start', ...MADE }],
    'FAILED',
    'ERROR',
    [[1, false]],
  ],
  ['a refusal', [{ result: 'refused' }], 'FAILED', 'UNHEALTHY', []],
  ['one that never started', [{}], 'FAILED', 'UNHEALTHY', []],
  ['one that never started, then one that helped', [{}, MADE], 'RECOVERED', 'AVAILABLE', [[2, true]]],
  ['one that left it well, though not by its doing', [MADE], 'ALREADY_HEALTHY', 'AVAILABLE', []],
  ['one that was not seen to run', [{ changed: true }], 'FAILED', 'AVAILABLE', []],
  ['a user who stopped it afterwards', [MADE], 'NEEDS_HUMAN', 'STOPPED', []],
  ['somebody who terminates it', [MADE], 'NEEDS_HUMAN', 'TERMINATING', []],
  ['another execution that took it over', [MADE], 'DUPLICATE', 'UNHEALTHY', []],
  ['a step that failed while it was under way', [MADE], undefined, 'REBUILDING', []],
  [
    'a step that failed after a restore in vain',
    [{ rung: 'restore', ...MADE }, MADE],
    undefined,
    'ERROR',
    [[1, false]],
  ],
  ['nothing that was asked', [], 'NEEDS_HUMAN', 'UNHEALTHY', []],
])('%s', (_, made, outcome, state, expected) => {
  const all = made.map((more, index) => attempt({ number: index + 1, ...more }));
  const last = all.at(-1);
  const ended = incident({ attempts: all.slice(0, -1), ...(last && { attempt: last }), seen: seen(state) });
  expect(finishedOf(ended, outcome, after(60))).toEqual(
    expected.map(([number, helped]) => ({
      id: `one#${number}`,
      at: after(60),
      workspaceId: 'ws-8kq3zn1yd',
      helped,
    })),
  );
});

test('of what cannot be read nothing is said: no state, no attempt, no request', () => {
  const { request: _, ...nameless } = incident({ attempt: attempt(MADE), seen: seen('ERROR') });
  expect(finishedOf(nameless, 'FAILED', START)).toEqual([]);
  expect(finishedOf({ ...incident(), attempt: null }, 'NEEDS_HUMAN', START)).toEqual([]);
  expect(finishedOf(incident({ attempt: attempt(MADE) }), 'NEEDS_HUMAN', START)).toEqual([]);
});

const remedy = (number: number): Finished => ({
  id: `e${number}#1`,
  at: after(number),
  workspaceId: `ws-${number}`,
  helped: false,
});

test('each is remembered once, the newest last, and the oldest of fifty goes', () => {
  const before = [remedy(1), remedy(2)];
  expect(remembered(before, [remedy(2), remedy(3)])).toEqual([remedy(1), remedy(2), remedy(3)]);
  // Noted before: the very same list says that there is nothing to write.
  expect(remembered(before, [{ ...remedy(1), at: after(99) }])).toBe(before);
  const many = Array.from({ length: 50 }, (_, index) => remedy(index));
  expect(remembered(many, [remedy(50)])).toEqual([...many.slice(1), remedy(50)]);
});
