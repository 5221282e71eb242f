/** The lease of a WorkSpace: who gets it, who gives it back, and what it remembers. */
import type { DesktopRecord } from '../../../functions/policy/lease.ts';
import {
  at,
  type Engine,
  executionId,
  moveClock,
  type Scenario,
  tally,
  together,
  WRITERS,
  workspaceId,
} from './engine.ts';
import { A, B, C, claim, claimed, DAY, ID, ITEM, LEASE, SEEN } from './workspace.ts';

/** All take the lease of one WorkSpace, on the same reading of its record. */
async function allTake(engine: Engine, seen: DesktopRecord | undefined) {
  const { takeLease, readRecord } = engine.product;
  const taken = await together(engine, 'UpdateItem', (n) => takeLease(ID, executionId(n), seen));
  const record = await readRecord(ID);
  const isHolder = record?.holder === executionId(taken.indexOf(true));
  return { taken: tally(taken), atOnce: engine.wire.atOnce, isHolder, fence: record?.fence };
}

export const LEASES: Scenario[] = [
  {
    name: 'a lease is taken without a record, and once',
    same: 'conversation',
    run: async (engine) => {
      const { takeLease } = engine.product;
      const taken = [await takeLease(ID, A, undefined), await takeLease(ID, B, undefined)];
      return { taken, items: await engine.items() };
    },
    expected: {
      taken: [true, false],
      items: { [ITEM]: { holder: A, fence: 1, lastAttempt: 0, ...LEASE } },
    },
  },
  {
    name: 'a lease is taken over on a fresh reading, not on a stale one, nor over a claim made meanwhile',
    same: 'conversation',
    run: async (engine) => {
      const { takeLease, readRecord } = engine.product;
      const taken = [await takeLease(ID, A, undefined)];
      const first = await readRecord(ID);
      taken.push(await takeLease(ID, B, first), await takeLease(ID, C, first));
      const second = await readRecord(ID);
      const claims = [await claim(engine, B, { fence: 2, rung: 'reboot' })];
      taken.push(await takeLease(ID, C, second), await takeLease(ID, C, await readRecord(ID)));
      claims.push(await claim(engine, B, { fence: 2, number: 2 }));
      return { taken, claims, record: await readRecord(ID) };
    },
    expected: {
      taken: [true, true, false, false, true],
      claims: ['claimed', 'lease-lost'],
      record: {
        holder: C,
        fence: 3,
        leaseUntil: LEASE.leaseUntil,
        ...claimed(`token of ${B}`, 'reboot'),
        lastAttempt: 0,
        attempts: undefined,
        seen: SEEN,
        rebuilds: [],
        requests: [],
      },
    },
  },
  {
    name: `${WRITERS} at once take the lease of a new WorkSpace: one has it`,
    same: 'outcome',
    run: (engine) => allTake(engine, undefined),
    expected: { taken: { true: 1, false: 49 }, atOnce: 50, isHolder: true, fence: 1 },
  },
  {
    name: `${WRITERS} at once take over the same lease: one has it`,
    same: 'outcome',
    run: async (engine) => {
      await engine.product.takeLease(ID, A, undefined);
      return allTake(engine, await engine.product.readRecord(ID));
    },
    expected: { taken: { true: 1, false: 49 }, atOnce: 50, isHolder: true, fence: 2 },
  },
  {
    name: 'when the answer to the lease was lost, the record tells that the lease is ours',
    same: 'conversation',
    run: async (engine) => {
      engine.wire.loseAnswer('UpdateItem');
      const taken = await engine.product.takeLease(ID, A, undefined);
      return { taken, holder: (await engine.product.readRecord(ID))?.holder };
    },
    expected: { taken: false, holder: A },
  },
  {
    name: 'a lease is given back by its holder, and once',
    same: 'conversation',
    run: async (engine) => {
      const { takeLease, releaseLease } = engine.product;
      const released = [await releaseLease(ID, A, at(1))];
      await takeLease(ID, A, undefined);
      released.push(await releaseLease(ID, B, at(1)));
      released.push(await releaseLease(ID, A, at(2)), await releaseLease(ID, A, at(3)));
      return { released, items: await engine.items() };
    },
    expected: {
      released: [false, false, true, false],
      items: { [ITEM]: { fence: 1, lastAttempt: 0, closedAt: at(2), closedBy: A, ...LEASE } },
    },
  },
  {
    name: `${WRITERS} at once give one lease back: one has done it`,
    same: 'outcome',
    run: async (engine) => {
      const { takeLease, releaseLease } = engine.product;
      await takeLease(ID, A, undefined);
      const released = await together(engine, 'UpdateItem', (n) => releaseLease(ID, A, at(n)));
      const closedAt = (await engine.items())[ITEM]?.closedAt;
      return { released: tally(released), isTime: closedAt === at(released.indexOf(true)) };
    },
    expected: { released: { true: 1, false: 49 }, isTime: true },
  },
  {
    name: 'the next lease remembers the rebuilds of a week, and forgets them after it',
    same: 'conversation',
    run: async (engine) => {
      const { takeLease, readRecord, releaseLease } = engine.product;
      const history: unknown[] = [];
      await takeLease(ID, A, undefined);
      await claim(engine, A, { number: 1, at: at(-8 * DAY) });
      await claim(engine, A, { number: 2, at: at(-6 * DAY) });
      await claim(engine, A, { number: 3, at: at(-DAY) });
      await releaseLease(ID, A, at(0));
      for (const after of [0, 3 * DAY, 7 * DAY]) {
        moveClock(after);
        await takeLease(ID, B, await readRecord(ID));
        const { rebuilds, requests } = (await engine.items())[ITEM] ?? {};
        history.push([rebuilds, requests]);
      }
      return history;
    },
    expected: [
      [[at(-6 * DAY), at(-DAY)], undefined],
      [[at(-DAY)], undefined],
      [undefined, undefined],
    ],
  },
  {
    name: `${WRITERS} WorkSpaces at once: each reads what it has just written`,
    same: 'outcome',
    run: async (engine) => {
      const { takeLease, readRecord, releaseLease } = engine.product;
      const lives = await together(engine, 'UpdateItem', async (n) => {
        const [id, me] = [workspaceId(n), executionId(n)];
        await takeLease(id, me, undefined);
        const taken = await readRecord(id);
        await claim(engine, me, { workspaceId: id, at: at(n) });
        const during = await readRecord(id);
        await releaseLease(id, me, at(n));
        const after = await readRecord(id);
        const read = [taken?.holder, during?.requestedAt, after?.holder, after?.closedAt];
        return read.join() === [me, at(n), undefined, at(n)].join();
      });
      return { lives: tally(lives), atOnce: engine.wire.atOnce };
    },
    expected: { lives: { true: 50 }, atOnce: 50 },
  },
];
