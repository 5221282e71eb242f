/** Asks the lab's server, and holds its answers against the model. */
import * as v from 'valibot';
import type { ApiResponse } from '../../../local/desk/http.ts';
import type { WorkspacesServer } from '../../../local/desk/workspaces-server.ts';
import type { DesktopSpec } from '../../../local/stories/desktop.ts';
import { faults, type Model } from './shapes.ts';

/** The operations that the lab's server has. */
export const OPERATIONS = [
  'DescribeWorkspaces',
  'DescribeTags',
  'DescribeWorkspaceSnapshots',
  'DescribeWorkspacesConnectionStatus',
  'RebootWorkspaces',
  'RebuildWorkspaces',
  'RestoreWorkspace',
  'StartWorkspaces',
  'DescribeWorkspaceDirectories',
] as const;
export type OperationName = (typeof OPERATIONS)[number];

/** Where a request fails before an operation sees it, by the way in which it is wrong. */
export const UNREADABLE: readonly string[] = ['ValidationException', 'SerializationException'];

/**
 * The errors that no operation names, since every service has them, and their status.
 * @see https://docs.aws.amazon.com/workspaces/latest/api/CommonErrors.html
 */
const COMMON: ReadonlyMap<string, number> = new Map([
  ['ThrottlingException', 400],
  // The page calls it ValidationError; services of JSON 1.1 send this name, which the model has for other operations.
  ['ValidationException', 400],
  // Older editions of the page have it, as MissingAuthenticationToken.
  ['MissingAuthenticationTokenException', 403],
  // Not on the page; what services of JSON 1.1 answer to a body that they cannot read.
  ['SerializationException', 400],
  // The page says 404, which services of JSON 1.1 keep for other content types.
  ['UnknownOperationException', 400],
]);

const errorBody = v.looseObject({ __type: v.string(), message: v.string() });

/** The name of the error that an answer carries, if any. */
export function errorOf({ status, body }: ApiResponse): string | undefined {
  return status === 200 ? undefined : v.parse(errorBody, JSON.parse(body)).__type;
}

/** All that is wrong with an answer to an operation, by the model. */
export function judge(model: Model, operation: string, { status, headers, body }: ApiResponse): string[] {
  const found: string[] = [];
  if (headers['content-type'] !== 'application/x-amz-json-1.1') found.push('content-type');
  if (!headers['x-amzn-requestid']) found.push('x-amzn-requestid');
  const { output, errors } = model.operation(operation);
  const json: unknown = JSON.parse(body);
  if (status === 200) return [...found, ...faults(output, json)];
  const { __type: name, ...members } = v.parse(errorBody, json);
  const schema = errors.get(name);
  // Every error that the API reference lists for an operation of this service has the status 400.
  const expected = schema ? 400 : COMMON.get(name);
  if (expected === undefined) return [...found, `${operation} has no ${name}`];
  if (status !== expected) found.push(`${name} with status ${status}`);
  return schema ? [...found, ...faults(schema, members)] : found;
}

/** The headers of a request that is signed by somebody. */
export const SIGNED = {
  authorization: `AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
};

/** One request, without a network in between. */
export function ask(server: WorkspacesServer, operation: string, body: unknown): ApiResponse {
  const headers = { ...SIGNED, 'x-amz-target': `WorkspacesService.${operation}` };
  return server.handle({ headers, body: JSON.stringify(body) });
}

/** A request of each kind about each desktop, and the lists page by page. */
export function everyRequest(desktops: readonly DesktopSpec[]): [OperationName, unknown][] {
  const directories = new Set(desktops.map(({ directoryId }) => directoryId));
  const ids = desktops.map(({ workspaceId }) => workspaceId).slice(0, 25);
  return [
    ['DescribeWorkspaces', {}],
    ['DescribeWorkspaces', { WorkspaceIds: ids }],
    ...[...directories].map((DirectoryId): [OperationName, unknown] => [
      'DescribeWorkspaces',
      { DirectoryId },
    ]),
    ['DescribeWorkspaces', { Limit: 1 }],
    ['DescribeWorkspacesConnectionStatus', {}],
    ['DescribeWorkspacesConnectionStatus', { WorkspaceIds: ids }],
    ['RebootWorkspaces', { RebootWorkspaceRequests: ids.map((WorkspaceId) => ({ WorkspaceId })) }],
    ['StartWorkspaces', { StartWorkspaceRequests: ids.map((WorkspaceId) => ({ WorkspaceId })) }],
    ['DescribeWorkspaceDirectories', {}],
    ['DescribeWorkspaceDirectories', { DirectoryIds: [...directories] }],
    ...desktops.flatMap(({ workspaceId: WorkspaceId }): [OperationName, unknown][] => [
      ['DescribeTags', { ResourceId: WorkspaceId }],
      ['DescribeWorkspaceSnapshots', { WorkspaceId }],
      ['RestoreWorkspace', { WorkspaceId }],
      ['RebuildWorkspaces', { RebuildWorkspaceRequests: [{ WorkspaceId }] }],
    ]),
  ];
}
