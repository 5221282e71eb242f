import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { REQUEST_HANDLER } from './clients.ts';
import { followOutages } from './unavailable.ts';

/** One client for all that a function keeps in the table. */
export const dynamodb = new DynamoDBClient({ requestHandler: REQUEST_HANDLER });
followOutages('DynamoDB', dynamodb);
