import {
  DescribeTagsCommand,
  DescribeWorkspacesCommand,
  InvalidParameterValuesException,
  RebuildWorkspacesCommand,
  ResourceNotFoundException,
  WorkSpacesClient,
  type WorkSpacesClientConfig,
} from '@aws-sdk/client-workspaces';
import { afterEach, expect, test } from 'vitest';
import type { Listening } from '../../local/http.ts';
import { brokenDesktop } from '../../local/scenarios.ts';
import { type DesktopSpec, WorkspacesServer } from '../../local/workspaces-server.ts';

let now = 0;
let server: Listening | undefined;
const ID = brokenDesktop().workspaceId;

async function world(desktops: DesktopSpec[], throttle?: (operation: string, call: number) => boolean) {
  now = 1_000_000;
  const service = new WorkspacesServer({ now: () => now, desktops, ...(throttle && { throttle }) });
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

test('pages by 25, to the end', async () => {
  const many = Array.from({ length: 60 }, (_, index) =>
    brokenDesktop({ workspaceId: `ws-${String(index).padStart(9, '0')}` }),
  );
  const { client } = await world(many);
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
  expect(ask({ ...signed, ...target }, '{')).toEqual([400, 'SerializationException']);
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
  const refuseRebuild = { code: 'Busy', message: 'later', times: 1 };
  const { client } = await world([brokenDesktop({ refuseRebuild })]);
  expect((await client.send(rebuild())).FailedRequests).toEqual([
    { WorkspaceId: ID, ErrorCode: 'Busy', ErrorMessage: 'later' },
  ]);
  expect((await client.send(rebuild())).FailedRequests).toEqual([]);
  const [unknown] = (await client.send(rebuild('ws-unknown00'))).FailedRequests ?? [];
  expect(unknown?.ErrorCode).toBe('ResourceNotFound.Workspace');
});

test('ERROR carries its code and message', async () => {
  const { client } = await world([brokenDesktop({ state: 'ERROR', errorCode: 'E1', errorMessage: 'why' })]);
  expect((await client.send(describeOne())).Workspaces?.[0]).toMatchObject({
    ErrorCode: 'E1',
    ErrorMessage: 'why',
  });
});
