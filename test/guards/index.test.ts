import { expect, test } from 'vitest';
import { BROKEN, FIRST, OURS, TEXTS } from '../../functions/guards/index.ts';
import { OVERRIDABLE } from '../../functions/incident.ts';

test('each guard is asked once, in this order, and has its text', () => {
  const asked = [FIRST, OURS, BROKEN].flatMap((part) => part.map(({ name }) => String(name)));
  expect(asked).toEqual([
    'mode',
    'scope',
    'tags',
    'window',
    'storm',
    'futile',
    'flapping',
    'cooldown',
    'turn',
    'ladder',
    'identity',
    'snapshot-age',
    'volume-key',
    'connected',
  ]);
  expect(Object.keys(TEXTS)).toEqual(asked);
});

test('what is lost is told of those that a person may override, and of no other', () => {
  const risky = Object.entries(TEXTS).flatMap(([name, text]) => (text.risk === undefined ? [] : [name]));
  expect(risky.sort()).toEqual([...OVERRIDABLE].sort());
});
