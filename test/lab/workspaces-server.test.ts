import {
  DescribeTagsCommand,
  DescribeWorkspaceDirectoriesCommand,
  type DescribeWorkspaceDirectoriesCommandInput,
  DescribeWorkspaceSnapshotsCommand,
  DescribeWorkspacesCommand,
  type DescribeWorkspacesCommandInput,
  DescribeWorkspacesConnectionStatusCommand,
  InvalidParameterValuesException,
  OperationNotSupportedException,
  RebootWorkspacesCommand,
  RebuildWorkspacesCommand,
  ResourceNotFoundException,
  RestoreWorkspaceCommand,
  StartWorkspacesCommand,
  WorkSpacesClient,
  type WorkSpacesClientConfig,
  WorkspaceState,
} from '@aws-sdk/client-workspaces';
import { afterEach, expect, test } from 'vitest';
import type { Listening } from '../../local/desk/http.ts';
import { keyArn } from '../../local/desk/kms-server.ts';
import { WorkspacesServer } from '../../local/desk/workspaces-server.ts';
import { bystanders } from '../../local/stories/bystanders.ts';
import { accepted, type DesktopSpec, refused } from '../../local/stories/desktop.ts';
import { brokenDesktop } from '../../local/stories/samples.ts';
import type { Story } from '../../local/stories/story.ts';

let now = 0;
let server: Listening | undefined;
const ID = brokenDesktop().workspaceId;

async function world(
  desktops: DesktopSpec[],
  throttle?: (operation: string, call: number) => boolean,
  directories: Story['directories'] = {},
) {
  now = 1_000_000;
  const service = new WorkspacesServer({
    now: () => now,
    desktops,
    directories,
    ...(throttle && { throttle }),
  });
  server = await service.listen();
  const settings: WorkSpacesClientConfig = {
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  };
  return { service, client: new WorkSpacesClient(settings) };
}
afterEach(async () => server?.close());

const rebuild = (WorkspaceId = ID) =>
  new RebuildWorkspacesCommand({ RebuildWorkspaceRequests: [{ WorkspaceId }] });
const describeOne = (id = ID) => new DescribeWorkspacesCommand({ WorkspaceIds: [id] });

const idAt = (index: number) => `ws-${String(index).padStart(9, '0')}`;
const MANY = Array.from({ length: 60 }, (_, index) => brokenDesktop({ workspaceId: idAt(index) }));

test('pages by 25, to the end', async () => {
  const { client } = await world(MANY);
  const seen: number[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(
      new DescribeWorkspacesCommand({ DirectoryId: 'd-9067206a1f', ...(NextToken && { NextToken }) }),
    );
    seen.push(page.Workspaces?.length ?? 0);
    NextToken = page.NextToken;
  } while (NextToken);
  expect(seen).toEqual([25, 25, 10]);
});

test('tags: those given, in scope without any, an error for an unknown id', async () => {
  const { client } = await world([brokenDesktop(), brokenDesktop({ workspaceId: 'ws-untagged0', tags: {} })]);
  const tags = async (ResourceId: string) =>
    (await client.send(new DescribeTagsCommand({ ResourceId }))).TagList;
  expect(await tags(ID)).toEqual([{ Key: 'AutoRemediate', Value: 'true' }]);
  expect(await tags('ws-untagged0')).toEqual([]);
  await expect(tags('ws-unknown00')).rejects.toBeInstanceOf(ResourceNotFoundException);
});

test('connections: of those asked for or of all, page by page', async () => {
  const { client } = await world([
    ...MANY,
    brokenDesktop({ workspaceId: 'ws-stopped00', state: 'STOPPED' }),
    brokenDesktop({ workspaceId: 'ws-gone00000', state: 'GONE' }),
  ]);
  const states = async (WorkspaceIds?: string[], NextToken?: string): Promise<unknown[]> => {
    const page = await client.send(
      new DescribeWorkspacesConnectionStatusCommand({
        ...(WorkspaceIds && { WorkspaceIds }),
        ...(NextToken && { NextToken }),
      }),
    );
    const rest = page.NextToken ? await states(WorkspaceIds, page.NextToken) : [];
    return [page.WorkspacesConnectionStatus?.map(({ ConnectionState }) => ConnectionState), ...rest];
  };
  expect(await states(['ws-gone00000', idAt(0), 'ws-stopped00'])).toEqual([['DISCONNECTED', 'UNKNOWN']]);
  expect((await states()).map((page) => Array.isArray(page) && page.length)).toEqual([25, 25, 11]);
});

test.each<[DescribeWorkspacesCommandInput, number]>([
  [{ BundleId: 'wsb-bh8rsxt14' }, 1],
  [{ BundleId: 'wsb-0123456789' }, 1],
  [{ BundleId: 'wsb-000000000' }, 0],
  [{ DirectoryId: 'd-9067206a1f' }, 2],
  [{ DirectoryId: 'd-9067206a1f', UserName: 'jdoe' }, 1],
  [{ WorkspaceName: 'shared-one' }, 0],
])('the filter %j finds %i', async (filter, count) => {
  const other = { workspaceId: 'ws-other0000', bundleId: 'wsb-0123456789', userName: 'jdoe' };
  const { client } = await world([brokenDesktop(), brokenDesktop(other)]);
  expect((await client.send(new DescribeWorkspacesCommand(filter))).Workspaces).toHaveLength(count);
});

test.each<DescribeWorkspacesCommandInput>([
  { WorkspaceIds: [ID], BundleId: 'wsb-bh8rsxt14' },
  { DirectoryId: 'd-9067206a1f', BundleId: 'wsb-bh8rsxt14' },
  { DirectoryId: 'd-9067206a1f', WorkspaceName: 'shared-one' },
  { UserName: 'mmajor' },
  { NextToken: 'nonsense' },
  { NextToken: '!' },
])('what %j means is not defined', async (query) => {
  const { client } = await world([brokenDesktop()]);
  await expect(client.send(new DescribeWorkspacesCommand(query))).rejects.toBeInstanceOf(
    InvalidParameterValuesException,
  );
});

test('an unknown id gives an empty list', async () => {
  const { client } = await world([brokenDesktop()]);
  expect((await client.send(describeOne('ws-unknown00'))).Workspaces).toEqual([]);
});

test("errors come as the SDK's own exceptions", async () => {
  const { client } = await world([brokenDesktop()], (_, call) => call === 3);
  const both = new DescribeWorkspacesCommand({ WorkspaceIds: [ID], DirectoryId: 'd-9067206a1f' });
  await expect(client.send(both)).rejects.toBeInstanceOf(InvalidParameterValuesException);
  await expect(client.send(describeOne('nonsense'))).rejects.toMatchObject({ name: 'ValidationException' });
  await expect(client.send(describeOne())).rejects.toMatchObject({ name: 'ThrottlingException' });
  const two = new RebuildWorkspacesCommand({
    RebuildWorkspaceRequests: [{ WorkspaceId: ID }, { WorkspaceId: ID }],
  });
  await expect(client.send(two)).rejects.toMatchObject({ name: 'ValidationException' });
});

test('unsigned, unknown and malformed requests are refused', async () => {
  const { service } = await world([brokenDesktop()]);
  const signed = {
    authorization: `AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
  };
  const ask = (headers: Record<string, string>, body = '{}') => {
    const answer = service.handle({ headers, body });
    return [answer.status, JSON.parse(answer.body).__type];
  };
  const target = { 'x-amz-target': 'WorkspacesService.DescribeWorkspaces' };
  expect(ask(target)).toEqual([403, 'MissingAuthenticationTokenException']);
  expect(ask({ ...signed, 'x-amz-target': 'WorkspacesService.Nope' })).toEqual([
    400,
    'UnknownOperationException',
  ]);
  expect(ask({ ...signed, 'x-amz-target': 'DescribeWorkspaces' })).toEqual([
    400,
    'UnknownOperationException',
  ]);
  for (const body of ['{', '', '[]', 'null', '{"Limit":"1"}', '{"Limit":0,"UserName":1}']) {
    expect(ask({ ...signed, ...target }, body)).toEqual([400, 'SerializationException']);
  }
  expect(ask({ ...signed, ...target }, '{"Limit":0}')).toEqual([400, 'ValidationException']);
  expect(ask({ ...signed, ...target }, '{"Limit":null}')).toEqual([200, undefined]);
});

test.each([
  ['AVAILABLE', true],
  ['ERROR', true],
  ['UNHEALTHY', true],
  ['STOPPED', true],
  ['REBOOTING', true],
  ['REBUILDING', false],
  ['SUSPENDED', false],
  ['TERMINATED', false],
])('a rebuild in %s is taken: %s', async (state, taken) => {
  const { client } = await world([brokenDesktop({ state })]);
  const { FailedRequests } = await client.send(rebuild());
  expect(FailedRequests).toHaveLength(taken ? 0 : 1);
});

test('a rebuild shows late, takes its time, and ends', async () => {
  const { client, service } = await world([brokenDesktop()]);
  await client.send(rebuild());
  const state = async () => (await client.send(describeOne())).Workspaces?.[0]?.State;
  expect(await state()).toBe('UNHEALTHY');
  now += 15_000;
  expect(await state()).toBe('REBUILDING');
  now += 25 * 60_000;
  expect(await state()).toBe('AVAILABLE');
  expect(service.calls.map(({ operation }) => operation)).toEqual([
    'RebuildWorkspaces',
    ...Array(3).fill('DescribeWorkspaces'),
  ]);
});

test('refusals come in a 200, as often as wanted', async () => {
  const remedies = { rebuild: [refused('Busy', 'later'), accepted('rebuild')] };
  const { client } = await world([brokenDesktop({ remedies })]);
  expect((await client.send(rebuild())).FailedRequests).toEqual([
    { WorkspaceId: ID, ErrorCode: 'Busy', ErrorMessage: 'later' },
  ]);
  expect((await client.send(rebuild())).FailedRequests).toEqual([]);
  const [unknown] = (await client.send(rebuild('ws-unknown00'))).FailedRequests ?? [];
  expect(unknown?.ErrorCode).toBe('ResourceNotFound.Workspace');
});

test.each([
  ['refused', refused('OperationInProgressException', 'later'), true],
  ['refused by an error', refused('ThrottlingException', 'later', { asError: true }), true],
  ['not answered, and not taken', refused('InternalServerException', '', { status: 500 }), true],
  [
    'not answered, and taken',
    refused('InternalServerException', '', { status: 500, steps: [...accepted('rebuild').steps] }),
    false,
  ],
  ['taken, and nothing comes of it', accepted('rebuild', { ignored: true }), true],
  ['taken', accepted('rebuild'), false],
])("a person's coming reboot and a request of ours that is %s: it comes: %j", async (_, answer, comes) => {
  const changes = [
    { after: 10 * 60_000, state: 'REBOOTING', byPerson: true },
    { after: 14 * 60_000, state: 'AVAILABLE', byPerson: true },
  ];
  const { client, service } = await world([brokenDesktop({ changes, remedies: { rebuild: [answer] } })]);
  await client.send(rebuild()).catch(() => undefined);
  now += 11 * 60_000;
  expect(service.state(ID)).toBe(comes ? 'REBOOTING' : 'REBUILDING');
  now += 20 * 60_000;
  expect(service.state(ID)).toBe('AVAILABLE');
  expect(service.history(ID).at(-1)?.cause).toBe(comes ? 'person' : 'request');
});

test('a refused request that something follows does not undo what an accepted one before it set going', async () => {
  const remedies = {
    reboot: [accepted('reboot')],
    rebuild: [refused('Busy', 'later', { steps: [{ after: 30_000, state: 'ERROR' }] })],
  };
  const { client, service } = await world([brokenDesktop({ remedies })]);
  await client.send(new RebootWorkspacesCommand({ RebootWorkspaceRequests: [{ WorkspaceId: ID }] }));
  now += 10_000;
  await client.send(rebuild());
  now += 60_000;
  expect(service.state(ID)).toBe('ERROR');
  now += 5 * 60_000;
  expect(service.state(ID)).toBe('AVAILABLE');
});

test('a reboot takes up to 25, and refuses each by itself', async () => {
  const { client, service } = await world([...MANY, brokenDesktop({ state: 'STOPPED' })]);
  const reboot = (ids: string[]) =>
    client.send(
      new RebootWorkspacesCommand({ RebootWorkspaceRequests: ids.map((WorkspaceId) => ({ WorkspaceId })) }),
    );
  const { FailedRequests } = await reboot([idAt(0), ID, idAt(1), 'ws-unknown00']);
  expect(FailedRequests?.map(({ WorkspaceId, ErrorCode }) => [WorkspaceId, ErrorCode])).toEqual([
    [ID, 'InvalidResourceState'],
    ['ws-unknown00', 'ResourceNotFound.Workspace'],
  ]);
  now += 10_000;
  expect([service.state(idAt(0)), service.state(idAt(1)), service.state(ID)]).toEqual([
    'REBOOTING',
    'REBOOTING',
    'STOPPED',
  ]);
  expect(service.calls.map(({ result }) => result)).toEqual(['FailedRequests:InvalidResourceState']);
  await expect(reboot(Array(26).fill(ID))).rejects.toMatchObject({ name: 'ValidationException' });
});

test('a restore is refused by an error', async () => {
  const { client } = await world([brokenDesktop({ state: 'REBOOTING' })]);
  const restore = (WorkspaceId: string) => client.send(new RestoreWorkspaceCommand({ WorkspaceId }));
  await expect(restore(ID)).rejects.toBeInstanceOf(OperationNotSupportedException);
  await expect(restore('ws-unknown00')).rejects.toBeInstanceOf(ResourceNotFoundException);
  await expect(restore('nonsense')).rejects.toMatchObject({ name: 'ValidationException' });
});

test('snapshots of what is no id', async () => {
  const { client } = await world([brokenDesktop()]);
  await expect(
    client.send(new DescribeWorkspaceSnapshotsCommand({ WorkspaceId: 'nonsense' })),
  ).rejects.toMatchObject({ name: 'ValidationException' });
});

test('ERROR carries its code and message', async () => {
  const { client } = await world([brokenDesktop({ state: 'ERROR', errorCode: 'E1', errorMessage: 'why' })]);
  expect((await client.send(describeOne())).Workspaces?.[0]).toMatchObject({
    ErrorCode: 'E1',
    ErrorMessage: 'why',
  });
});

const start = (...ids: (string | undefined)[]) =>
  new StartWorkspacesCommand({
    StartWorkspaceRequests: ids.map((WorkspaceId) => (WorkspaceId === undefined ? {} : { WorkspaceId })),
  });

test('a start takes two minutes, and ends well', async () => {
  const { client, service } = await world([brokenDesktop({ state: 'STOPPED', runningMode: 'AUTO_STOP' })]);
  expect((await client.send(start(ID, undefined))).FailedRequests).toEqual([]);
  const states = [10, 110, 2, 3600].map((seconds) => {
    now += seconds * 1000;
    return service.state(ID);
  });
  expect(states).toEqual(['STARTING', 'AVAILABLE', 'AVAILABLE', 'AVAILABLE']);
  expect(service.calls).toMatchObject([{ operation: 'StartWorkspaces', workspaceIds: [ID], result: 'ok' }]);
});

test.each([
  ['STOPPED', 'AUTO_STOP', true],
  ['STOPPED', 'MANUAL', true],
  ['STOPPED', 'ALWAYS_ON', false],
  ['STOPPING', 'AUTO_STOP', false],
  ['AVAILABLE', 'AUTO_STOP', false],
  ['UNHEALTHY', 'AUTO_STOP', false],
  ['ERROR', 'AUTO_STOP', false],
] as const)('a start in %s, %s, is taken: %s', async (state, runningMode, taken) => {
  const { client, service } = await world([brokenDesktop({ state, runningMode })]);
  const { FailedRequests } = await client.send(start(ID));
  expect(FailedRequests).toHaveLength(taken ? 0 : 1);
  now += 10_000;
  expect(service.state(ID)).toBe(taken ? 'STARTING' : state);
});

test.each([
  ['reboot', 'AVAILABLE UNHEALTHY REBOOTING'],
  ['restore', 'AVAILABLE ERROR UNHEALTHY STOPPED'],
  ['rebuild', 'AVAILABLE ERROR UNHEALTHY STOPPED REBOOTING'],
  ['start', 'STOPPED'],
] as const)('a %s is taken in %s alone', async (kind, states) => {
  const all = [...Object.keys(WorkspaceState), 'GONE'];
  const { client, service } = await world(
    all.map((state, index) =>
      brokenDesktop({ state, workspaceId: idAt(index), runningMode: 'MANUAL', remedies: {} }),
    ),
  );
  const asks = {
    reboot: (id: string) =>
      client.send(new RebootWorkspacesCommand({ RebootWorkspaceRequests: [{ WorkspaceId: id }] })),
    restore: (id: string) => client.send(new RestoreWorkspaceCommand({ WorkspaceId: id })),
    rebuild: (id: string) => client.send(rebuild(id)),
    start: (id: string) => client.send(start(id)),
  };
  for (const index of all.keys()) await asks[kind](idAt(index)).catch(() => undefined);
  now += 10_000;
  const taken = all.filter((_, index) => service.history(idAt(index)).at(-1)?.cause === 'request');
  expect(taken.sort()).toEqual(states.split(' ').sort());
});

test.each(['OperationInProgressException', 'InvalidResourceState', 'Some.Thing:new of 2031'])(
  'the code %s comes through, in FailedRequests or as an error',
  async (code) => {
    const answers = [refused(code, 'why', { steps: [{ after: 1_000, state: 'ERROR' }] })];
    const remedies = { reboot: answers, restore: answers, rebuild: answers, start: answers };
    const { client, service } = await world([
      brokenDesktop({ state: 'STOPPED', runningMode: 'MANUAL', remedies }),
    ]);
    const requests = [{ WorkspaceId: ID }];
    const told = [
      (await client.send(new RebootWorkspacesCommand({ RebootWorkspaceRequests: requests }))).FailedRequests,
      (await client.send(rebuild())).FailedRequests,
      (await client.send(start(ID))).FailedRequests,
    ];
    for (const failed of told)
      expect(failed).toEqual([{ WorkspaceId: ID, ErrorCode: code, ErrorMessage: 'why' }]);
    // The SDK takes what comes before a colon for the name.
    const restore = client.send(new RestoreWorkspaceCommand({ WorkspaceId: ID }));
    await expect(restore).rejects.toMatchObject({ name: code.split(':')[0], message: 'why' });
    now += 1_000;
    expect(service.state(ID)).toBe('ERROR');
  },
);

test('a start that nothing is known of says no more than its status', async () => {
  const remedies = { start: [refused('InternalServerException', 'why', { status: 500 })] };
  const { client } = await world([brokenDesktop({ state: 'STOPPED', runningMode: 'AUTO_STOP', remedies })]);
  await expect(client.send(start(ID))).rejects.toMatchObject({ $metadata: { httpStatusCode: 500 } });
});

test('encrypted volumes have their key, others none', async () => {
  const { client } = await world([
    brokenDesktop({ volumeKey: { state: 'Disabled' } }),
    brokenDesktop({ workspaceId: idAt(1) }),
  ]);
  const { Workspaces: [encrypted, plain] = [] } = await client.send(new DescribeWorkspacesCommand({}));
  expect(encrypted).toMatchObject({
    VolumeEncryptionKey: keyArn('Disabled'),
    UserVolumeEncryptionEnabled: true,
    RootVolumeEncryptionEnabled: true,
  });
  expect(Object.keys(plain ?? {}).filter((name) => name.includes('Encryption'))).toEqual([]);
});

test("a story's stopped ones are there", async () => {
  const { client } = await world(bystanders({ healthy: {}, stopped: { 'd-9067206a1f': 2 } }));
  const { Workspaces } = await client.send(new DescribeWorkspacesCommand({ DirectoryId: 'd-9067206a1f' }));
  expect(Workspaces?.map(({ WorkspaceId, State }) => [WorkspaceId, State])).toEqual([
    ['ws-z9067206a1f00000', 'STOPPED'],
    ['ws-z9067206a1f00001', 'STOPPED'],
  ]);
});

const ENTRA = 'wsd-8kq3zn1yd';

test('directories: of the desktops, and those that the story names; what they are joined to', async () => {
  const { client } = await world([brokenDesktop()], undefined, { [ENTRA]: { identity: 'entra' } });
  const { Directories } = await client.send(new DescribeWorkspaceDirectoriesCommand({}));
  expect(Directories).toMatchObject([
    { DirectoryId: 'd-9067206a1f', State: 'REGISTERED', UserIdentityType: 'AWS_DIRECTORY_SERVICE' },
    {
      DirectoryId: ENTRA,
      UserIdentityType: 'AWS_IAM_IDENTITY_CENTER',
      MicrosoftEntraConfig: { TenantId: expect.any(String) },
    },
  ]);
  expect(Directories?.[0]?.MicrosoftEntraConfig).toBeUndefined();
});

test.each<[DescribeWorkspaceDirectoriesCommandInput, string[]]>([
  [{ DirectoryIds: [ENTRA] }, [ENTRA]],
  [{ DirectoryIds: ['d-0000000000'] }, []],
  [{ WorkspaceDirectoryNames: ['corp'] }, []],
  [{ Filters: [{ Name: 'USER_IDENTITY_TYPE', Values: ['AWS_IAM_IDENTITY_CENTER'] }] }, [ENTRA]],
  [{ Filters: [{ Name: 'WORKSPACE_TYPE', Values: ['PERSONAL'] }] }, ['d-9067206a1f', ENTRA]],
  [{ Filters: [{ Name: 'WORKSPACE_TYPE', Values: ['POOLS'] }] }, []],
  [{ Limit: 1 }, ['d-9067206a1f']],
])('the directories for %j', async (query, ids) => {
  const { client } = await world([brokenDesktop()], undefined, { [ENTRA]: { identity: 'entra' } });
  const { Directories, NextToken } = await client.send(new DescribeWorkspaceDirectoriesCommand(query));
  expect(Directories?.map(({ DirectoryId }) => DirectoryId)).toEqual(ids);
  expect(NextToken !== undefined).toBe(query.Limit === 1);
});
