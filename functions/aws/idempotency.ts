import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import type { Context } from 'aws-lambda';
import { settings } from '../settings.ts';
import { dynamodb } from './dynamodb.ts';

/** How long a finished attempt answers its repeats, in seconds: longer than any execution runs. */
const RESULT_SECONDS = 86_400;

interface AttemptKey {
  executionId: string;
  attempt: number;
  /** When Check saw what this attempt is based on: another look makes another key. */
  checkedAt: string;
}

/**
 * Answers the repeats of a finished attempt with its result (Powertools idempotency). It does not guard the
 * request itself: Powertools drops its record when the function throws or its time runs out. The claim does.
 */
export function oncePerAttempt<T>(
  attempt: (key: AttemptKey) => Promise<T>,
  context: Context,
): (key: AttemptKey) => Promise<T> {
  const config = new IdempotencyConfig({ expiresAfterSeconds: RESULT_SECONDS });
  config.registerLambdaContext(context);
  return makeIdempotent(attempt, {
    persistenceStore: new DynamoDBPersistenceLayer({
      tableName: settings().tableName,
      awsSdkV3Client: dynamodb,
    }),
    config,
    keyPrefix: 'attempt',
  });
}
