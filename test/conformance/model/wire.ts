/** What passes between the SDK and the lab's server: the errors as the SDK understands them, and the product's requests. */
import { readdirSync, readFileSync } from 'node:fs';
import * as sdk from '@aws-sdk/client-workspaces';
import { WorkspacesServer } from '../../../local/desk/workspaces-server.ts';
import { brokenDesktop } from '../../../local/stories/samples.ts';
import { ACCOUNT, REGION } from '../engines.ts';
import type { OperationName } from './judge.ts';
import { type Relay, startRelay } from './relay.ts';

const ADAPTERS = new URL('../../../functions/aws/', import.meta.url);
const PACKAGE = '@aws-sdk/client-workspaces';

/** The operations that the product's adapters name, each in alphabetical order. */
export function operationsOfProduct(): string[] {
  const sources = readdirSync(ADAPTERS)
    .map((file) => readFileSync(new URL(file, ADAPTERS), 'utf8'))
    .filter((source) => source.includes(PACKAGE));
  const commands = sources.flatMap((source) => [...source.matchAll(/\b(\w+)Command\b/g)]);
  return [...new Set(commands.flatMap(([, name = '']) => name))].sort();
}

/** An id of a directory for each of a WorkSpace; the model takes 65 characters. */
const directoryLike = (workspaceId: string) => workspaceId.replace(/^ws-/, 'wsd-').slice(0, 65);

/** The product's adapters, whose requests go to a relay in front of the lab's server. */
export async function startProduct() {
  const directories = { [directoryLike(ID)]: { identity: 'entra' } };
  const server = new WorkspacesServer({ now: Date.now, desktops: [brokenDesktop()], directories });
  const relay = await startRelay((request) => server.handle(request));
  Object.assign(process.env, {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: ACCOUNT,
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_ENDPOINT_URL_WORKSPACES: relay.url,
  });
  // Their clients read the environment when they are made.
  const reads = await import('../../../functions/aws/workspaces.ts');
  const identity = await import('../../../functions/aws/identity.ts');
  const remedies = await import('../../../functions/aws/remedies.ts');
  const calls: Record<OperationName, (workspaceId: string) => Promise<unknown>> = {
    DescribeWorkspaces: reads.observe,
    DescribeTags: reads.readTags,
    DescribeWorkspaceSnapshots: reads.readSnapshots,
    DescribeWorkspacesConnectionStatus: reads.readConnection,
    RebootWorkspaces: (workspaceId) => remedies.request('reboot', workspaceId),
    RebuildWorkspaces: (workspaceId) => remedies.request('rebuild', workspaceId),
    RestoreWorkspace: (workspaceId) => remedies.request('restore', workspaceId),
    StartWorkspaces: (workspaceId) => remedies.request('start', workspaceId),
    DescribeWorkspaceDirectories: (workspaceId) => identity.isJoinedToEntra(directoryLike(workspaceId)),
  };
  return { relay, calls };
}

/** The lab's server with one desktop in `REBUILDING`, behind a relay, and the SDK as it comes. */
export async function startLab(throttle?: (operation: string, call: number) => boolean): Promise<{
  relay: Relay;
  client: sdk.WorkSpacesClient;
}> {
  const desktops = [brokenDesktop({ state: 'REBUILDING' })];
  const server = new WorkspacesServer({ now: Date.now, desktops, ...(throttle && { throttle }) });
  const relay = await startRelay((request) => server.handle(request));
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  return { relay, client: new sdk.WorkSpacesClient({ endpoint: relay.url, region: REGION, credentials }) };
}

const ID = brokenDesktop().workspaceId;
const DIRECTORY = brokenDesktop().directoryId;
const UNKNOWN = 'ws-unknown00';

interface SdkError {
  title: string;
  asks: (client: sdk.WorkSpacesClient) => Promise<unknown>;
  is: new (...args: never[]) => Error;
}

const describe = (input: sdk.DescribeWorkspacesCommandInput) => (client: sdk.WorkSpacesClient) =>
  client.send(new sdk.DescribeWorkspacesCommand(input));
const connections =
  (input: sdk.DescribeWorkspacesConnectionStatusCommandInput) => (client: sdk.WorkSpacesClient) =>
    client.send(new sdk.DescribeWorkspacesConnectionStatusCommand(input));
const tags = (ResourceId: string) => (client: sdk.WorkSpacesClient) =>
  client.send(new sdk.DescribeTagsCommand({ ResourceId }));
const snapshots = (WorkspaceId: string) => (client: sdk.WorkSpacesClient) =>
  client.send(new sdk.DescribeWorkspaceSnapshotsCommand({ WorkspaceId }));
const start = (StartWorkspaceRequests: sdk.StartRequest[]) => (client: sdk.WorkSpacesClient) =>
  client.send(new sdk.StartWorkspacesCommand({ StartWorkspaceRequests }));
const directories = (input: sdk.DescribeWorkspaceDirectoriesCommandInput) => (client: sdk.WorkSpacesClient) =>
  client.send(new sdk.DescribeWorkspaceDirectoriesCommand(input));
const restore = (WorkspaceId: string) => (client: sdk.WorkSpacesClient) =>
  client.send(new sdk.RestoreWorkspaceCommand({ WorkspaceId }));

/** Requests that fail, and the SDK's class for the error. */
export const ERRORS: SdkError[] = [
  { title: 'tags of an unknown id', asks: tags(UNKNOWN), is: sdk.ResourceNotFoundException },
  { title: 'snapshots of an unknown id', asks: snapshots(UNKNOWN), is: sdk.ResourceNotFoundException },
  { title: 'a restore of an unknown id', asks: restore(UNKNOWN), is: sdk.ResourceNotFoundException },
  { title: 'a restore in REBUILDING', asks: restore(ID), is: sdk.OperationNotSupportedException },
  {
    title: 'ids and a directory',
    asks: describe({ WorkspaceIds: [ID], DirectoryId: DIRECTORY }),
    is: sdk.InvalidParameterValuesException,
  },
  {
    title: 'a bundle and a directory',
    asks: describe({ BundleId: 'wsb-bh8rsxt14', DirectoryId: DIRECTORY }),
    is: sdk.InvalidParameterValuesException,
  },
  {
    title: 'a user without a directory',
    asks: describe({ UserName: 'mmajor' }),
    is: sdk.InvalidParameterValuesException,
  },
  {
    title: 'a page that no answer named',
    asks: describe({ NextToken: 'nonsense' }),
    is: sdk.InvalidParameterValuesException,
  },
  {
    title: 'a page of connections that no answer named',
    asks: connections({ NextToken: '!' }),
    is: sdk.InvalidParameterValuesException,
  },
  {
    title: 'a page of directories that no answer named',
    asks: directories({ NextToken: 'nonsense' }),
    is: sdk.InvalidParameterValuesException,
  },
  {
    title: 'directories that are none',
    asks: directories({ DirectoryIds: ['nonsense'] }),
    is: sdk.ValidationException,
  },
  { title: 'a start of none', asks: start([]), is: sdk.ValidationException },
  { title: 'ids that are none', asks: describe({ WorkspaceIds: ['nonsense'] }), is: sdk.ValidationException },
  { title: 'no ids at all', asks: connections({ WorkspaceIds: [] }), is: sdk.ValidationException },
  {
    title: 'a rebuild of two',
    asks: (client) =>
      client.send(
        new sdk.RebuildWorkspacesCommand({
          RebuildWorkspaceRequests: [{ WorkspaceId: ID }, { WorkspaceId: UNKNOWN }],
        }),
      ),
    is: sdk.ValidationException,
  },
];
