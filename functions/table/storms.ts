/** What the table knows about a directory: the incidents opened in it lately, and the last storm. */
import * as v from 'valibot';
import type { Storm } from '../policy/storm.ts';
import { RECORD_SECONDS } from '../settings.ts';
import { epochSeconds, readMany, texts, update, updateIf } from './item.ts';

/** Incidents are counted in two periods, in seconds: the one under way and the one before it. */
const PERIOD = 600;

/** More than any setting allows: from here on the number makes no difference, and the item stays small. */
const COUNTED = 501;

const incidentsId = (directoryId: string, period: number) => `INCIDENTS#${directoryId}#${period}`;
const stormId = (directoryId: string) => `STORM#${directoryId}`;
const periodNow = () => Math.floor(epochSeconds() / PERIOD);

const stormItem = v.object({ seenAt: v.number(), until: v.number(), openedBy: v.string() });
const incidentsItem = v.object({ workspaceIds: texts });

/** Notes an incident; the same WorkSpace counts once. @throws AwsUnavailable, DynamoDBServiceException */
export async function noteIncident(directoryId: string, workspaceId: string): Promise<void> {
  await updateIf(incidentsId(directoryId, periodNow()), {
    UpdateExpression: 'ADD workspaceIds :one SET expiration = :expiration',
    ConditionExpression: 'attribute_not_exists(workspaceIds) OR size(workspaceIds) < :counted',
    values: {
      ':one': [workspaceId],
      ':counted': COUNTED,
      ':expiration': epochSeconds() + 10 * PERIOD,
    },
  });
}

/** The last storm, and how many WorkSpaces had an incident in the last minutes. @throws AwsUnavailable, DynamoDBServiceException, ValiError */
export async function readDirectory(
  directoryId: string,
): Promise<{ storm?: Storm | undefined; incidents: number }> {
  const period = periodNow();
  const storm = stormId(directoryId);
  const periods = [incidentsId(directoryId, period), incidentsId(directoryId, period - 1)];
  const items = await readMany([storm, ...periods]);
  const broken = periods.flatMap(
    (id) => v.parse(v.optional(incidentsItem), items.get(id))?.workspaceIds ?? [],
  );
  return { incidents: new Set(broken).size, storm: v.parse(v.optional(stormItem), items.get(storm)) };
}

/**
 * Notes that there is a storm; the name of the execution that saw it first, and so tells of it.
 * @throws AwsUnavailable, DynamoDBServiceException
 */
export async function noteStorm(
  directoryId: string,
  executionName: string,
  cooldownSeconds: number,
): Promise<string> {
  const now = epochSeconds();
  const id = stormId(directoryId);
  const UpdateExpression = 'SET seenAt = :now, #until = :until, expiration = :expiration';
  const names = { '#until': 'until' };
  const values = {
    ':now': now,
    ':until': now + cooldownSeconds,
    ':expiration': now + RECORD_SECONDS,
  };
  const isFirst = await updateIf(id, {
    UpdateExpression: `${UpdateExpression}, openedBy = :me`,
    ConditionExpression: 'attribute_not_exists(id) OR #until < :now OR openedBy = :me',
    names,
    values: { ...values, ':me': executionName },
  });
  if (isFirst) return executionName;
  return v.parse(stormItem, await update(id, { UpdateExpression, names, values })).openedBy;
}
