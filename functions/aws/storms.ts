/** What the table knows about a directory: the incidents opened in it lately, and the last storm. */
import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import type { Storm } from '../policy/storm.ts';
import { RECORD_SECONDS, textSetting } from '../settings.ts';
import { dynamodb } from './dynamodb.ts';
import { epochSeconds } from './table.ts';

/** Incidents are counted in two periods, in seconds: the one under way and the one before it. */
const PERIOD = 600;

/** More than any setting allows: from here on the number makes no difference, and the item stays small. */
const COUNTED = 501;

const incidentsKey = (directoryId: string, period: number) => ({
  id: { S: `INCIDENTS#${directoryId}#${period}` },
});
const stormKey = (directoryId: string) => ({ id: { S: `STORM#${directoryId}` } });
const periodNow = () => Math.floor(epochSeconds() / PERIOD);

const numeric = v.pipe(
  v.object({ N: v.string() }),
  v.transform(({ N }) => Number(N)),
);
const stormItem = v.pipe(
  v.object({ seenAt: numeric, until: numeric, openedBy: v.object({ S: v.string() }) }),
  v.transform((item): Storm => ({ ...item, openedBy: item.openedBy.S })),
);
const incidentsItem = v.object({ workspaceIds: v.object({ SS: v.array(v.string()) }) });

/** Notes an incident; the same WorkSpace counts once. @throws DynamoDBServiceException */
export async function noteIncident(directoryId: string, workspaceId: string): Promise<void> {
  await update({
    Key: incidentsKey(directoryId, periodNow()),
    UpdateExpression: 'ADD workspaceIds :one SET expiration = :expiration',
    ConditionExpression: 'attribute_not_exists(workspaceIds) OR size(workspaceIds) < :counted',
    ExpressionAttributeValues: {
      ':one': { SS: [workspaceId] },
      ':counted': { N: String(COUNTED) },
      ':expiration': { N: String(epochSeconds() + 10 * PERIOD) },
    },
  });
}

/** The last storm, and how many WorkSpaces had an incident in the last minutes. @throws DynamoDBServiceException, ValiError */
export async function readDirectory(
  directoryId: string,
): Promise<{ storm?: Storm | undefined; incidents: number }> {
  const table = textSetting('TABLE_NAME');
  const period = periodNow();
  const { Responses, UnprocessedKeys } = await dynamodb.send(
    new BatchGetItemCommand({
      RequestItems: {
        [table]: {
          ConsistentRead: true,
          Keys: [
            stormKey(directoryId),
            incidentsKey(directoryId, period),
            incidentsKey(directoryId, period - 1),
          ],
        },
      },
    }),
  );
  if (UnprocessedKeys?.[table]) throw new Error('DynamoDB left keys unprocessed.');
  const items = Responses?.[table] ?? [];
  const storm = items.find(({ id }) => id?.S?.startsWith('STORM#'));
  const ids = items
    .filter(({ id }) => id?.S?.startsWith('INCIDENTS#'))
    .flatMap((item) => v.parse(incidentsItem, item).workspaceIds.SS);
  return { incidents: new Set(ids).size, storm: storm && v.parse(stormItem, storm) };
}

/**
 * Notes that there is a storm; the name of the execution that saw it first, and so tells of it.
 * @throws DynamoDBServiceException
 */
export async function noteStorm(
  directoryId: string,
  executionName: string,
  cooldownSeconds: number,
): Promise<string> {
  const now = epochSeconds();
  const values = {
    ':now': { N: String(now) },
    ':until': { N: String(now + cooldownSeconds) },
    ':expiration': { N: String(now + RECORD_SECONDS) },
  };
  const UpdateExpression = 'SET seenAt = :now, #until = :until, expiration = :expiration';
  const shared = { Key: stormKey(directoryId), ExpressionAttributeNames: { '#until': 'until' } };
  const isFirst = await update({
    ...shared,
    UpdateExpression: `${UpdateExpression}, openedBy = :me`,
    ConditionExpression: 'attribute_not_exists(id) OR #until < :now OR openedBy = :me',
    ExpressionAttributeValues: { ...values, ':me': { S: executionName } },
  });
  if (isFirst) return executionName;
  const { Attributes } = await dynamodb.send(
    new UpdateItemCommand({
      TableName: textSetting('TABLE_NAME'),
      ...shared,
      UpdateExpression,
      ExpressionAttributeValues: values,
      ReturnValues: 'ALL_NEW',
    }),
  );
  return v.parse(stormItem, Attributes).openedBy;
}

/** Writes under a condition; false when it does not hold. */
async function update(
  input: Omit<ConstructorParameters<typeof UpdateItemCommand>[0], 'TableName'>,
): Promise<boolean> {
  try {
    await dynamodb.send(new UpdateItemCommand({ TableName: textSetting('TABLE_NAME'), ...input }));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
