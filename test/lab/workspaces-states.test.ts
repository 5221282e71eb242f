/** In which states the desk's WorkSpaces takes what, starts, encrypted volumes, and directories. */
import {
  DescribeWorkspaceDirectoriesCommand,
  type DescribeWorkspaceDirectoriesCommandInput,
  DescribeWorkspacesCommand,
  RebootWorkspacesCommand,
  RebuildWorkspacesCommand,
  RestoreWorkspaceCommand,
  StartWorkspacesCommand,
  WorkspaceState,
} from '@aws-sdk/client-workspaces';
import { afterEach, expect, test } from 'vitest';
import { keyArn } from '../../local/desk/kms-server.ts';
import { bystanders } from '../../local/stories/bystanders.ts';
import { refused } from '../../local/stories/desktop.ts';
import { brokenDesktop } from '../../local/stories/samples.ts';
import { clock, close, ID, idAt, world } from './desk.ts';

afterEach(close);

const rebuild = (WorkspaceId = ID) =>
  new RebuildWorkspacesCommand({ RebuildWorkspaceRequests: [{ WorkspaceId }] });
const start = (...ids: (string | undefined)[]) =>
  new StartWorkspacesCommand({
    StartWorkspaceRequests: ids.map((WorkspaceId) => (WorkspaceId === undefined ? {} : { WorkspaceId })),
  });

test('a start takes two minutes, and ends well', async () => {
  const { client, service } = await world([brokenDesktop({ state: 'STOPPED', runningMode: 'AUTO_STOP' })]);
  expect((await client.send(start(ID, undefined))).FailedRequests).toEqual([]);
  const states = [10, 110, 2, 3600].map((seconds) => {
    clock.now += seconds * 1000;
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
  clock.now += 10_000;
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
  clock.now += 10_000;
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
    clock.now += 1_000;
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
