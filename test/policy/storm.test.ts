import { expect, test } from 'vitest';
import { totalOf, worstPeriod } from '../../functions/policy/storm.ts';

type Numbers = [period: number, value: number][];

// Unhealthy, well and stopped by period, and what counts.
test.each<[Numbers, Numbers, Numbers, object | undefined]>([
  [
    [
      [2, 1],
      [1, 3],
    ],
    [
      [2, 99],
      [1, 97],
    ],
    [
      [2, 5],
      [1, 4],
    ],
    { unhealthy: 3, available: 97, stopped: 4 },
  ],
  // The well of another period would make the directory larger than it is.
  [
    [
      [2, 22],
      [1, 0],
    ],
    [
      [2, 78],
      [1, 100],
    ],
    [],
    { unhealthy: 22, available: 78, stopped: 0 },
  ],
  [
    [
      [2, 22],
      [1, 0],
    ],
    [
      [1, 100],
      [0, 90],
    ],
    [
      [1, 7],
      [0, 9],
    ],
    { unhealthy: 22, available: 90, stopped: 7 },
  ],
  [[[2, 22]], [], [], { unhealthy: 22, available: 0, stopped: 0 }],
  [
    [],
    [
      [2, 78],
      [1, 100],
    ],
    [],
    { unhealthy: 0, available: 78, stopped: 0 },
  ],
  [[], [], [[1, 50]], { unhealthy: 0, available: 0, stopped: 50 }],
  [[[1, 0]], [[1, 0]], [[1, 0]], undefined],
  [[], [], [], undefined],
])('periods %j, %j and %j: %j', (unhealthy, available, stopped, expected) => {
  expect(worstPeriod(new Map(unhealthy), new Map(available), new Map(stopped))).toEqual(expected);
});

test('a directory has all that is in it, whatever its state', () => {
  expect(totalOf({ unhealthy: 2, available: 1, stopped: 47 })).toBe(50);
});
