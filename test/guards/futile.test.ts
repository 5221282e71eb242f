import { expect, test } from 'vitest';
import { ask, inVain } from '../../functions/guards/futile.ts';
import { GO } from '../../functions/guards/guard.ts';
import { chooseRung } from '../../functions/guards/ladder.ts';
import type { Rung } from '../../functions/incident.ts';
import type { Finished } from '../../functions/policy/futile.ts';
import { after, incident, SETTINGS, START, seen } from '../policy/fixtures.ts';

/** One remedy per letter, each of another WorkSpace unless one is given: `-` did not help, `+` did. */
const remedies = (marks: string, workspaceIds: readonly string[] = []): Finished[] =>
  [...marks].map((mark, index) => ({
    id: `e${index}#1`,
    at: after(index),
    workspaceId: workspaceIds[index] ?? `ws-${index}`,
    helped: mark === '+',
  }));

test.each<[string, boolean]>([
  ['', false],
  ['--', false],
  ['---', true],
  ['+---', true],
  ['+++---', true],
  ['-+-', false],
  ['-+--', true],
  ['-+-+-', true],
  ['-++--', true],
  // Of the last five only.
  ['---+++--', false],
  ['-----+', false],
  // A success opens it; the next one in vain closes it again.
  ['---+', false],
  ['---+-', true],
  ['---++-', true],
  ['---+++-', false],
])('after %j nothing more is set back: %s', (marks, expected) => {
  expect(inVain('d-1', remedies(marks)) !== undefined).toBe(expected);
});

test('what fails for one WorkSpace alone says nothing about the others', () => {
  expect(inVain('d-1', remedies('---', ['ws-1', 'ws-1', 'ws-1']))).toBeUndefined();
  expect(inVain('d-1', remedies('+---', ['ws-2', 'ws-1', 'ws-1', 'ws-1']))).toBeUndefined();
  expect(inVain('d-1', remedies('---', ['ws-1', 'ws-1', 'ws-2']))).toBeDefined();
});

test('people are told how many, where, and which', () => {
  expect(inVain('d-1', remedies('+-+--', ['', 'ws-1', '', 'ws-2', 'ws-1']))).toBe(
    '3 of the last 5 rebuilds and restores in directory "d-1" did not help (ws-1, ws-2); perhaps an image or its domain is bad',
  );
});

const asked = (rungs: Rung[], futile?: string) => {
  const facts = { now: START, state: 'UNHEALTHY', rebuilds: [], futile, overridden: () => false };
  const pass = { incident: incident(), settings: SETTINGS, unreadable: 0, now: () => START };
  const choose = () => chooseRung(rungs, facts, SETTINGS);
  return ask({ ...pass, seen: seen('UNHEALTHY'), tags: {}, facts, choose });
};

test('it holds back where only rungs that set data back are left', async () => {
  const reason = 'rebuild is skipped: in vain.';
  expect(await asked(['rebuild'], 'in vain')).toEqual({
    says: 'person',
    as: 'futile',
    reason,
    remember: { notes: [reason] },
  });
  expect(await asked(['reboot', 'rebuild'], 'in vain')).toEqual(GO);
  expect(await asked(['rebuild'])).toEqual(GO);
});
