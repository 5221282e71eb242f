/** Answers to the repeats of an attempt (Powertools), and the step that makes one. */
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import type { Incident } from '../../../functions/incident.ts';
import { brokenDesktop } from '../../../local/stories/samples.ts';
import {
  at,
  contextWith,
  type Engine,
  executionId,
  moveClock,
  type Scenario,
  START,
  seconds,
  tally,
  together,
  WRITERS,
} from './engine.ts';

const DAY = 86_400;
const KEY = { executionId: executionId('a'), attempt: 1, checkedAt: at(0) };

/** An attempt that counts its runs, and what `oncePerAttempt` makes of it. */
function counted({ product }: Engine, attempt: (run: number) => Promise<unknown>, remaining = 30_000) {
  const state = { runs: 0 };
  const once = product.oncePerAttempt(() => {
    state.runs++;
    return attempt(state.runs);
  }, contextWith(remaining));
  return { state, once };
}

const nameOf = (error: unknown) => (error instanceof Error ? error.name : 'no error');
const outcome = (promise: Promise<unknown>) => promise.then((value) => value, nameOf);

/** The records, without their ids, which are hashes. */
const records = async (engine: Engine) => Object.values(await engine.items());

export const IDEMPOTENCY: Scenario[] = [
  {
    name: 'a repeat gets the stored result for a day, another attempt runs',
    same: 'writes',
    run: async (engine) => {
      const { state, once } = counted(engine, async (run) => ({ run, detail: 'AWS accepted the request.' }));
      const results = [await once(KEY), await once(KEY)];
      const first = await records(engine);
      results.push(await once({ ...KEY, attempt: 2 }));
      moveClock(DAY);
      results.push(await once(KEY));
      moveClock(DAY + 0.001);
      results.push(await once(KEY));
      return { results, runs: state.runs, first };
    },
    expected: {
      results: [1, 1, 2, 1, 3].map((run) => ({ run, detail: 'AWS accepted the request.' })),
      runs: 3,
      first: [
        {
          data: { run: 1, detail: 'AWS accepted the request.' },
          status: 'COMPLETED',
          expiration: seconds(START) + DAY,
          in_progress_expiration: START + 30_000,
        },
      ],
    },
  },
  {
    name: 'an attempt that throws leaves no record, and runs again',
    same: 'writes',
    run: async (engine) => {
      const { state, once } = counted(engine, async (run) => {
        if (run === 1) throw new RangeError('Not now.');
        return run;
      });
      const first = await outcome(once(KEY));
      const left = await records(engine);
      return { first, left, again: await once(KEY), runs: state.runs };
    },
    expected: { first: 'RangeError', left: [], again: 2, runs: 2 },
  },
  {
    name: 'an attempt under way is not run again before its time has run out',
    same: 'writes',
    run: async (engine) => {
      let finish = () => {};
      const { state, once } = counted(
        engine,
        async (run) => {
          if (run === 1) {
            await new Promise<void>((resolve) => {
              finish = resolve;
            });
          }
          return run;
        },
        1_000,
      );
      const hanging = once(KEY);
      while (state.runs === 0) await new Promise((resolve) => setImmediate(resolve));
      const left = await records(engine);
      const results = [await outcome(once(KEY))];
      moveClock(1);
      results.push(await outcome(once(KEY)));
      moveClock(1.001);
      results.push(await outcome(once(KEY)));
      finish();
      await hanging;
      return { left, results, runs: state.runs };
    },
    expected: {
      left: [
        { status: 'INPROGRESS', expiration: seconds(START) + DAY, in_progress_expiration: START + 1_000 },
      ],
      results: ['IdempotencyAlreadyInProgressError', 'IdempotencyAlreadyInProgressError', 2],
      runs: 2,
    },
  },
  {
    name: `${WRITERS} at once run one attempt: it runs once`,
    same: 'outcome',
    run: async (engine) => {
      let finish = () => {};
      const others = new Promise<void>((resolve) => {
        finish = resolve;
      });
      let answered = 0;
      const { state, once } = counted(engine, async (run) => {
        await others;
        return run;
      });
      const results = await together(engine, 'PutItem', async () => {
        const result = await outcome(once(KEY));
        // The one that runs ends when all others have their answer.
        if (++answered === WRITERS - 1) finish();
        return result;
      });
      return {
        results: tally(results),
        runs: state.runs,
        atOnce: engine.wire.atOnce,
        repeat: await once(KEY),
      };
    },
    expected: {
      results: { 1: 1, IdempotencyAlreadyInProgressError: 49 },
      runs: 1,
      atOnce: WRITERS,
      repeat: 1,
    },
  },
  {
    name: `${WRITERS} deliveries of one attempt, and ${WRITERS} more with its record gone: one RebuildWorkspaces`,
    same: 'outcome',
    run: async (engine) => {
      const { workspaceId } = brokenDesktop();
      await engine.product.takeLease(workspaceId, KEY.executionId, undefined);
      const incident: Incident = {
        version: 2,
        course: {},
        execution: { id: KEY.executionId, name: 'a', startTime: at(0) },
        request: { source: 'manual', workspaceId, reason: 'test', force: false, dryRun: false, override: [] },
        fence: 1,
        seen: { at: at(0), state: 'UNHEALTHY' },
        next: { rung: 'rebuild' },
      };
      const deliver = async () => {
        const deliveries = together(engine, 'PutItem', () =>
          engine.product.act(incident, contextWith(30_000)),
        );
        return (await deliveries).map(({ attempt, decision }) => attempt?.result ?? decision?.reason);
      };
      const sent = () =>
        engine.desktops.calls.filter(({ operation }) => operation === 'RebuildWorkspaces').length;
      const first = await deliver();
      const counts = [sent()];
      await forget(engine);
      const second = tally(await deliver());
      return { isAccepted: first.includes('accepted'), second, sent: [...counts, sent()] };
    },
    // Nobody knows what became of a request whose record is gone: polling settles it.
    expected: { isAccepted: true, second: { unknown: WRITERS }, sent: [1, 1] },
  },
];

/** Deletes what Powertools remembers, as it does itself once a record has expired. */
async function forget(engine: Engine): Promise<void> {
  const TableName = process.env.TABLE_NAME;
  for (const { id } of await engine.scan()) {
    if (id?.S?.startsWith('attempt'))
      await engine.client.send(new DeleteItemCommand({ TableName, Key: { id } }));
  }
}
