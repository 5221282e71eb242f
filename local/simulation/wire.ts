/** The services' protocols, as far as the simulation reads and forges them. */
import * as v from 'valibot';
import type { ApiResponse } from '../desk/http.ts';
import type { RemedyName } from '../stories/desktop.ts';
import type { WireRequest } from './sandbox.ts';

const SERVICES: Readonly<Record<string, string>> = {
  DynamoDB_20120810: 'DynamoDB',
  WorkspacesService: 'WorkSpaces',
  AWSStepFunctions: 'StepFunctions',
  AmazonSSM: 'SSM',
  TrentService: 'KMS',
  GraniteServiceVersion20100801: 'CloudWatch',
};

/** `WorkSpaces.RebuildWorkspaces`, by the request's target, or by the query protocol's action. */
export function operationOf({ headers, body }: WireRequest): string {
  const target = Object.entries(headers).find(([name]) => name.toLowerCase() === 'x-amz-target')?.[1];
  if (target === undefined) return `SNS.${new URLSearchParams(body).get('Action') ?? 'none'}`;
  const [service = '', operation = ''] = target.split('.');
  return `${SERVICES[service] ?? service}.${operation}`;
}

const REMEDIES: Readonly<Record<string, RemedyName>> = {
  RebootWorkspaces: 'reboot',
  RestoreWorkspace: 'restore',
  RebuildWorkspaces: 'rebuild',
  StartWorkspaces: 'start',
};

/** What a request asks for, if it changes a WorkSpace. */
export function rungOf(call: string): RemedyName | undefined {
  return REMEDIES[/WorkSpaces\.(\w+)$/.exec(call)?.[1] ?? ''];
}

export function workspaceOf(body: string): string | null {
  return /ws-[0-9a-z]{8,63}/.exec(body)?.[0] ?? null;
}

/** The first part of the key that a request to the table names first: `STORM`, say. */
export function itemOf(operation: string, body: string): string | null {
  if (!operation.startsWith('DynamoDB.')) return null;
  return /"id":\{"S":"([^"#]*)/.exec(body)?.[1] ?? null;
}

const describeAnswer = v.object({ Workspaces: v.array(v.object({ State: v.string() })) });
const failedRequests = v.object({ FailedRequests: v.array(v.object({ ErrorCode: v.string() })) });

/** What an answer tells, to someone who knows the API. */
export function understood(
  operation: string,
  answer: ApiResponse | Error,
): { state: string | null; error: string | null; refused: boolean; code: string | null } {
  if (answer instanceof Error) return { state: null, error: answer.name, refused: false, code: null };
  if (answer.status >= 400) {
    const name = /"__type":"([^"]+)"|<Code>([^<]+)/.exec(answer.body);
    const error = name?.[1] ?? name?.[2] ?? 'error';
    const refused = answer.status < 500;
    return { state: null, error, refused, code: refused ? error : null };
  }
  if (operation === 'WorkSpaces.DescribeWorkspaces') {
    const { Workspaces } = v.parse(describeAnswer, JSON.parse(answer.body));
    return { state: Workspaces[0]?.State ?? 'NOT_FOUND', error: null, refused: false, code: null };
  }
  // A restore's answer has no members: its refusals are errors.
  const remedy = rungOf(operation);
  if (remedy !== undefined && remedy !== 'restore') {
    const { FailedRequests } = v.parse(failedRequests, JSON.parse(answer.body));
    const [failed] = FailedRequests;
    return { state: null, error: null, refused: failed !== undefined, code: failed?.ErrorCode ?? null };
  }
  return { state: null, error: null, refused: false, code: null };
}

export function reset(): Error {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
}

export function timeout(): Error {
  return Object.assign(new Error('No answer in time.'), { name: 'TimeoutError' });
}

export function failure(operation: string, status: 400 | 500): ApiResponse {
  const isDynamo = operation.startsWith('DynamoDB');
  const throttled = isDynamo ? 'ProvisionedThroughputExceededException' : 'ThrottlingException';
  const name = status === 400 ? throttled : 'InternalServerError';
  const isXml = operation.startsWith('SNS');
  return {
    status,
    headers: { 'content-type': isXml ? 'text/xml' : 'application/x-amz-json-1.0' },
    body: isXml
      ? `<ErrorResponse><Error><Type>Sender</Type><Code>${name}</Code><Message>No</Message></Error></ErrorResponse>`
      : JSON.stringify({ __type: name, message: 'Not now' }),
  };
}

const batch = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ RequestItems: v.record(v.string(), v.unknown()) }),
);

/** What `BatchGetItem` answers when it has read nothing: all that it was asked for. */
export function unprocessed(body: string): ApiResponse {
  const { RequestItems } = v.parse(batch, body);
  return {
    status: 200,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: JSON.stringify({ Responses: {}, UnprocessedKeys: RequestItems }),
  };
}
