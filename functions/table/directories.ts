/** What the table knows about a directory for a day: whether it is joined to Microsoft Entra. */
import * as v from 'valibot';
import { epochSeconds, read, update } from './item.ts';

/** How long it is taken for what it is, in seconds: no directory is joined anew from one hour to the next. */
const DAY = 86_400;

const idOf = (directoryId: string) => `DIRECTORY#${directoryId}`;

const item = v.object({ isEntra: v.boolean(), readAt: v.number() });

/** What was noted within a day, if anything. @throws AwsUnavailable, DynamoDBServiceException, ValiError */
export async function knownIdentity(directoryId: string): Promise<boolean | undefined> {
  const known = v.parse(v.optional(item), await read(idOf(directoryId)));
  return known && epochSeconds() - known.readAt < DAY ? known.isEntra : undefined;
}

/** @throws AwsUnavailable, DynamoDBServiceException */
export async function noteIdentity(directoryId: string, isEntra: boolean): Promise<void> {
  const now = epochSeconds();
  await update(idOf(directoryId), {
    UpdateExpression: 'SET isEntra = :isEntra, readAt = :now, expiration = :expiration',
    values: { ':isEntra': isEntra, ':now': now, ':expiration': now + DAY },
  });
}
