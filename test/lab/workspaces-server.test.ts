import {
  DescribeTagsCommand,
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
} from '@aws-sdk/client-workspaces';
import { afterEach, expect, test } from 'vitest';
import { accepted, refused } from '../../local/stories/desktop.ts';
import { brokenDesktop } from '../../local/stories/samples.ts';
import { clock, close, ID, idAt, world } from './desk.ts';

afterEach(close);

const rebuild = (WorkspaceId = ID) =>
  new RebuildWorkspacesCommand({ RebuildWorkspaceRequests: [{ WorkspaceId }] });
const describeOne = (id = ID) => new DescribeWorkspacesCommand({ WorkspaceIds: [id] });

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
  clock.now += 15_000;
  expect(await state()).toBe('REBUILDING');
  clock.now += 25 * 60_000;
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
  clock.now += 11 * 60_000;
  expect(service.state(ID)).toBe(comes ? 'REBOOTING' : 'REBUILDING');
  clock.now += 20 * 60_000;
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
  clock.now += 10_000;
  await client.send(rebuild());
  clock.now += 60_000;
  expect(service.state(ID)).toBe('ERROR');
  clock.now += 5 * 60_000;
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
  clock.now += 10_000;
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
