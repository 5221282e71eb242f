/** The requests that change a WorkSpace. */
import {
  RebootWorkspacesCommand,
  RebuildWorkspacesCommand,
  RestoreWorkspaceCommand,
  StartWorkspacesCommand,
  WorkSpacesClient,
  WorkSpacesServiceException,
} from '@aws-sdk/client-workspaces';
import type { Remedy } from '../incident.ts';
import type { RefusalKind } from '../policy/refusal.ts';
import { type Operation, RUNG_FACTS } from '../rungs.ts';
import { errorName, reasonOf, show } from '../text.ts';
import { REQUEST_HANDLER } from './clients.ts';

// None of them can be taken back: the SDK must not repeat one by itself.
const client = new WorkSpacesClient({ requestHandler: REQUEST_HANDLER, maxAttempts: 1 });

/** What is known after one request left. Never an exception: see `request`. */
export type Answer =
  | { result: 'accepted'; detail: string }
  | { result: 'refused'; detail: string; kind: RefusalKind }
  | { result: 'unknown'; detail: string };

/**
 * Refusals that do not pass. AWS lists the errors of each operation, and none of the codes in `FailedRequests`: whatever
 * has another name may pass, and is asked again.
 * @see https://docs.aws.amazon.com/workspaces/latest/api/API_RestoreWorkspace.html
 * @see https://docs.aws.amazon.com/workspaces/latest/api/CommonErrors.html
 */
const FOR_GOOD: Readonly<Record<string, RefusalKind>> = {
  OperationNotSupported: 'not-for-this',
  AccessDenied: 'never',
  UnauthorizedOperation: 'never',
  NotAuthorized: 'never',
  OptInRequired: 'never',
  ResourceNotFound: 'never',
  InvalidParameterValues: 'never',
  InvalidParameterCombination: 'never',
  Validation: 'never',
  ValidationError: 'never',
};

/** By the name alone, with `Exception` at its end or without: `FailedRequests` may have either. */
const kindOf = (name = ''): RefusalKind => FOR_GOOD[name.replace(/Exception$/, '')] ?? 'not-now';

interface Refusal {
  ErrorCode?: string | undefined;
  ErrorMessage?: string | undefined;
}

/** Each operation for one WorkSpace, and the refusal that a 200 response may hold. */
const SEND: Readonly<Record<Operation, (WorkspaceId: string) => Promise<Refusal | undefined>>> = {
  async RebootWorkspaces(WorkspaceId) {
    const command = new RebootWorkspacesCommand({ RebootWorkspaceRequests: [{ WorkspaceId }] });
    return (await client.send(command)).FailedRequests?.[0];
  },
  async RestoreWorkspace(WorkspaceId) {
    await client.send(new RestoreWorkspaceCommand({ WorkspaceId }));
    return undefined;
  },
  async RebuildWorkspaces(WorkspaceId) {
    const command = new RebuildWorkspacesCommand({ RebuildWorkspaceRequests: [{ WorkspaceId }] });
    return (await client.send(command)).FailedRequests?.[0];
  },
  async StartWorkspaces(WorkspaceId) {
    const command = new StartWorkspacesCommand({ StartWorkspaceRequests: [{ WorkspaceId }] });
    return (await client.send(command)).FailedRequests?.[0];
  },
};

/**
 * Sends exactly one request, and never throws: once it may have left, an exception would make a caller try again.
 * A refusal comes as `FailedRequests` in a 200 response, or as a 4xx error; a timeout, a broken connection or a
 * 5xx leaves the result unknown.
 * @see https://docs.aws.amazon.com/workspaces/latest/api/API_RebuildWorkspaces.html
 * @see https://docs.aws.amazon.com/workspaces/latest/api/API_RebootWorkspaces.html
 * @see https://docs.aws.amazon.com/workspaces/latest/api/API_RestoreWorkspace.html
 * @see https://docs.aws.amazon.com/workspaces/latest/api/API_StartWorkspaces.html
 */
export async function request(rung: Remedy, workspaceId: string): Promise<Answer> {
  try {
    const refusal = await SEND[RUNG_FACTS[rung].operation](workspaceId);
    if (!refusal) return { result: 'accepted', detail: 'AWS accepted the request.' };
    return {
      result: 'refused',
      detail: reasonOf(refusal.ErrorCode, refusal.ErrorMessage),
      kind: kindOf(refusal.ErrorCode),
    };
  } catch (error) {
    const why = error instanceof Error ? reasonOf(undefined, error.message) : show(error);
    const detail = `${errorName(error)}: ${why}`;
    if (error instanceof WorkSpacesServiceException && error.$fault === 'client') {
      const status = error.$metadata.httpStatusCode ?? 500;
      if (status < 500 && error.name !== 'RequestTimeoutException') {
        return { result: 'refused', detail, kind: kindOf(error.name) };
      }
    }
    return { result: 'unknown', detail };
  }
}
