/**
 * One item per WorkSpace: the lease, the claim of the attempt under way, and what the last incident left. Lease
 * and claim share an item so that one conditional write checks both.
 */
import * as v from 'valibot';
import { type Asked, asked } from '../incident.ts';
import { type Observation, observation } from '../observation.ts';
import { type DesktopRecord, rebuildsOf } from '../policy/lease.ts';
import { secondsBetween } from '../policy/pacing.ts';
import { RUNG_FACTS } from '../rungs.ts';
import { LEASE_SECONDS, RECORD_SECONDS } from '../settings.ts';
import { epochSeconds, json, read, readMany, texts, updateIf } from './item.ts';

const idOf = (workspaceId: string) => `WORKSPACE#${workspaceId}`;

const text = v.optional(v.string());
const number = v.optional(v.number(), 0);
const record = v.object({
  holder: text,
  leaseUntil: number,
  fence: number,
  lastAttempt: number,
  claimToken: text,
  requestedAt: text,
  requestRefused: v.optional(v.boolean(), false),
  rebuilds: texts,
  requests: texts,
  attempts: v.optional(json(v.array(asked))),
  seen: v.optional(json(observation)),
  closedAt: text,
  closedBy: text,
  wokenAt: text,
});

/** What the table knows about a WorkSpace. @throws AwsUnavailable, DynamoDBServiceException, ValiError */
export async function readRecord(workspaceId: string): Promise<v.InferOutput<typeof record> | undefined> {
  return v.parse(v.optional(record), await read(idOf(workspaceId)));
}

const lease = v.object({ holder: text, leaseUntil: number });

/** The executions that hold the lease of one of these WorkSpaces. @throws AwsUnavailable, DynamoDBServiceException, ValiError */
export async function holdersOf(workspaceIds: readonly string[]): Promise<Set<string>> {
  const items = await readMany([...new Set(workspaceIds)].map(idOf));
  const now = epochSeconds();
  const leases = [...items.values()].map((item) => v.parse(lease, item));
  return new Set(leases.flatMap(({ holder, leaseUntil }) => (holder && leaseUntil > now ? [holder] : [])));
}

/**
 * Takes the lease of a WorkSpace whose record reads as given; false when it changed meanwhile.
 * @throws AwsUnavailable, DynamoDBServiceException
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
  return updateIf(idOf(workspaceId), {
    UpdateExpression: `SET holder = :me, leaseUntil = :until, fence = :next, lastAttempt = :zero, expiration = :expiration${remembered}`,
    // A claim leaves the fence as it is: without the second condition it could be overlooked.
    ConditionExpression: seen ? 'fence = :seen AND lastAttempt = :claimed' : 'attribute_not_exists(id)',
    values: {
      ':me': executionId,
      ':until': now + LEASE_SECONDS,
      ':next': (seen?.fence ?? 0) + 1,
      ':zero': 0,
      ...(rebuilds.length > 0 && { ':rebuilds': rebuilds }),
      ':expiration': now + RECORD_SECONDS,
      ...(seen && { ':seen': seen.fence, ':claimed': seen.lastAttempt }),
    },
  });
}

export type Claim = 'claimed' | 'claimed-before' | 'lease-lost';

/**
 * Claims one attempt, before its request leaves: whoever is told `claimed` may send, nobody else ever may.
 * `token` is unique to this run: when the answer to our own write was lost, the SDK's repeat of it fails its
 * condition, and the token tells that the claim is ours. `earlier` are the attempts before it: with the claim the table
 * has all that is said of an incident whose execution is stopped.
 * @throws AwsUnavailable, DynamoDBServiceException
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
  const isWaking = attempt.rung === 'start';
  const claimed = await updateIf(idOf(workspaceId), {
    UpdateExpression: `SET lastAttempt = :attempt, claimToken = :token, requestedAt = :at, requestRefused = :no, attempts = :attempts, seen = :seen, expiration = :expiration${isWaking ? ', wokenAt = :at' : ''}${losesData ? ' ADD requests :request' : ''}`,
    ConditionExpression: 'holder = :me AND fence = :fence AND lastAttempt < :attempt',
    values: {
      ':me': lease.executionId,
      ':fence': lease.fence,
      ':attempt': attempt.number,
      ':token': token,
      ':at': attempt.claimedAt,
      ':attempts': attemptsOf(earlier, { ...attempt, result: 'unknown', detail: '' }),
      ...(losesData && { ':request': [attempt.claimedAt] }),
      ':no': false,
      ':seen': JSON.stringify(seen),
      ':expiration': epochSeconds() + RECORD_SECONDS,
    },
  });
  if (claimed) return 'claimed';
  const found = await readRecord(workspaceId);
  if (found?.holder !== lease.executionId || found.fence !== lease.fence) return 'lease-lost';
  return found.claimToken === token ? 'claimed' : 'claimed-before';
}

type Answered = Pick<Asked, 'number' | 'rung' | 'claimedAt' | 'dataFrom' | 'result' | 'detail'>;

/** Every attempt of an incident, the last one as it is before anybody has looked. */
const attemptsOf = (earlier: readonly Asked[], last: Answered): string =>
  JSON.stringify([
    ...earlier,
    { ...last, seenUnderWay: false, changed: false, spent: false } satisfies Asked,
  ]);

/**
 * Notes what AWS answered to an attempt: people are told of it if this execution is stopped, and nobody waits for one
 * that was refused to show, or counts it. `earlier` are the attempts before it, as when it was claimed.
 * @throws AwsUnavailable, DynamoDBServiceException
 */
export async function noteAnswer(
  workspaceId: string,
  executionId: string,
  attempt: Answered,
  earlier: readonly Asked[],
): Promise<void> {
  const isRefused = attempt.result === 'refused';
  const noWake = attempt.rung === 'start' ? ' REMOVE wokenAt' : '';
  const undone = isRefused ? `${noWake} DELETE requests :request` : '';
  await updateIf(idOf(workspaceId), {
    UpdateExpression: `SET requestRefused = :refused, attempts = :attempts${undone}`,
    ConditionExpression: 'holder = :me AND lastAttempt = :attempt',
    values: {
      ':me': executionId,
      ':attempt': attempt.number,
      ':refused': isRefused,
      ':attempts': attemptsOf(earlier, attempt),
      ...(isRefused && { ':request': [attempt.claimedAt] }),
    },
  });
}

/**
 * Notes somebody's restore or rebuild that was read as under way, as if it were ours: once, also when it is read again by
 * the next incident, or was asked for by an earlier one. `deadlineSeconds`: none takes longer.
 * @throws AwsUnavailable, DynamoDBServiceException, ValiError
 */
export async function noteRemedy(
  workspaceId: string,
  executionId: string,
  at: string,
  deadlineSeconds: number,
): Promise<void> {
  const { rebuilds = [] } = (await readRecord(workspaceId)) ?? {};
  if (rebuilds.some((known) => secondsBetween(known, at) < deadlineSeconds)) return;
  await updateIf(idOf(workspaceId), {
    UpdateExpression: 'ADD rebuilds :one',
    ConditionExpression: 'holder = :me',
    values: { ':me': executionId, ':one': [at] },
  });
}

/**
 * Gives the lease back and notes when the incident ended: alarms up to then were its own. False when the lease was
 * not held any more.
 * @throws AwsUnavailable, DynamoDBServiceException
 */
export async function releaseLease(
  workspaceId: string,
  executionId: string,
  closedAt: string,
): Promise<boolean> {
  return updateIf(idOf(workspaceId), {
    UpdateExpression: 'SET closedAt = :at, closedBy = :me REMOVE holder',
    ConditionExpression: 'holder = :me',
    values: { ':me': executionId, ':at': closedAt },
  });
}
