/** AWS KMS on a desk: `DescribeKey` of the keys that a story's volumes are encrypted with, by API version 2014-11-01. */
import * as v from 'valibot';
import { KEY_READINGS, type KeyReading } from '../stories/desktop.ts';
import { type ApiRequest, type ApiResponse, reply } from './http.ts';
import { ApiError, input, parseJson } from './workspaces-protocol.ts';

const ACCOUNT = '123456789012';
const CREATED = Date.parse('2025-01-01T00:00:00Z') / 1000;
const DAY = 86_400;
/** From its schedule to a key's deletion, by default (API reference, ScheduleKeyDeletion). */
const DELETION = 30 * DAY;

// The constraints of the API model.
const keyInput = v.object({
  KeyId: v.pipe(v.string(), v.minLength(1), v.maxLength(2048)),
  GrantTokens: v.optional(
    v.pipe(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(8192))), v.maxLength(10)),
  ),
});

/** There is one key for each way to be read. */
const keyId = (reading: KeyReading) => `5f0c1b7e-0000-4000-8000-00000000000${KEY_READINGS.indexOf(reading)}`;

export const keyArn = (reading: KeyReading) => `arn:aws:kms:us-east-1:${ACCOUNT}:key/${keyId(reading)}`;

/** Answers one request, at a time in epoch milliseconds. */
export function describeKey(request: ApiRequest, now: number): ApiResponse {
  try {
    const { KeyId } = input(keyInput, parseJson(request.body));
    return reply(200, { KeyMetadata: metadata(KeyId, now) });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return reply(error.status, { __type: error.name, message: error.message });
  }
}

/** @throws ApiError */
function metadata(given: string, now: number): object {
  const reading = KEY_READINGS.find((one) => given === keyArn(one) || given === keyId(one));
  if (/^arn:(?![^:]*:kms:)/.test(given)) throw new ApiError('InvalidArnException', `Invalid arn ${given}`);
  if (reading === undefined) throw new ApiError('NotFoundException', `Key '${given}' does not exist`);
  if (reading === 'AccessDenied') {
    const why = `is not authorized to perform: kms:DescribeKey on resource: ${keyArn(reading)}`;
    throw new ApiError('AccessDeniedException', `User: arn:aws:sts::${ACCOUNT}:assumed-role/check ${why}`);
  }
  return {
    AWSAccountId: ACCOUNT,
    KeyId: keyId(reading),
    Arn: keyArn(reading),
    CreationDate: CREATED,
    Enabled: reading === 'Enabled',
    Description: '',
    KeyUsage: 'ENCRYPT_DECRYPT',
    KeyState: reading,
    ...(reading === 'PendingDeletion' && { DeletionDate: Math.floor(now / 1000) + DELETION }),
    Origin: 'AWS_KMS',
    KeyManager: 'CUSTOMER',
    CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
    KeySpec: 'SYMMETRIC_DEFAULT',
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    MultiRegion: false,
  };
}
