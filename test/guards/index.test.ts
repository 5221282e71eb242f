import { expect, test } from 'vitest';
import { FLEET, MODE, RUNG, SCOPE, TEXTS, TURN, WISHES } from '../../functions/guards/index.ts';
import { OVERRIDABLE } from '../../functions/incident.ts';

test('each guard is asked once, and has its text, in the same order', () => {
  const asked = [MODE, SCOPE, WISHES, FLEET, RUNG, TURN].flatMap((part) =>
    part.map(({ name }) => String(name)),
  );
  expect(Object.keys(TEXTS)).toEqual(asked);
});

test('what is lost is told of those that a person may override, and of no other', () => {
  const risky = Object.entries(TEXTS).flatMap(([name, text]) => (text.risk === undefined ? [] : [name]));
  expect(risky.sort()).toEqual([...OVERRIDABLE].sort());
});
