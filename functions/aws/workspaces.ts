import {
  DescribeTagsCommand,
  DescribeWorkspaceSnapshotsCommand,
  DescribeWorkspacesCommand,
  DescribeWorkspacesConnectionStatusCommand,
  WorkSpacesClient,
} from '@aws-sdk/client-workspaces';
import type { Rung } from '../incident.ts';
import { NOT_FOUND, type Observation } from '../observation.ts';
import { errorName } from '../text.ts';
import { REQUEST_HANDLER } from './clients.ts';
import { followOutages } from './unavailable.ts';

/** One client for all that is read of WorkSpaces. */
export const reader = new WorkSpacesClient({ requestHandler: REQUEST_HANDLER });
followOutages('WorkSpaces', reader);

/**
 * The WorkSpace as the service sees it now. An unknown id gives the state `NOT_FOUND`, whether AWS answers with
 * an empty list or with an error.
 * @throws AwsUnavailable, WorkSpacesServiceException
 * @see https://docs.aws.amazon.com/workspaces/latest/api/API_DescribeWorkspaces.html
 */
export async function observe(workspaceId: string): Promise<Observation> {
  const at = () => new Date().toISOString();
  try {
    const { Workspaces = [] } = await reader.send(
      new DescribeWorkspacesCommand({ WorkspaceIds: [workspaceId] }),
    );
    const found = Workspaces.find((workspace) => workspace.WorkspaceId === workspaceId);
    if (!found) return { at: at(), state: NOT_FOUND };
    const isEncrypted = found.UserVolumeEncryptionEnabled || found.RootVolumeEncryptionEnabled;
    const optional = {
      userName: found.UserName,
      directoryId: found.DirectoryId,
      computerName: found.ComputerName,
      runningMode: found.WorkspaceProperties?.RunningMode,
      errorCode: found.ErrorCode,
      errorMessage: found.ErrorMessage,
      volumeKey: isEncrypted ? found.VolumeEncryptionKey : undefined,
    };
    const known = Object.entries(optional).filter((entry) => typeof entry[1] === 'string');
    return { at: at(), state: found.State ?? 'UNKNOWN', ...Object.fromEntries(known) };
  } catch (error) {
    if (errorName(error) === 'ResourceNotFoundException') return { at: at(), state: NOT_FOUND };
    throw error;
  }
}

/**
 * The tags of a WorkSpace.
 * @throws AwsUnavailable, WorkSpacesServiceException
 * @see https://docs.aws.amazon.com/workspaces/latest/api/API_DescribeTags.html
 */
export async function readTags(workspaceId: string): Promise<Record<string, string>> {
  const { TagList = [] } = await reader.send(new DescribeTagsCommand({ ResourceId: workspaceId }));
  return Object.fromEntries(TagList.map(({ Key = '', Value = '' }) => [Key, Value]));
}

/** The newest of some times, ISO. */
const newest = (times: readonly (Date | undefined)[]): string | undefined =>
  times
    .flatMap((time) => (time ? [time.toISOString()] : []))
    .sort()
    .at(-1);

/** When the newest snapshot for each was made, ISO; missing when there is none. */
export type Snapshots = Partial<Record<Rung, string>>;

/**
 * When the newest snapshot for a restore and for a rebuild were made.
 * @throws AwsUnavailable, WorkSpacesServiceException
 * @see https://docs.aws.amazon.com/workspaces/latest/api/API_DescribeWorkspaceSnapshots.html
 */
export async function readSnapshots(workspaceId: string): Promise<Snapshots> {
  const { RebuildSnapshots = [], RestoreSnapshots = [] } = await reader.send(
    new DescribeWorkspaceSnapshotsCommand({ WorkspaceId: workspaceId }),
  );
  const restore = newest(RestoreSnapshots.map(({ SnapshotTime }) => SnapshotTime));
  const rebuild = newest(RebuildSnapshots.map(({ SnapshotTime }) => SnapshotTime));
  return { ...(restore && { restore }), ...(rebuild && { rebuild }) };
}

/** What `DescribeWorkspacesConnectionStatus` says; `UNKNOWN` also stands for no answer about it. */
export interface Connection {
  state: string;
  /** When AWS looked, ISO. */
  checkedAt?: string | undefined;
}

/**
 * Whether somebody is connected, as AWS last saw it.
 * @throws AwsUnavailable, WorkSpacesServiceException
 * @see https://docs.aws.amazon.com/workspaces/latest/api/API_WorkspaceConnectionStatus.html
 */
export async function readConnection(workspaceId: string): Promise<Connection> {
  const { WorkspacesConnectionStatus = [] } = await reader.send(
    new DescribeWorkspacesConnectionStatusCommand({ WorkspaceIds: [workspaceId] }),
  );
  const found = WorkspacesConnectionStatus.find((one) => one.WorkspaceId === workspaceId);
  const checkedAt = found?.ConnectionStateCheckTimestamp?.toISOString();
  return { state: found?.ConnectionState ?? 'UNKNOWN', ...(checkedAt && { checkedAt }) };
}
