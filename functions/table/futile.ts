/** What became of the last rebuilds and restores of a directory, and who has told that they do not help. */
import * as v from 'valibot';
import { type Finished, remembered } from '../policy/futile.ts';
import { epochSeconds, json, read, updateIf, updateVersion } from './item.ts';

/** Writings before it is left: many may end at the same time. */
const TRIES = 5;

const idOf = (directoryId: string) => `FUTILE#${directoryId}`;

const remedy = v.object({ id: v.string(), at: v.string(), workspaceId: v.string(), helped: v.boolean() });
const futileItem = v.object({
  version: v.number(),
  finished: json(v.array(remedy)),
  toldBy: v.optional(v.string()),
});

/** Others changed the item each time. */
class FutileContentionError extends Error {
  override readonly name = 'FutileContentionError';
}

const readItem = async (directoryId: string) =>
  v.parse(v.optional(futileItem), await read(idOf(directoryId)));

/** The rebuilds and restores that are over, the oldest first. @throws AwsUnavailable, DynamoDBServiceException, ValiError */
export async function readFinished(directoryId: string): Promise<readonly Finished[]> {
  return (await readItem(directoryId))?.finished ?? [];
}

/**
 * Notes rebuilds and restores that are over, each once. One that helped ends what people were told: the next time they
 * are told again.
 * @throws AwsUnavailable, DynamoDBServiceException, ValiError, FutileContentionError
 */
export async function noteFinished(directoryId: string, more: readonly Finished[]): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    const { finished: before = [], version = 0 } = (await readItem(directoryId)) ?? {};
    const finished = remembered(before, more);
    if (finished === before) return;
    const isWritten = await updateVersion(idOf(directoryId), version, {
      set: 'finished = :finished',
      remove: finished.at(-1)?.helped ? ' REMOVE toldBy, toldAt' : '',
      values: { ':finished': JSON.stringify(finished) },
    });
    if (isWritten) return;
  }
  throw new FutileContentionError(`The remedies of ${directoryId} changed ${TRIES} times meanwhile.`);
}

/**
 * The execution that tells that remedies in a directory do not help: this one, unless another has told within so many
 * seconds.
 * @throws AwsUnavailable, DynamoDBServiceException, ValiError
 */
export async function tellerOf(
  directoryId: string,
  executionName: string,
  quietSeconds: number,
): Promise<string> {
  const now = epochSeconds();
  const isMine = await updateIf(idOf(directoryId), {
    UpdateExpression: 'SET toldBy = :me, toldAt = :now',
    ConditionExpression:
      'attribute_exists(id) AND (attribute_not_exists(toldBy) OR toldAt < :before OR toldBy = :me)',
    values: { ':me': executionName, ':now': now, ':before': now - quietSeconds },
  });
  if (isMine) return executionName;
  return (await readItem(directoryId))?.toldBy ?? executionName;
}
