/** The protocol of Amazon WorkSpaces on a desk: inputs by the constraints of the API model, pages, and errors. */
import * as v from 'valibot';

/** What the service answers instead; `name` is the exception's. */
export class ApiError extends Error {
  readonly status: number;
  constructor(name: string, message: string, status = 400) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

const PAGE = 25;

// The constraints of the API model.
const workspaceId = v.pipe(v.string(), v.regex(/^ws-[0-9a-z]{8,63}$/));
const workspaceIds = v.pipe(v.array(workspaceId), v.minLength(1), v.maxLength(PAGE));
const nextToken = v.pipe(v.string(), v.minLength(1), v.maxLength(2048));
const directoryId = v.pipe(
  v.string(),
  v.minLength(10),
  v.maxLength(65),
  v.regex(/^(d-[0-9a-f]{8,63}$)|(wsd-[0-9a-z]{8,63}$)/),
);
const limit = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(PAGE));
const some = <T extends v.GenericSchema>(item: T) =>
  v.optional(v.pipe(v.array(item), v.minLength(1), v.maxLength(PAGE)));
export const describeInput = v.object({
  WorkspaceIds: v.optional(workspaceIds),
  DirectoryId: v.optional(directoryId),
  UserName: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(63))),
  BundleId: v.optional(v.pipe(v.string(), v.regex(/^wsb-[0-9a-z]{8,63}$/))),
  WorkspaceName: v.optional(v.pipe(v.string(), v.regex(/^[a-zA-Z0-9_()][a-zA-Z0-9_.()-]{1,63}$/))),
  Limit: v.optional(limit),
  NextToken: v.optional(nextToken),
});
export const oneInput = v.object({ WorkspaceId: workspaceId });
export const rebootInput = v.object({
  RebootWorkspaceRequests: v.pipe(v.array(oneInput), v.minLength(1), v.maxLength(PAGE)),
});
export const rebuildInput = v.object({ RebuildWorkspaceRequests: v.pipe(v.array(oneInput), v.length(1)) });
export const startInput = v.object({
  StartWorkspaceRequests: v.pipe(
    v.array(v.object({ WorkspaceId: v.optional(workspaceId) })),
    v.minLength(1),
    v.maxLength(PAGE),
  ),
});
export const directoriesInput = v.object({
  DirectoryIds: some(directoryId),
  WorkspaceDirectoryNames: some(v.pipe(v.string(), v.regex(/^[a-zA-Z0-9][a-zA-Z0-9_.\s-]{1,64}$/))),
  Limit: v.optional(limit),
  NextToken: v.optional(nextToken),
  Filters: some(
    v.object({
      Name: v.picklist(['USER_IDENTITY_TYPE', 'WORKSPACE_TYPE']),
      Values: v.pipe(
        v.array(v.pipe(v.string(), v.regex(/^[0-9a-zA-Z*.\\/?\-_]{0,64}$/))),
        v.minLength(1),
        v.maxLength(PAGE),
      ),
    }),
  ),
});
export const connectionInput = v.object({
  WorkspaceIds: v.optional(workspaceIds),
  NextToken: v.optional(nextToken),
});
export const describeTagsInput = v.object({ ResourceId: v.pipe(v.string(), v.minLength(1)) });

/** One page of a list. @throws ApiError */
export function page<T>(
  all: T[],
  token: string | undefined,
  limit = PAGE,
): { items: T[]; NextToken?: string } {
  const start = token === undefined ? '0' : Buffer.from(token, 'base64').toString();
  if (!/^\d+$/.test(start)) throw new ApiError('InvalidParameterValuesException', 'NextToken is not valid.');
  const end = Number(start) + limit;
  return {
    items: all.slice(Number(start), end),
    ...(end < all.length && { NextToken: Buffer.from(String(end)).toString('base64') }),
  };
}

/**
 * The input of an operation. A value of the wrong type cannot be read at all, which comes before any constraint.
 * @throws ApiError
 */
export function input<T>(schema: v.GenericSchema<unknown, T>, body: unknown): T {
  const parsed = v.safeParse(schema, body);
  if (parsed.success) return parsed.output;
  const wrongType = parsed.issues.find(({ kind, received }) => kind === 'schema' && received !== 'undefined');
  const issue = wrongType ?? parsed.issues[0];
  const name = wrongType ? 'SerializationException' : 'ValidationException';
  throw new ApiError(name, `${v.getDotPath(issue) ?? 'The body'}: ${issue.message}`);
}

/** The body of a request; a member that is `null` is as good as none. @throws ApiError */
export function parseJson(body: string): unknown {
  try {
    const json: unknown = JSON.parse(body, (_, value) => value ?? undefined);
    if (typeof json === 'object' && !Array.isArray(json)) return json;
  } catch {
    // Not JSON is as bad as not a structure.
  }
  throw new ApiError('SerializationException', 'The body is not a structure in JSON.');
}
