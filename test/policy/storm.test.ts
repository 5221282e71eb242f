import { expect, test } from 'vitest';
import { worstPeriod } from '../../functions/policy/storm.ts';

// Unhealthy and well by period, and what counts.
test.each<[[number, number][], [number, number][], object | undefined]>([
  [
    [
      [2, 1],
      [1, 3],
    ],
    [
      [2, 99],
      [1, 97],
    ],
    { unhealthy: 3, available: 97 },
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
    { unhealthy: 22, available: 78 },
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
    { unhealthy: 22, available: 90 },
  ],
  [[[2, 22]], [], { unhealthy: 22, available: 0 }],
  [
    [],
    [
      [2, 78],
      [1, 100],
    ],
    { unhealthy: 0, available: 78 },
  ],
  [[[1, 0]], [[1, 0]], undefined],
  [[], [], undefined],
])('periods %j and %j: %j', (unhealthy, available, expected) => {
  expect(worstPeriod(new Map(unhealthy), new Map(available))).toEqual(expected);
});
