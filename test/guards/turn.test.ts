import { expect, test } from 'vitest';
import { GO } from '../../functions/guards/guard.ts';
import { inLine } from '../../functions/guards/turn.ts';
import { START } from '../policy/fixtures.ts';

test.each([
  [{ kind: 'waiting', ahead: 0 }, 1, 'the only rebuild slot is in use; it is next in line.'],
  [{ kind: 'waiting', ahead: 3 }, 10, 'all 10 rebuild slots are in use; it is behind 3 others in line.'],
  [{ kind: 'busy' }, 10, 'many ask for a rebuild slot just now.'],
] as const)('%j of %i: it waits', (answer, slots, reason) => {
  expect(inLine(answer, slots, START, 60)).toEqual({ says: 'wait', reason, at: START, limitSeconds: 60 });
});

test('its turn, and a queue that takes no more', () => {
  expect(inLine({ kind: 'granted' }, 1, START, 60)).toEqual(GO);
  expect(inLine({ kind: 'full' }, 1, START, 60)).toEqual({
    says: 'person',
    reason: 'the queue for a rebuild slot is full.',
  });
});
