import { expect, test } from 'vitest';
import { isLive } from '../../functions/guards/connected.ts';
import { after, START } from '../policy/fixtures.ts';

test.each([
  ['CONNECTED', undefined, true],
  ['CONNECTED', 0, true],
  ['CONNECTED', -899, true],
  ['CONNECTED', -900, false],
  ['DISCONNECTED', 0, false],
  ['UNKNOWN', undefined, false],
  ['A_STATE_OF_2031', 0, false],
])('%s, checked %j: %s', (state, seconds, expected) => {
  const checkedAt = seconds === undefined ? undefined : after(seconds);
  expect(isLive({ state, checkedAt }, START)).toBe(expected);
});
