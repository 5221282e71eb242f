import { DescribeKeyCommand, InvalidArnException, KMSClient, NotFoundException } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Listening, serve } from '../../local/desk/http.ts';
import { describeKey, keyArn } from '../../local/desk/kms-server.ts';

const NOW = Date.parse('2026-11-02T17:04:41Z');
let server: Listening;
let client: KMSClient;

beforeAll(async () => {
  server = await serve((request) => describeKey(request, NOW));
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  client = new KMSClient({ endpoint: server.url, region: 'us-east-1', credentials, maxAttempts: 1 });
});
afterAll(() => server.close());

const ask = async (KeyId: string) => (await client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata;

test.each(['Enabled', 'Disabled', 'PendingDeletion'] as const)('a key that is %s', async (state) => {
  const key = await ask(keyArn(state));
  expect(key).toMatchObject({ Arn: keyArn(state), KeyState: state, Enabled: state === 'Enabled' });
  expect(key?.DeletionDate).toEqual(
    state === 'PendingDeletion' ? new Date('2026-12-02T17:04:41Z') : undefined,
  );
  expect(await ask(key?.KeyId ?? '')).toEqual(key);
});

test('a key that may not be read, one that is none, and no key at all', async () => {
  await expect(ask(keyArn('AccessDenied'))).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining('kms:DescribeKey'),
    $metadata: { httpStatusCode: 400 },
  });
  const unknown = keyArn('Enabled').replace(/.$/, 'f');
  await expect(ask(unknown)).rejects.toBeInstanceOf(NotFoundException);
  await expect(ask('')).rejects.toMatchObject({ name: 'ValidationException' });
});

test('an ARN of something else is no key', async () => {
  await expect(ask('arn:aws:s3:::bucket')).rejects.toBeInstanceOf(InvalidArnException);
});
