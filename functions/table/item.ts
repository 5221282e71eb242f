/** One table, one grammar: an item is read consistently, by its id, and updated under a condition. */
import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  GetItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { dynamodb } from '../aws/dynamodb.ts';
import { AwsUnavailable } from '../policy/away.ts';
import { RECORD_SECONDS, settings } from '../settings.ts';

/** Keys that one `BatchGetItem` takes (API reference). */
const BATCH = 100;

/** What an attribute holds; an array of texts is a string set. */
type Value = string | number | boolean | readonly string[];

interface Change {
  UpdateExpression: string;
  /** `ExpressionAttributeNames`: for words that DynamoDB keeps for itself. */
  names?: Record<string, string>;
  /** `ExpressionAttributeValues`, without their types. */
  values: Record<string, Value>;
}

/** Times in the table are whole seconds, as its time to live must be. */
export const epochSeconds = () => Math.floor(Date.now() / 1000);

/** A string set; DynamoDB has no empty ones, and drops the attribute. */
export const texts = v.optional(v.array(v.string()), []);

/** A text that is JSON. */
export const json = <T>(schema: v.GenericSchema<unknown, T>) =>
  v.pipe(
    v.string(),
    v.transform((text): unknown => JSON.parse(text)),
    schema,
  );

/** An item, or `undefined` where there is none. @throws AwsUnavailable, DynamoDBServiceException */
export async function read(id: string): Promise<unknown> {
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: settings().tableName, Key: keyOf(id), ConsistentRead: true }),
  );
  return itemOf(Item);
}

/** Those items that there are, by their ids. @throws AwsUnavailable, DynamoDBServiceException */
export async function readMany(ids: readonly string[]): Promise<Map<string, unknown>> {
  const table = settings().tableName;
  const found = new Map<string, unknown>();
  for (let from = 0; from < ids.length; from += BATCH) {
    const Keys = ids.slice(from, from + BATCH).map(keyOf);
    const { Responses, UnprocessedKeys } = await dynamodb.send(
      new BatchGetItemCommand({ RequestItems: { [table]: { ConsistentRead: true, Keys } } }),
    );
    if (UnprocessedKeys?.[table])
      throw new AwsUnavailable('DynamoDB left keys unprocessed: it is asked for too much');
    for (const item of Responses?.[table] ?? []) found.set(String(item.id?.S), itemOf(item));
  }
  return found;
}

/** Updates an item under a condition; false when it does not hold. @throws AwsUnavailable, DynamoDBServiceException */
export async function updateIf(
  id: string,
  change: Change & { ConditionExpression: string },
): Promise<boolean> {
  try {
    await dynamodb.send(new UpdateItemCommand(inputOf(id, change)));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

/**
 * Updates an item under its version, 0 for one that is not there yet, and takes it one further; false when it is another
 * one by now.
 * @throws AwsUnavailable, DynamoDBServiceException
 */
export function updateVersion(
  id: string,
  version: number,
  { set, remove = '', values }: { set: string; remove?: string; values: Record<string, Value> },
): Promise<boolean> {
  return updateIf(id, {
    UpdateExpression: `SET ${set}, version = :next, expiration = :expiration${remove}`,
    ConditionExpression: version === 0 ? 'attribute_not_exists(id)' : 'version = :version',
    values: {
      ...values,
      ':next': version + 1,
      ':expiration': epochSeconds() + RECORD_SECONDS,
      ...(version !== 0 && { ':version': version }),
    },
  });
}

/** Updates an item in any case; what it has become. @throws AwsUnavailable, DynamoDBServiceException */
export async function update(id: string, change: Change): Promise<unknown> {
  const { Attributes } = await dynamodb.send(
    new UpdateItemCommand({ ...inputOf(id, change), ReturnValues: 'ALL_NEW' }),
  );
  return itemOf(Attributes);
}

function inputOf(
  id: string,
  { names, values, ...expressions }: Change & { ConditionExpression?: string },
): UpdateItemCommandInput {
  return {
    TableName: settings().tableName,
    Key: keyOf(id),
    ...expressions,
    ...(names && { ExpressionAttributeNames: names }),
    ExpressionAttributeValues: mapped(values, attributeOf),
  };
}

const keyOf = (id: string) => ({ id: { S: id } });

const itemOf = (attributes: Record<string, AttributeValue> | undefined): unknown =>
  attributes && mapped(attributes, contentOf);

const mapped = <A, B>(record: Record<string, A>, convert: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, convert(value)]));

function attributeOf(value: Value): AttributeValue {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  return typeof value === 'boolean' ? { BOOL: value } : { SS: [...value] };
}

/** An attribute has one member, named by its type. Types that are never written here fit no schema. */
const contentOf = (attribute: AttributeValue): unknown =>
  attribute.N === undefined ? Object.values(attribute)[0] : Number(attribute.N);
