/**
 * One item per WorkSpace: the lease, the claim of the attempt under way, and what the last incident left. Lease
 * and claim share an item so that one conditional write checks both.
 */
import {
  ConditionalCheckFailedException,
  GetItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { type Asked, asked, type Observation, observation } from '../incident.ts';
import { type DesktopRecord, rebuildsOf } from '../policy/lease.ts';
import { RUNG_FACTS } from '../rungs.ts';
import { LEASE_SECONDS, RECORD_SECONDS, textSetting } from '../settings.ts';
import { dynamodb } from './dynamodb.ts';

const text = v.optional(
  v.pipe(
    v.object({ S: v.string() }),
    v.transform(({ S }) => S),
  ),
);
const number = v.optional(
  v.pipe(
    v.object({ N: v.string() }),
    v.transform(({ N }) => Number(N)),
  ),
  { N: '0' },
);
const flag = v.optional(
  v.pipe(
    v.object({ BOOL: v.boolean() }),
    v.transform(({ BOOL }) => BOOL),
  ),
  { BOOL: false },
);
const texts = v.optional(
  v.pipe(
    v.object({ SS: v.array(v.string()) }),
    v.transform(({ SS }) => SS),
  ),
  { SS: [] },
);
const item = v.object({
  holder: text,
  leaseUntil: number,
  fence: number,
  lastAttempt: number,
  claimToken: text,
  requestedAt: text,
  requestRefused: flag,
  rebuilds: texts,
  requests: texts,
  attempts: v.optional(
    v.pipe(
      v.object({ S: v.string() }),
      v.transform(({ S }): unknown => JSON.parse(S)),
      v.array(asked),
    ),
  ),
  seen: v.optional(
    v.pipe(
      v.object({ S: v.string() }),
      v.transform(({ S }): unknown => JSON.parse(S)),
      observation,
    ),
  ),
  closedAt: text,
  closedBy: text,
});
type Item = v.InferOutput<typeof item>;

/** The key of a WorkSpace's item. */
export const key = (workspaceId: string) => ({ id: { S: `WORKSPACE#${workspaceId}` } });
export const epochSeconds = () => Math.floor(Date.now() / 1000);

async function readItem(workspaceId: string): Promise<Item | undefined> {
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: textSetting('TABLE_NAME'), Key: key(workspaceId), ConsistentRead: true }),
  );
  return Item && v.parse(item, Item);
}

/** What the table knows about a WorkSpace, read consistently. @throws DynamoDBServiceException, ValiError */
export function readRecord(workspaceId: string): Promise<DesktopRecord | undefined> {
  return readItem(workspaceId);
}

/** Writes under a condition; false when the condition does not hold. */
async function update(
  workspaceId: string,
  expression: Pick<
    UpdateItemCommandInput,
    'UpdateExpression' | 'ConditionExpression' | 'ExpressionAttributeValues'
  >,
): Promise<boolean> {
  try {
    await dynamodb.send(
      new UpdateItemCommand({ TableName: textSetting('TABLE_NAME'), Key: key(workspaceId), ...expression }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

/**
 * Takes the lease of a WorkSpace whose record reads as given; false when it changed meanwhile.
 * @throws DynamoDBServiceException
 */
export async function takeLease(
  workspaceId: string,
  executionId: string,
  seen: DesktopRecord | undefined,
): Promise<boolean> {
  const now = epochSeconds();
  const rebuilds = rebuildsOf(seen, new Date(now * 1000).toISOString());
  const remembered =
    rebuilds.length > 0
      ? ', rebuilds = :rebuilds REMOVE requests, attempts'
      : ' REMOVE requests, attempts, rebuilds';
  return update(workspaceId, {
    UpdateExpression: `SET holder = :me, leaseUntil = :until, fence = :next, lastAttempt = :zero, expiration = :expiration${remembered}`,
    // A claim leaves the fence as it is: without the second condition it could be overlooked.
    ConditionExpression: seen ? 'fence = :seen AND lastAttempt = :claimed' : 'attribute_not_exists(id)',
    ExpressionAttributeValues: {
      ':me': { S: executionId },
      ':until': { N: String(now + LEASE_SECONDS) },
      ':next': { N: String((seen?.fence ?? 0) + 1) },
      ':zero': { N: '0' },
      ...(rebuilds.length > 0 && { ':rebuilds': { SS: rebuilds } }),
      ':expiration': { N: String(now + RECORD_SECONDS) },
      ...(seen && { ':seen': { N: String(seen.fence) }, ':claimed': { N: String(seen.lastAttempt) } }),
    },
  });
}

export type Claim = 'claimed' | 'claimed-before' | 'lease-lost';

/**
 * Claims one attempt, before its request leaves: whoever is told `claimed` may send, nobody else ever may.
 * `token` is unique to this run: when the answer to our own write was lost, the SDK's repeat of it fails its
 * condition, and the token tells that the claim is ours. `earlier` are the attempts before it: with the claim the table
 * has all that is said of an incident whose execution is stopped.
 * @throws DynamoDBServiceException
 */
export async function claimAttempt(
  workspaceId: string,
  lease: { executionId: string; fence: number },
  attempt: Pick<Asked, 'number' | 'rung' | 'claimedAt' | 'dataFrom'>,
  earlier: readonly Asked[],
  seen: Observation,
  token: string,
): Promise<Claim> {
  const { losesData } = RUNG_FACTS[attempt.rung];
  const now: Asked = { ...attempt, result: 'unknown', detail: '', seenUnderWay: false, changed: false };
  const claimed = await update(workspaceId, {
    UpdateExpression: `SET lastAttempt = :attempt, claimToken = :token, requestedAt = :at, requestRefused = :no, attempts = :attempts, seen = :seen, expiration = :expiration${losesData ? ' ADD requests :request' : ''}`,
    ConditionExpression: 'holder = :me AND fence = :fence AND lastAttempt < :attempt',
    ExpressionAttributeValues: {
      ':me': { S: lease.executionId },
      ':fence': { N: String(lease.fence) },
      ':attempt': { N: String(attempt.number) },
      ':token': { S: token },
      ':at': { S: attempt.claimedAt },
      ':attempts': { S: JSON.stringify([...earlier, now]) },
      ...(losesData && { ':request': { SS: [attempt.claimedAt] } }),
      ':no': { BOOL: false },
      ':seen': { S: JSON.stringify(seen) },
      ':expiration': { N: String(epochSeconds() + RECORD_SECONDS) },
    },
  });
  if (claimed) return 'claimed';
  const found = await readItem(workspaceId);
  if (found?.holder !== lease.executionId || found.fence !== lease.fence) return 'lease-lost';
  return found.claimToken === token ? 'claimed' : 'claimed-before';
}

/** Notes that AWS refused an attempt, so that nobody waits for it to show, or counts it. @throws DynamoDBServiceException */
export async function noteRefusal(
  workspaceId: string,
  executionId: string,
  attempt: Pick<Asked, 'number' | 'claimedAt'>,
): Promise<void> {
  await update(workspaceId, {
    UpdateExpression: 'SET requestRefused = :yes DELETE requests :request',
    ConditionExpression: 'holder = :me AND lastAttempt = :attempt',
    ExpressionAttributeValues: {
      ':me': { S: executionId },
      ':attempt': { N: String(attempt.number) },
      ':yes': { BOOL: true },
      ':request': { SS: [attempt.claimedAt] },
    },
  });
}

/**
 * Gives the lease back and notes when the incident ended: alarms up to then were its own. False when the lease was
 * not held any more.
 * @throws DynamoDBServiceException
 */
export async function releaseLease(
  workspaceId: string,
  executionId: string,
  closedAt: string,
): Promise<boolean> {
  return update(workspaceId, {
    UpdateExpression: 'SET closedAt = :at, closedBy = :me REMOVE holder',
    ConditionExpression: 'holder = :me',
    ExpressionAttributeValues: { ':me': { S: executionId }, ':at': { S: closedAt } },
  });
}
