import * as sdk from '@aws-sdk/client-workspaces';
import fc from 'fast-check';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { ApiResponse } from '../../../local/desk/http.ts';
import { keyArn } from '../../../local/desk/kms-server.ts';
import { WorkspacesServer } from '../../../local/desk/workspaces-server.ts';
import { SCENARIOS } from '../../../local/stories/catalogue.ts';
import { type DesktopSpec, KEY_READINGS } from '../../../local/stories/desktop.ts';
import { brokenDesktop } from '../../../local/stories/samples.ts';
import { isThrottled, type Story } from '../../../local/stories/story.ts';
import { npmVersion, versionOf } from '../tools.ts';
import { fleet, question } from './arbitraries.ts';
import { ask, errorOf, everyRequest, judge, OPERATIONS, SIGNED, UNREADABLE } from './judge.ts';
import { answerOf, call, differences, type Seed, type Side, startBoth } from './moto.ts';
import { QUESTIONS } from './questions.ts';
import { operationOf } from './relay.ts';
import { lines, SCHEMAS, sdkOutline, YOUNGER } from './sdk.ts';
import { faults, readModel } from './shapes.ts';
import { ERRORS, operationsOfProduct, startLab, startProduct } from './wire.ts';

const model = await readModel();
const MODEL = `the API model of botocore ${versionOf('botocore')}`;
const SDK = `@aws-sdk/client-workspaces ${npmVersion('@aws-sdk/client-workspaces')}`;

const NOW = Date.parse('2026-11-02T17:04:41.250Z');
const MINUTE = 60_000;
const ID = brokenDesktop().workspaceId;
const STATES = model.values('WorkspaceState');

/** All that is wrong with the answers to every request, at several times after the start. */
function judgeAll(story: Pick<Story, 'desktops' | 'throttledOperations'>): string[] {
  const { desktops } = story;
  const throttle = (operation: string, call: number) => isThrottled(story, operation, call);
  let now = NOW;
  const server = new WorkspacesServer({ now: () => now, desktops, throttle });
  return [0, 10_000, MINUTE, 10 * MINUTE, 45 * MINUTE].flatMap((after) => {
    now = NOW + after;
    return everyRequest(desktops).flatMap(([operation, body]) =>
      judge(model, operation, ask(server, operation, body)),
    );
  });
}

const workspacesSchema = v.object({ Workspaces: v.array(v.looseObject({})) });
const workspacesIn = ({ body }: ApiResponse) => v.parse(workspacesSchema, JSON.parse(body)).Workspaces;

const labOf = (desktops: DesktopSpec[] = [brokenDesktop()]) =>
  new WorkspacesServer({ now: () => NOW, desktops });

describe(`the answers of the lab's WorkSpaces server against ${MODEL}`, () => {
  test.each(Object.entries(SCENARIOS))('scenario %s: every request about every desktop', (_, story) => {
    expect(judgeAll(story)).toEqual([]);
  });

  test.each(STATES)('every request about a desktop in %s', (state) => {
    const desktops = [brokenDesktop({ state, errorCode: 'E1', errorMessage: 'why' })];
    expect(judgeAll({ desktops })).toEqual([]);
    expect(workspacesIn(ask(labOf(desktops), 'DescribeWorkspaces', {}))).toMatchObject([
      { WorkspaceId: ID, State: state },
    ]);
  });

  test.each(['entra', 'anything else', undefined])('a directory that is joined to %s', (identity) => {
    const directories = { 'wsd-8kq3zn1yd': { identity } };
    const server = new WorkspacesServer({ now: () => NOW, desktops: [brokenDesktop()], directories });
    const answer = ask(server, 'DescribeWorkspaceDirectories', {});
    expect(judge(model, 'DescribeWorkspaceDirectories', answer)).toEqual([]);
    expect(JSON.parse(answer.body).Directories).toHaveLength(2);
  });

  test.each(KEY_READINGS)('volumes that are encrypted, with a key that is read as %s', (state) => {
    const server = labOf([brokenDesktop({ volumeKey: { state } })]);
    const answer = ask(server, 'DescribeWorkspaces', {});
    expect(judge(model, 'DescribeWorkspaces', answer)).toEqual([]);
    expect(workspacesIn(answer)).toMatchObject([{ VolumeEncryptionKey: keyArn(state) }]);
  });

  test.each(OPERATIONS)(
    '%s: generated requests, each refused as unreadable just when the model says so',
    (name) => {
      const seen = new Set<string>();
      const holds = fc.property(
        fleet(STATES),
        fc.array(question(name), { minLength: 1, maxLength: 12 }),
        fc.nat(20),
        (desktops, questions, every) => {
          let now = NOW;
          const throttle = (_: string, call: number) => call === every;
          const server = new WorkspacesServer({ now: () => now, desktops, throttle });
          for (const { operation, body, after } of questions) {
            now += after;
            const answer = ask(server, operation, body);
            const error = errorOf(answer) ?? 'ok';
            seen.add(error);
            expect(judge(model, operation, answer)).toEqual([]);
            if (error === 'ThrottlingException') continue;
            const wrong = faults(model.operation(operation).input, body);
            expect(UNREADABLE.includes(error), wrong.join()).toBe(wrong.length > 0);
          }
        },
      );
      fc.assert(holds, { numRuns: 150, seed: 1 });
      expect([...seen]).toEqual(
        expect.arrayContaining([
          'ok',
          'ThrottlingException',
          'ValidationException',
          'SerializationException',
        ]),
      );
    },
  );

  test.each(['{', '', '[]', 'null', '"text"', '{"ResourceId":"ws-8kq3zn1yd",}'])('the body %j', (body) => {
    const headers = { ...SIGNED, 'x-amz-target': 'WorkspacesService.DescribeTags' };
    const answer = labOf().handle({ headers, body });
    expect(judge(model, 'DescribeTags', answer)).toEqual([]);
    expect(errorOf(answer)).toBe('SerializationException');
  });

  test('members that the model does not have, and null, are passed over', () => {
    const body = { WorkspaceIds: [ID], DirectoryId: null, Nonsense: 1 };
    expect(workspacesIn(ask(labOf(), 'DescribeWorkspaces', body))).toHaveLength(1);
  });

  test.each([
    ['WorkspacesService.StopWorkspaces', SIGNED, 'UnknownOperationException'],
    ['workspacesservice.DescribeTags', SIGNED, 'UnknownOperationException'],
    ['DescribeTags', SIGNED, 'UnknownOperationException'],
    ['', SIGNED, 'UnknownOperationException'],
    ['WorkspacesService.DescribeTags', {}, 'MissingAuthenticationTokenException'],
  ])('the target %j with the headers %j: %s', (target, headers, error) => {
    const body = JSON.stringify({ ResourceId: ID });
    const answer = labOf().handle({ headers: { ...headers, 'x-amz-target': target }, body });
    expect(judge(model, 'DescribeTags', answer)).toEqual([]);
    expect(errorOf(answer)).toBe(error);
  });

  const [one] = workspacesIn(ask(labOf(), 'DescribeWorkspaces', {}));
  const time = '2026-11-02T17:04:41Z';
  test.each([
    ['another name', 'DescribeWorkspaces', { workspaces: [] }],
    [
      'a state that the model does not have',
      'DescribeWorkspaces',
      { Workspaces: [{ ...one, State: 'GONE' }] },
    ],
    ['an id of another form', 'DescribeWorkspaces', { Workspaces: [{ ...one, WorkspaceId: 'ws-1' }] }],
    ['a text that is too long', 'DescribeWorkspaces', { Workspaces: [], NextToken: 'x'.repeat(2049) }],
    ['a text that is too short', 'DescribeWorkspaces', { Workspaces: [], NextToken: '' }],
    ['a number for a text', 'DescribeWorkspaces', { Workspaces: [{ ...one, UserName: 1 }] }],
    [
      'a fraction',
      'DescribeWorkspaces',
      { Workspaces: [{ WorkspaceProperties: { RootVolumeSizeGib: 0.5 } }] },
    ],
    ['a text for a truth', 'DescribeWorkspaces', { Workspaces: [{ RootVolumeEncryptionEnabled: 'true' }] }],
    ['null for a list', 'DescribeTags', { TagList: null }],
    ['a member that is missing', 'DescribeTags', { TagList: [{ Value: 'true' }] }],
    ['a text for a time', 'DescribeWorkspaceSnapshots', { RebuildSnapshots: [{ SnapshotTime: time }] }],
    ['milliseconds', 'DescribeWorkspaceSnapshots', { RebuildSnapshots: [{ SnapshotTime: NOW }] }],
    ['members where there are none', 'RestoreWorkspace', { FailedRequests: [] }],
    [
      'an error of another operation',
      'RebuildWorkspaces',
      { __type: 'ResourceNotFoundException', message: '' },
    ],
    [
      'an error with other members',
      'DescribeTags',
      { __type: 'ResourceNotFoundException', message: '', id: ID },
    ],
  ])('%s would be noticed', (_, operation, json) => {
    const sound = ask(labOf(), 'DescribeTags', { ResourceId: ID });
    const status = '__type' in json ? 400 : 200;
    expect(judge(model, operation, { ...sound, status, body: JSON.stringify(json) })).toHaveLength(1);
  });

  test('another status, another content type and no request id would be noticed', () => {
    const body = JSON.stringify({ __type: 'ResourceNotFoundException', message: '' });
    expect(judge(model, 'DescribeTags', { status: 404, headers: {}, body })).toHaveLength(3);
  });
});

describe(`the lab's WorkSpaces server and the product on ${SDK}, against ${MODEL}`, () => {
  test.each(OPERATIONS)("%s: the SDK's schema has the model's members and types", (name) => {
    const known = lines(sdkOutline(SCHEMAS[name]));
    expect([...known, ...(YOUNGER[name] ?? [])].sort()).toEqual(lines(model.outline(name)).sort());
  });

  test.each([
    ['WorkspaceState', sdk.WorkspaceState],
    ['ConnectionState', sdk.ConnectionState],
    ['RunningMode', sdk.RunningMode],
    ['UserIdentityType', sdk.UserIdentityType],
    ['WorkspaceType', sdk.WorkspaceType],
    ['WorkspaceDirectoryType', sdk.WorkspaceDirectoryType],
  ])("%s: the SDK has the model's values", (name, values) => {
    expect(Object.values(values).sort()).toEqual(model.values(name).sort());
  });

  test.each(ERRORS.map((error) => [error.title, error] as const))(
    "the SDK's class for %s",
    async (_, { asks, is }) => {
      const { client, relay } = await startLab();
      await expect(asks(client)).rejects.toBeInstanceOf(is);
      const exchanges = relay.taken();
      expect(
        exchanges.flatMap(({ request, response }) => judge(model, operationOf(request), response)),
      ).toEqual([]);
      expect(exchanges).toHaveLength(1);
      await relay.close();
    },
  );

  test('the SDK takes throttling for what it is, and asks again', async () => {
    const { client, relay } = await startLab((_, call) => call === 1);
    await client.send(new sdk.DescribeTagsCommand({ ResourceId: ID }));
    expect(relay.taken().map(({ response }) => errorOf(response) ?? 'ok')).toEqual([
      'ThrottlingException',
      'ok',
    ]);
    await relay.close();
  });

  test('the SDK reads times as the moments that they are', async () => {
    const { client, relay } = await startLab();
    const { RestoreSnapshots: [snapshot] = [] } = await client.send(
      new sdk.DescribeWorkspaceSnapshotsCommand({ WorkspaceId: ID }),
    );
    const { WorkspacesConnectionStatus: [connection] = [] } = await client.send(
      new sdk.DescribeWorkspacesConnectionStatusCommand({ WorkspaceIds: [ID] }),
    );
    const age = (at: Date | undefined) => Math.round((Date.now() - Number(at)) / (5 * MINUTE));
    expect(age(snapshot?.SnapshotTime)).toBe(60);
    expect(age(connection?.ConnectionStateCheckTimestamp)).toBe(0);
    await relay.close();
  });

  describe("the product's requests", () => {
    let product: Awaited<ReturnType<typeof startProduct>>;
    beforeAll(async () => {
      product = await startProduct();
    });
    afterAll(() => product.relay.close());

    test("the product sends the lab's operations, and no others", () => {
      expect(operationsOfProduct()).toEqual([...OPERATIONS].sort());
    });

    test.each(OPERATIONS)('%s, for any WorkSpace', async (name) => {
      const holds = fc.asyncProperty(fc.stringMatching(/^ws-[0-9a-z]{8,63}$/), async (workspaceId) => {
        await product.calls[name](workspaceId).catch((error: unknown) => {
          const isUnknown = error instanceof Error && error.name === 'NoDirectoryError';
          if (!isUnknown && !(error instanceof sdk.ResourceNotFoundException)) throw error;
        });
        const exchanges = product.relay.taken();
        expect(exchanges.map(({ request }) => operationOf(request))).toEqual([name]);
        for (const { request, response } of exchanges) {
          expect(request.headers['content-type']).toBe('application/x-amz-json-1.1');
          expect(faults(model.operation(name).input, JSON.parse(request.body))).toEqual([]);
          expect(judge(model, name, response)).toEqual([]);
        }
      });
      await fc.assert(holds, { numRuns: 25, seed: 1, examples: [[ID]] });
    });
  });
});

describe(`the lab's WorkSpaces server against moto ${versionOf('moto')}`, () => {
  const ASKED = QUESTIONS.map((one) => [one.title, one] as const);
  let both: { moto: Side; ours: Side; seed: Seed };
  beforeAll(async () => {
    both = await startBoth(inject('motoUrl'));
  });
  afterAll(() => Promise.all([both.moto.relay.close(), both.ours.relay.close()]));

  test.each(ASKED)('both are asked for %s', async (_, { asks, differs = [] }) => {
    const { moto, ours, seed } = both;
    const found = differences(await answerOf(ours, seed, asks), await answerOf(moto, seed, asks));
    expect(found).toEqual(differs.map(({ what }) => what));
  });

  test('the model finds nothing wrong with what moto says of WorkSpaces and tags, either', async () => {
    const { moto, seed } = both;
    const [first = ''] = seed.workspaceIds;
    moto.relay.taken();
    await moto.client.send(new sdk.DescribeWorkspacesCommand({}));
    await moto.client.send(new sdk.DescribeTagsCommand({ ResourceId: first }));
    const wrong = moto.relay
      .taken()
      .map(({ request, response }) =>
        faults(model.operation(operationOf(request)).output, JSON.parse(response.body)),
      );
    expect(wrong).toEqual([[], []]);
  });

  test.each([
    ['DescribeWorkspaceSnapshots', (WorkspaceId: string) => ({ WorkspaceId })],
    ['DescribeWorkspacesConnectionStatus', (id: string) => ({ WorkspaceIds: [id] })],
    ['RebootWorkspaces', (WorkspaceId: string) => ({ RebootWorkspaceRequests: [{ WorkspaceId }] })],
    ['RebuildWorkspaces', (WorkspaceId: string) => ({ RebuildWorkspaceRequests: [{ WorkspaceId }] })],
    ['RestoreWorkspace', (WorkspaceId: string) => ({ WorkspaceId })],
    ['StartWorkspaces', (WorkspaceId: string) => ({ StartWorkspaceRequests: [{ WorkspaceId }] })],
  ])('moto has no %s, so that it cannot be asked', async (operation, bodyFor) => {
    const [id = ''] = both.seed.workspaceIds;
    const { status } = await call(
      inject('motoUrl'),
      'workspaces',
      { 'x-amz-target': `WorkspacesService.${operation}` },
      JSON.stringify(bodyFor(id)),
    );
    expect(status).toBe(500);
  });
});
