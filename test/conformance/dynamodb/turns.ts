/** Who may act and who waits: one item that all executions change under its version. */
import * as v from 'valibot';
import type { Place, Turns } from '../../../functions/policy/turns.ts';
import {
  type Engine,
  executionId,
  moveClock,
  type Scenario,
  tally,
  together,
  WRITERS,
  workspaceId,
} from './engine.ts';
import { errorOf } from './wire.ts';

const MAXIMUM = 10;

/** A queue of this length takes no more. */
const QUEUE = 100;

const place = (number: number): Place => ({
  workspaceId: workspaceId(number),
  executionId: executionId(number),
});

const places = v.array(v.object({ workspaceId: v.string(), executionId: v.string() }));
const turnsText = v.pipe(
  v.string(),
  v.transform((text): unknown => JSON.parse(text)),
  v.object({ permits: places, waiting: places }),
);
const turnsWrite = v.pipe(
  v.object({
    Key: v.object({ id: v.object({ S: v.literal('TURNS') }) }),
    ExpressionAttributeValues: v.looseObject({
      ':turns': v.object({ S: turnsText }),
      ':next': v.object({ N: v.string() }),
    }),
  }),
  v.transform(({ ExpressionAttributeValues: values }) => ({
    version: Number(values[':next'].N),
    turns: values[':turns'].S,
  })),
);

/** Every state of the item, as it was written, in the order of its versions. */
function states(engine: Engine): Turns[] {
  return engine.wire.exchanges
    .filter((said) => said.operation === 'UpdateItem' && errorOf(said) === undefined)
    .flatMap(({ request }) => {
      const parsed = v.safeParse(turnsWrite, request);
      return parsed.success ? [parsed.output] : [];
    })
    .sort((a, b) => a.version - b.version)
    .map(({ version, turns }, index) => {
      if (version !== index + 1) throw new Error(`Version ${version} was written as number ${index + 1}.`);
      return turns;
    });
}

const ids = (some: readonly Place[]) => some.map((each) => each.executionId);

/** What is wrong with the item's history, if anything. */
function faults(history: readonly Turns[], released: ReadonlySet<string>): string[] {
  const found: string[] = [];
  let before: Turns = { permits: [], waiting: [] };
  for (const [index, turns] of history.entries()) {
    const there = ids([...turns.permits, ...turns.waiting]);
    if (turns.permits.length > MAXIMUM) found.push(`${index}: ${turns.permits.length} permits`);
    if (new Set(there).size !== there.length) found.push(`${index}: somebody is there twice`);
    const lost = ids([...before.permits, ...before.waiting]).filter(
      (id) => !there.includes(id) && !released.has(id),
    );
    if (lost.length > 0) found.push(`${index}: lost ${lost.join()}`);
    const still = ids(turns.waiting);
    const queue = ids(before.waiting).filter((id) => still.includes(id));
    if (queue.join() !== still.slice(0, queue.length).join())
      found.push(`${index}: the queue is out of order`);
    before = turns;
  }
  return found;
}

async function takeLeases({ product }: Engine, all: readonly Place[]): Promise<void> {
  await Promise.all(all.map((one) => product.takeLease(one.workspaceId, one.executionId, undefined)));
}

const release = ({ product }: Engine, one: Place) =>
  product.releaseLease(one.workspaceId, one.executionId, new Date().toISOString());

/** Asks again when others were quicker, as the workflow does after a wait. Of those who ask, one gets through. */
async function askUntilHeard({ product }: Engine, me: Place) {
  let answer = await product.askForTurn(me, MAXIMUM);
  for (let tries = 1; answer.kind === 'busy' && tries < WRITERS; tries++) {
    answer = await product.askForTurn(me, MAXIMUM);
  }
  return answer;
}

const now = async (engine: Engine): Promise<Turns> => v.parse(turnsText, (await engine.items()).TURNS?.turns);

export const TURNS: Scenario[] = [
  {
    name: 'a turn is granted, waited for in order, and free again with the lease of its holder',
    same: 'conversation',
    run: async (engine) => {
      const all = [1, 2, 3, 4, 5].map(place);
      const [one, two, three, four, five] = all;
      if (!one || !two || !three || !four || !five) throw new Error('There are five.');
      await takeLeases(engine, [one]);
      await takeLeases(engine, [two]);
      await takeLeases(engine, [three]);
      await takeLeases(engine, [four]);
      const answers: unknown[] = [];
      const ask = async (...askers: Place[]) => {
        for (const me of askers) {
          const answer = await engine.product.askForTurn(me, 2);
          answers.push(answer.kind === 'waiting' ? answer.ahead : answer.kind);
        }
      };
      await ask(one, two, three, four, one, three);
      await release(engine, one);
      await ask(four, three, four);
      // A lease that has run out counts no more than one that was given back.
      moveClock(5 * 86_400 + 3_601);
      await takeLeases(engine, [five]);
      await ask(five);
      return { answers, turns: await now(engine) };
    },
    expected: {
      answers: ['granted', 'granted', 0, 1, 'granted', 0, 1, 'granted', 0, 'granted'],
      turns: { permits: [place(5)], waiting: [] },
    },
  },
  {
    name: 'a permit and a place count no more once their executions are over, whatever their leases say',
    same: 'conversation',
    run: async (engine) => {
      const all = [1, 2, 3, 4].map(place);
      const [one, two, three, four] = all;
      if (!one || !two || !three || !four) throw new Error('There are four.');
      const answers: unknown[] = [];
      for (const me of all) {
        await takeLeases(engine, [me]);
        answers.push((await engine.product.askForTurn(me, 1)).kind);
      }
      engine.over.add(three.executionId);
      // It is just behind three, which is dropped, and asks no further than two.
      const behind = await engine.product.askForTurn(four, 1);
      answers.push(behind.kind === 'waiting' ? behind.ahead : behind.kind);
      engine.over.add(one.executionId);
      answers.push((await engine.product.askForTurn(four, 1)).kind);
      answers.push((await engine.product.askForTurn(two, 1)).kind);
      return { answers, turns: await now(engine) };
    },
    expected: {
      answers: ['granted', 'waiting', 'waiting', 'waiting', 1, 'waiting', 'granted'],
      turns: { permits: [place(2)], waiting: [place(4)] },
    },
  },
  {
    name: `${WRITERS} at once ask for ${MAXIMUM} turns, and again as turns end: never more, nobody lost, in order`,
    same: 'outcome',
    run: async (engine) => {
      const all = Array.from({ length: WRITERS }, (_, number) => place(number));
      await takeLeases(engine, all);
      const released = new Set<string>();
      // Everybody reads before anybody writes.
      const first = await together(engine, 'GetItem', (n) => askUntilHeard(engine, place(n)));
      const rounds: unknown[] = [];
      let { permits, waiting } = await now(engine);
      const arrival = ids([...permits, ...waiting]).sort();
      while (waiting.length > 0 && rounds.length < WRITERS / MAXIMUM) {
        for (const one of permits) released.add(one.executionId);
        await Promise.all(permits.map((one) => release(engine, one)));
        const queue = waiting;
        const asked = queue.map(async (me) => ({ me, kind: (await askUntilHeard(engine, me)).kind }));
        const granted = (await Promise.all(asked)).filter(({ kind }) => kind === 'granted');
        const got = ids(granted.map(({ me }) => me)).sort();
        const due = ids(queue.slice(0, MAXIMUM)).sort();
        rounds.push(got.join() === due.join() ? got.length : { got, due });
        ({ permits, waiting } = await now(engine));
      }
      return {
        first: tally(first.map(({ kind }) => kind)),
        atOnce: engine.wire.atOnce,
        everybody: arrival.join() === ids(all).sort().join(),
        rounds,
        faults: faults(states(engine), released),
      };
    },
    expected: {
      first: { granted: MAXIMUM, waiting: WRITERS - MAXIMUM },
      atOnce: WRITERS,
      everybody: true,
      rounds: [10, 10, 10, 10],
      faults: [],
    },
  },
  {
    name: 'a full queue is read 100 keys at a time, and loses those whose lease has ended',
    same: 'conversation',
    run: async (engine) => {
      const all = Array.from({ length: MAXIMUM + QUEUE + 1 }, (_, number) => place(number));
      for (const one of all) await takeLeases(engine, [one]);
      const answers: string[] = [];
      for (const me of all) answers.push((await engine.product.askForTurn(me, MAXIMUM)).kind);
      const batches = engine.wire.exchanges
        .slice(-3)
        .filter(({ operation }) => operation === 'BatchGetItem')
        .map(keys);
      for (const one of all.filter((_, number) => number % 2 === 0)) await release(engine, one);
      const odd = place(MAXIMUM + QUEUE - 1);
      const last = await engine.product.askForTurn(odd, MAXIMUM);
      const { permits, waiting } = await now(engine);
      const ahead = last.kind === 'waiting' ? last.ahead : last.kind;
      return { answers: tally(answers), batches, ahead, left: [permits.length, waiting.length] };
    },
    // 5 of 10 permits are left, and 50 of the queue; it is the last of these.
    expected: {
      answers: { granted: MAXIMUM, waiting: QUEUE, full: 1 },
      batches: [100, 10],
      ahead: 49,
      left: [5, 50],
    },
  },
];

const batch = v.object({
  RequestItems: v.record(v.string(), v.object({ Keys: v.array(v.unknown()) })),
});

function keys({ request }: { request: unknown }): number {
  return Object.values(v.parse(batch, request).RequestItems).reduce((sum, { Keys }) => sum + Keys.length, 0);
}
