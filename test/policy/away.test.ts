import { expect, test } from 'vitest';
import { away } from '../../functions/policy/away.ts';
import { awayWait } from '../../functions/policy/pacing.ts';
import { after, incident, START } from './fixtures.ts';

const at = (seconds: number, action: 'CHECK' | 'WATCH' = 'CHECK') => {
  const decision =
    action === 'WATCH' ? { action, reason: '', waitSeconds: 20 } : ({ action, reason: '' } as const);
  return away({ ...incident({ decision }), awaySince: START }, 'WorkSpaces does not answer', after(seconds))
    .decision;
};

test('it comes back, for hours, and then tells a person', () => {
  expect(at(0)).toMatchObject({ action: 'WAIT', reason: 'WorkSpaces does not answer: look again.' });
  expect(at(6 * 3600 - 1).action).toBe('WAIT');
  expect(at(6 * 3600)).toMatchObject({
    action: 'DONE',
    outcome: 'NEEDS_HUMAN',
    reason: 'WorkSpaces does not answer, and has not for 6 h. Nothing was done because of it.',
  });
});

test('a request that has left is watched however long it takes', () => {
  expect(at(0, 'WATCH').action).toBe('WATCH');
  expect(at(3 * 86_400, 'WATCH').action).toBe('WATCH');
});

test('waits grow up to five minutes, with full jitter', () => {
  expect([awayWait(0, 0), awayWait(0, 1), awayWait(100, 1), awayWait(100, 0.5)]).toEqual([20, 40, 100, 60]);
  expect([awayWait(3600, 0), awayWait(3600, 1)]).toEqual([20, 300]);
});
