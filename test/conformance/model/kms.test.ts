/** The lab's KMS and the product's question to it, against the API model, the SDK and moto. */
import {
  CreateKeyCommand,
  DescribeKey$,
  DescribeKeyCommand,
  DisableKeyCommand,
  KeyState,
  KMSClient,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { describeKey, keyArn } from '../../../local/desk/kms-server.ts';
import { KEY_READINGS, type KeyReading } from '../../../local/stories/desktop.ts';
import { ACCOUNT, REGION } from '../engines.ts';
import { npmVersion, versionOf } from '../tools.ts';
import { type Relay, startRelay } from './relay.ts';
import { lines, sdkOutline } from './sdk.ts';
import { faults, readModel } from './shapes.ts';

const model = await readModel('kms');
const { input, output, errors } = model.operation('DescribeKey');
const NOW = Date.parse('2026-11-02T17:04:41.250Z');
const TARGET = 'TrentService.DescribeKey';
const errorBody = v.looseObject({ __type: v.string(), message: v.string() });

const ask = (body: unknown) => {
  const answer = describeKey({ headers: { 'x-amz-target': TARGET }, body: JSON.stringify(body) }, NOW);
  return { ...answer, json: JSON.parse(answer.body) };
};

describe(`the answers of the lab's KMS against the API model of botocore ${versionOf('botocore')}`, () => {
  const readable = KEY_READINGS.filter((one) => one !== 'AccessDenied');

  test.each(readable)('a key that is %s', (reading) => {
    const { status, json } = ask({ KeyId: keyArn(reading) });
    expect([status, faults(output, json), json.KeyMetadata.KeyState]).toEqual([200, [], reading]);
  });

  test.each([
    ['arn:aws:kms:us-east-1:123456789012:key/nonsense', 'NotFoundException'],
    ['nonsense', 'NotFoundException'],
    ['arn:aws:s3:::bucket', 'InvalidArnException'],
  ])('the key %s: %s, an error that the model names', (KeyId, name) => {
    const { status, json } = ask({ KeyId });
    const { __type, ...members } = v.parse(errorBody, json);
    const schema = errors.get(__type);
    expect([status, __type, schema && faults(schema, members)]).toEqual([400, name, []]);
  });

  // https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html
  test('a key that may not be read: an error of every operation, which the model does not name', () => {
    const { status, json } = ask({ KeyId: keyArn('AccessDenied') });
    expect([status, json.__type, errors.has(json.__type)]).toEqual([400, 'AccessDeniedException', false]);
  });

  test.each([
    {},
    { KeyId: '' },
    { KeyId: 'x'.repeat(2049) },
    { KeyId: 1 },
    { KeyId: 'x', GrantTokens: Array(11).fill('t') },
    { KeyId: 'x', GrantTokens: [''] },
  ])('%j is refused as unreadable, as the model says', (body) => {
    expect(faults(input, body)).not.toEqual([]);
    expect(['ValidationException', 'SerializationException']).toContain(ask(body).json.__type);
  });
});

describe(`the SDK and the product, on @aws-sdk/client-kms ${npmVersion('@aws-sdk/client-kms')}`, () => {
  test("the SDK's schema has the model's members and types", () => {
    expect(lines(sdkOutline(DescribeKey$)).sort()).toEqual(lines(model.outline('DescribeKey')).sort());
  });

  test("the SDK has the model's states of a key", () => {
    expect(Object.values(KeyState).sort()).toEqual(model.values('KeyState').sort());
  });

  test.each<[KeyReading, object]>([
    ['Enabled', { state: 'Enabled' }],
    ['AccessDenied', { unreadable: 'AccessDeniedException' }],
  ])("the product's request for a key that is read as %s", async (reading, said) => {
    vi.resetModules();
    const relay = await startRelay((request) => describeKey(request, NOW));
    Object.assign(process.env, {
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: ACCOUNT,
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_ENDPOINT_URL_KMS: relay.url,
    });
    // Its client reads the environment when it is made.
    const { readKey } = await import('../../../functions/aws/volume-key.ts');
    expect(await readKey(keyArn(reading))).toEqual(said);
    const [{ request } = { request: undefined }] = relay.taken();
    expect(request?.headers['x-amz-target']).toBe(TARGET);
    expect(faults(input, JSON.parse(request?.body ?? ''))).toEqual([]);
    await relay.close();
  });
});

describe(`the lab's KMS against moto ${versionOf('moto')}`, () => {
  const clientAt = (endpoint: string) =>
    new KMSClient({ endpoint, region: REGION, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
  let relay: Relay;
  let ours: KMSClient;
  let moto: KMSClient;
  beforeAll(async () => {
    relay = await startRelay((request) => describeKey(request, NOW));
    ours = clientAt(relay.url);
    moto = clientAt(inject('motoUrl'));
  });
  afterAll(() => relay.close());

  /** What is the same for two keys in the same state. */
  async function told(client: KMSClient, KeyId: string) {
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
    // Moto's own key has not every member of the model.
    const { Enabled, KeyState, KeyManager, KeySpec, Origin, CreationDate, DeletionDate } = KeyMetadata ?? {};
    const isDeleted = DeletionDate instanceof Date;
    return {
      Enabled,
      KeyState,
      KeyManager,
      KeySpec,
      Origin,
      isCreated: CreationDate instanceof Date,
      isDeleted,
    };
  }

  test.each<[KeyReading, (KeyId: string) => Promise<unknown>]>([
    ['Enabled', async () => undefined],
    ['Disabled', (KeyId) => moto.send(new DisableKeyCommand({ KeyId }))],
    [
      'PendingDeletion',
      (KeyId) => moto.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 30 })),
    ],
  ])('a key that is %s', async (reading, change) => {
    const { KeyMetadata } = await moto.send(new CreateKeyCommand({}));
    const id = KeyMetadata?.KeyId ?? '';
    await change(id);
    expect(await told(ours, keyArn(reading))).toEqual(await told(moto, id));
  });

  test('a key that is none', async () => {
    const none = '0a1b2c3d-0000-4000-8000-000000000000';
    for (const client of [ours, moto]) {
      await expect(told(client, none)).rejects.toMatchObject({ name: 'NotFoundException' });
    }
  });
});
