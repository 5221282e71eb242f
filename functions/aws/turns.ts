/** The item that holds who may act now and who waits, changed under its version. */
import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { type Place, type Turns, takeTurn } from '../policy/turns.ts';
import { RECORD_SECONDS, textSetting } from '../settings.ts';
import { dynamodb } from './dynamodb.ts';
import { epochSeconds, key } from './table.ts';

const KEY = { id: { S: 'TURNS' } };

/** Keys that one `BatchGetItem` takes (API reference). */
const BATCH = 100;

/** Readings of the item before the turn is asked for again later. */
const TRIES = 5;

const places = v.array(v.object({ workspaceId: v.string(), executionId: v.string() }));
const turnsItem = v.object({
  version: v.object({ N: v.string() }),
  turns: v.pipe(
    v.object({ S: v.string() }),
    v.transform(({ S }): unknown => JSON.parse(S)),
    v.object({ permits: places, waiting: places }),
  ),
});
const leaseItem = v.object({
  id: v.object({ S: v.string() }),
  holder: v.optional(v.object({ S: v.string() })),
  leaseUntil: v.optional(v.object({ N: v.string() })),
});

/** `ahead`: how many are before it in the queue. `full`: the queue takes no more. */
export type TurnAnswer = { kind: 'granted' } | { kind: 'waiting'; ahead: number } | { kind: 'full' | 'busy' };

/**
 * Asks for a turn: a permit counts as long as the lease of its execution, and needs nobody to give it back.
 * @throws DynamoDBServiceException, ValiError
 */
export async function askForTurn(me: Place, maximum: number): Promise<TurnAnswer> {
  for (let tries = 0; tries < TRIES; tries++) {
    const { turns, version } = await read();
    let turn = takeTurn(turns, me, undefined, maximum);
    if (turn.kind === 'ask') turn = takeTurn(turns, me, await alive(turn.places), maximum);
    if (turn.kind === 'full' || turn.kind === 'ask') return { kind: 'full' };
    const isChanged = JSON.stringify(turn.turns) !== JSON.stringify(turns);
    if (!isChanged || (await write(turn.turns, version))) return turn;
  }
  return { kind: 'busy' };
}

async function read(): Promise<{ turns: Turns; version: number }> {
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: textSetting('TABLE_NAME'), Key: KEY, ConsistentRead: true }),
  );
  if (!Item) return { turns: { permits: [], waiting: [] }, version: 0 };
  const { turns, version } = v.parse(turnsItem, Item);
  return { turns, version: Number(version.N) };
}

async function write(turns: Turns, version: number): Promise<boolean> {
  try {
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: textSetting('TABLE_NAME'),
        Key: KEY,
        UpdateExpression: 'SET turns = :turns, version = :next, expiration = :expiration',
        ConditionExpression: version === 0 ? 'attribute_not_exists(id)' : 'version = :version',
        ExpressionAttributeValues: {
          ':turns': { S: JSON.stringify(turns) },
          ':next': { N: String(version + 1) },
          ':expiration': { N: String(epochSeconds() + RECORD_SECONDS) },
          ...(version !== 0 && { ':version': { N: String(version) } }),
        },
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

/** Those executions that hold the lease of their WorkSpace. */
async function alive(asked: readonly Place[]): Promise<Set<string>> {
  const table = textSetting('TABLE_NAME');
  const found = new Set<string>();
  const ids = [...new Set(asked.map(({ workspaceId }) => workspaceId))];
  for (let from = 0; from < ids.length; from += BATCH) {
    const { Responses, UnprocessedKeys } = await dynamodb.send(
      new BatchGetItemCommand({
        RequestItems: { [table]: { ConsistentRead: true, Keys: ids.slice(from, from + BATCH).map(key) } },
      }),
    );
    if (UnprocessedKeys?.[table]) throw new Error('DynamoDB left keys unprocessed.');
    for (const item of Responses?.[table] ?? []) {
      const { holder, leaseUntil } = v.parse(leaseItem, item);
      if (holder && Number(leaseUntil?.N) > epochSeconds()) found.add(holder.S);
    }
  }
  return found;
}
