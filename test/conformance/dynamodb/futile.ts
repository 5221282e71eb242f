/** What the product keeps about remedies in a directory that did not help, and who tells of it. */
import type { Finished } from '../../../functions/policy/futile.ts';
import {
  at,
  moveClock,
  type Scenario,
  START,
  seconds,
  tally,
  together,
  WRITERS,
  workspaceId,
} from './engine.ts';

const DIRECTORY = 'd-9067206a1f';
const ITEM = `FUTILE#${DIRECTORY}`;
const DAY = 86_400;

const remedy = (number: number, helped = false): Finished => ({
  id: `execution-${number}#1`,
  at: at(number),
  workspaceId: workspaceId(number),
  helped,
});

export const FUTILE: Scenario[] = [
  {
    name: 'a remedy that is over is noted once, after those before it',
    same: 'conversation',
    run: async (engine) => {
      const { noteFinished, readFinished } = engine.product;
      const before = await readFinished(DIRECTORY);
      for (const number of [1, 2, 1]) await noteFinished(DIRECTORY, [remedy(number)]);
      const elsewhere = await readFinished('d-0000000000');
      return { before, elsewhere, finished: await readFinished(DIRECTORY), items: await engine.items() };
    },
    expected: {
      before: [],
      elsewhere: [],
      finished: [remedy(1), remedy(2)],
      items: {
        [ITEM]: {
          finished: JSON.stringify([remedy(1), remedy(2)]),
          version: 2,
          expiration: seconds(START) + 90 * DAY,
        },
      },
    },
  },
  {
    name: `${WRITERS} at once note a remedy: each that says so is there, and once`,
    same: 'outcome',
    run: async (engine) => {
      const { noteFinished, readFinished } = engine.product;
      const noted = await together(engine, 'GetItem', (n) =>
        noteFinished(DIRECTORY, [remedy(n)]).then(
          () => 'noted',
          (error: unknown) => (error instanceof Error ? error.name : 'no Error'),
        ),
      );
      const ids = (await readFinished(DIRECTORY)).map(({ id }) => id);
      const isThere = noted.map((what, n) => (what === 'noted') === ids.includes(remedy(n).id));
      return {
        names: [...new Set(noted)].sort(),
        there: tally(isThere),
        once: ids.length === new Set(ids).size,
      };
    },
    // Of those who write at once, one gets through: five times.
    expected: { names: ['FutileContentionError', 'noted'], there: { true: WRITERS }, once: true },
  },
  {
    name: 'one tells, again after a day, and again once something has helped',
    same: 'conversation',
    run: async (engine) => {
      const { noteFinished, tellerOf } = engine.product;
      const ask = (name: string) => tellerOf(DIRECTORY, name, DAY);
      // Nobody has to tell of what is not there.
      const tellers = [await ask('a')];
      const empty = await engine.items();
      await noteFinished(DIRECTORY, [remedy(1)]);
      tellers.push(await ask('a'), await ask('b'), await ask('a'));
      moveClock(DAY);
      tellers.push(await ask('b'));
      moveClock(DAY + 1);
      tellers.push(await ask('b'), await ask('a'));
      await noteFinished(DIRECTORY, [remedy(2)]);
      tellers.push(await ask('a'));
      await noteFinished(DIRECTORY, [remedy(3, true)]);
      tellers.push(await ask('a'));
      return { tellers, empty };
    },
    expected: { tellers: ['a', 'a', 'a', 'a', 'a', 'b', 'b', 'b', 'a'], empty: {} },
  },
  {
    name: `${WRITERS} at once are about to tell: one does`,
    same: 'outcome',
    run: async (engine) => {
      const { noteFinished, tellerOf } = engine.product;
      await noteFinished(DIRECTORY, [remedy(1)]);
      engine.wire.clear();
      const tellers = await together(engine, 'UpdateItem', (n) => tellerOf(DIRECTORY, `execution-${n}`, DAY));
      return { tellers: new Set(tellers).size, atOnce: engine.wire.atOnce };
    },
    expected: { tellers: 1, atOnce: WRITERS },
  },
];
