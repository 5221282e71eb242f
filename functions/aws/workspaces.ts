import {
  DescribeTagsCommand,
  DescribeWorkspacesCommand,
  RebuildWorkspacesCommand,
  WorkSpacesClient,
  WorkSpacesServiceException,
} from '@aws-sdk/client-workspaces';
import { NOT_FOUND, type Observation } from '../incident.ts';
import { show } from '../text.ts';
import { errorName, REQUEST_HANDLER } from './clients.ts';

const reader = new WorkSpacesClient({ requestHandler: REQUEST_HANDLER });
// A rebuild cannot be taken back: the SDK must not repeat it by itself.
const mutator = new WorkSpacesClient({ requestHandler: REQUEST_HANDLER, maxAttempts: 1 });

/**
 * The WorkSpace as the service sees it now. An unknown id gives the state `NOT_FOUND`, whether AWS answers with
 * an empty list or with an error.
 * @throws WorkSpacesServiceException and network errors, after the SDK's own retries
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
    const optional = {
      userName: found.UserName,
      directoryId: found.DirectoryId,
      computerName: found.ComputerName,
      runningMode: found.WorkspaceProperties?.RunningMode,
      errorCode: found.ErrorCode,
      errorMessage: found.ErrorMessage,
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
 * @throws WorkSpacesServiceException and network errors, after the SDK's own retries
 * @see https://docs.aws.amazon.com/workspaces/latest/api/API_DescribeTags.html
 */
export async function readTags(workspaceId: string): Promise<Record<string, string>> {
  const { TagList = [] } = await reader.send(new DescribeTagsCommand({ ResourceId: workspaceId }));
  return Object.fromEntries(TagList.map(({ Key = '', Value = '' }) => [Key, Value]));
}

/** What is known after one `RebuildWorkspaces` request left. Never an exception: see `requestRebuild`. */
export type RebuildAnswer =
  | { result: 'accepted'; detail: string }
  | { result: 'refused'; detail: string; transient: boolean }
  | { result: 'unknown'; detail: string };

// Refusals that pass by themselves (FailedRequests has no list of codes; these are the common AWS ones).
const TRANSIENT = /throttl|toomanyrequests|requestlimit|internal|serviceunavailable|resourcebusy/i;

/**
 * Sends exactly one `RebuildWorkspaces` request, and never throws: once it may have left, an exception would
 * make a caller try again. A refusal comes as `FailedRequests` in a 200 response, or as a 4xx error; a
 * timeout, a broken connection or a 5xx leaves the result unknown.
 * @see https://docs.aws.amazon.com/workspaces/latest/api/API_RebuildWorkspaces.html
 */
export async function requestRebuild(workspaceId: string): Promise<RebuildAnswer> {
  try {
    const { FailedRequests = [] } = await mutator.send(
      new RebuildWorkspacesCommand({ RebuildWorkspaceRequests: [{ WorkspaceId: workspaceId }] }),
    );
    const [refusal] = FailedRequests;
    if (!refusal) return { result: 'accepted', detail: 'AWS accepted the request.' };
    return {
      result: 'refused',
      detail: `${show(refusal.ErrorCode)}: ${show(refusal.ErrorMessage)}`,
      transient: TRANSIENT.test(refusal.ErrorCode ?? ''),
    };
  } catch (error) {
    const detail = `${errorName(error)}: ${show(error instanceof Error ? error.message : error)}`;
    if (error instanceof WorkSpacesServiceException && error.$fault === 'client') {
      const status = error.$metadata.httpStatusCode ?? 500;
      if (status < 500 && error.name !== 'RequestTimeoutException') {
        return { result: 'refused', detail, transient: TRANSIENT.test(error.name) };
      }
    }
    return { result: 'unknown', detail };
  }
}
