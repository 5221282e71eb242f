/** The item that holds who may act now and who waits, changed under its version. */
import * as v from 'valibot';
import { type Place, type Turn, type Turns, takeTurn } from '../policy/turns.ts';
import { json, read, updateVersion } from './item.ts';
import { holdersOf } from './leases.ts';

const ID = 'TURNS';

/** Readings of the item before the turn is asked for again later. */
const TRIES = 5;

/** Executions that one pass asks about before it stops, however often the item changes meanwhile. */
const ASKED = 10;

const places = v.array(v.object({ workspaceId: v.string(), executionId: v.string() }));
const turnsItem = v.object({
  version: v.number(),
  turns: json(v.object({ permits: places, waiting: places })),
});

/** `ahead`: how many are before it in the queue. `full`: the queue takes no more. */
export type TurnAnswer = { kind: 'granted' } | { kind: 'waiting'; ahead: number } | { kind: 'full' | 'busy' };

/**
 * Asks for a turn: a permit counts as long as the lease of its execution and while that runs, and needs nobody to give it
 * back.
 * @throws AwsUnavailable, DynamoDBServiceException, SFNServiceException, ValiError
 */
export async function askForTurn(me: Place, maximum: number): Promise<TurnAnswer> {
  const budget = { asked: 0 };
  for (let tries = 0; tries < TRIES; tries++) {
    const { turns, version } = await readTurns();
    let turn = takeTurn(turns, me, undefined, maximum);
    if (turn.kind === 'ask') turn = await amongTheLiving(turns, me, turn.places, maximum, budget);
    if (turn.kind === 'full' || turn.kind === 'ask') return { kind: 'full' };
    const isChanged = JSON.stringify(turn.turns) !== JSON.stringify(turns);
    if (!isChanged || (await write(turn.turns, version))) return turn;
  }
  return { kind: 'busy' };
}

/** Its turn among those that hold their lease, less those that Step Functions says are over. */
async function amongTheLiving(
  turns: Turns,
  me: Place,
  places: Place[],
  maximum: number,
  budget: { asked: number },
): Promise<Turn> {
  // Only where the line is full is Step Functions asked: its client is not loaded before.
  const { isRunning } = await import('../aws/executions.ts');
  const alive = await holdersOf(places.map(({ workspaceId }) => workspaceId));
  let turn = takeTurn(turns, me, alive, maximum);
  while (budget.asked < ASKED && (turn.kind === 'waiting' || turn.kind === 'full')) {
    let isOver = false;
    for (const { executionId } of turn.doubtful) {
      budget.asked++;
      if (await isRunning(executionId)) continue;
      alive.delete(executionId);
      isOver = true;
    }
    if (!isOver) break;
    turn = takeTurn(turns, me, alive, maximum);
  }
  return turn;
}

async function readTurns(): Promise<{ turns: Turns; version: number }> {
  const found = v.parse(v.optional(turnsItem), await read(ID));
  return found ?? { turns: { permits: [], waiting: [] }, version: 0 };
}

const write = (turns: Turns, version: number): Promise<boolean> =>
  updateVersion(ID, version, { set: 'turns = :turns', values: { ':turns': JSON.stringify(turns) } });
