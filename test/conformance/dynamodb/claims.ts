/** The claim of an attempt: who may send a request, and what the history says of it. */
import type { Asked } from '../../../functions/incident.ts';
import { at, type Engine, executionId, type Scenario, tally, together, WRITERS } from './engine.ts';
import { errorOf } from './wire.ts';
import { A, B, claim, claimed, ID, ITEM, LEASE } from './workspace.ts';

/** Notes what AWS answered to a rebuild. */
const answer = (
  { product }: Engine,
  holder: string,
  number: number,
  result: Asked['result'],
  claimedAt = at(number),
): Promise<void> =>
  product.noteAnswer(ID, holder, { number, rung: 'rebuild', claimedAt, result, detail: 'Why.' }, []);

export const CLAIMS: Scenario[] = [
  {
    name: 'a claim is made once, again by its own token, and by nobody without the lease',
    same: 'conversation',
    run: async (engine) => {
      const withoutRecord = await claim(engine, A);
      await engine.product.takeLease(ID, A, undefined);
      return {
        withoutRecord,
        otherHolder: await claim(engine, B),
        otherFence: await claim(engine, A, { fence: 2 }),
        first: await claim(engine, A, { token: 't1' }),
        sameToken: await claim(engine, A, { token: 't1' }),
        otherToken: await claim(engine, A, { token: 't2' }),
        next: await claim(engine, A, { token: 't3', number: 2 }),
        earlier: await claim(engine, A, { token: 't4', number: 1 }),
        items: await engine.items(),
      };
    },
    expected: {
      withoutRecord: 'lease-lost',
      otherHolder: 'lease-lost',
      otherFence: 'lease-lost',
      first: 'claimed',
      sameToken: 'claimed',
      otherToken: 'claimed-before',
      next: 'claimed',
      earlier: 'claimed-before',
      items: { [ITEM]: { holder: A, fence: 1, ...LEASE, ...claimed('t3', 'rebuild', 2), requests: [at(0)] } },
    },
  },
  {
    name: `${WRITERS} at once claim one attempt: one may send`,
    same: 'outcome',
    run: async (engine) => {
      await engine.product.takeLease(ID, A, undefined);
      const claims = await together(engine, 'UpdateItem', (n) => claim(engine, A, { token: `t${n}` }));
      const { claimToken, requests } = (await engine.items())[ITEM] ?? {};
      const isOurs = claimToken === `t${claims.indexOf('claimed')}`;
      return { claims: tally(claims), atOnce: engine.wire.atOnce, isOurs, requests };
    },
    expected: { claims: { claimed: 1, 'claimed-before': 49 }, atOnce: 50, isOurs: true, requests: [at(0)] },
  },
  {
    name: 'when the answer to a write was lost, the token tells that the claim is ours',
    same: 'conversation',
    run: async (engine) => {
      await engine.product.takeLease(ID, A, undefined);
      engine.wire.clear();
      engine.wire.loseAnswer('UpdateItem');
      const own = await claim(engine, A, { token: 't1' });
      return { own, writes: engine.wire.exchanges.map((said) => errorOf(said) ?? said.operation) };
    },
    expected: { own: 'claimed', writes: ['UpdateItem', 'ConditionalCheckFailedException', 'GetItem'] },
  },
  {
    name: '25 claim while 25 take the lease over: either one claim or one new holder',
    same: 'outcome',
    run: async (engine) => {
      const { takeLease, readRecord } = engine.product;
      await takeLease(ID, A, undefined);
      const seen = await readRecord(ID);
      const results = await together(engine, 'UpdateItem', async (n) =>
        n % 2 === 0
          ? (await claim(engine, A, { token: `t${n}` })) === 'claimed'
          : takeLease(ID, executionId(n), seen),
      );
      const record = await readRecord(ID);
      const isClaimed = results.indexOf(true) % 2 === 0;
      return {
        results: tally(results),
        fits: isClaimed ? record?.holder === A && record.lastAttempt === 1 : record?.lastAttempt === 0,
        fence: record?.fence === (isClaimed ? 1 : 2),
      };
    },
    expected: { results: { true: 1, false: 49 }, fits: true, fence: true },
  },
  {
    name: 'a reboot leaves no request in the history, a restore and a rebuild do',
    same: 'conversation',
    run: async (engine) => {
      await engine.product.takeLease(ID, A, undefined);
      const history: unknown[] = [];
      for (const [index, rung] of (['reboot', 'restore', 'rebuild'] as const).entries()) {
        await claim(engine, A, { number: index + 1, rung, at: at(index) });
        history.push((await engine.items())[ITEM]?.requests);
      }
      return history;
    },
    expected: [undefined, [at(1)], [at(1), at(2)]],
  },
  {
    name: 'an answer is noted by the holder, for the last attempt; a refusal takes its request out of the history',
    same: 'conversation',
    run: async (engine) => {
      const { takeLease, readRecord } = engine.product;
      const history: unknown[] = [];
      const look = async () => {
        const { requests, requestRefused } = (await engine.items())[ITEM] ?? {};
        history.push([requests, requestRefused, (await readRecord(ID))?.attempts?.at(-1)?.result]);
      };
      await takeLease(ID, A, undefined);
      await claim(engine, A, { number: 1, at: at(1) });
      await claim(engine, A, { number: 2, at: at(2) });
      await answer(engine, B, 2, 'refused');
      await answer(engine, A, 1, 'refused');
      await look();
      await answer(engine, A, 2, 'accepted');
      await look();
      await answer(engine, A, 2, 'refused');
      await look();
      await answer(engine, A, 2, 'refused', at(1));
      await look();
      // There is no set any more.
      await answer(engine, A, 2, 'refused', at(1));
      await look();
      return history;
    },
    expected: [
      [[at(1), at(2)], false, 'unknown'],
      [[at(1), at(2)], false, 'accepted'],
      [[at(1)], true, 'refused'],
      [undefined, true, 'refused'],
      [undefined, true, 'refused'],
    ],
  },
];
