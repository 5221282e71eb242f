/**
 * Amazon WorkSpaces on a desk: the operations that the service calls, with the rules of the API reference of
 * 2015-04-08 and its JSON 1.1 protocol. States are a function of the clock, so that nothing has to be awaited.
 */
import * as v from 'valibot';
import { type ApiRequest, type ApiResponse, type Listening, reply, serve } from './http.ts';

/** What becomes of a request that was accepted; all times in milliseconds. */
interface Remedy {
  /** From acceptance until `REBUILDING`, say, can be read: reads are eventually consistent. */
  startsAfter: number;
  /** Time spent in that state; `Infinity` for one that never finishes. */
  takes: number;
  endsIn: string;
  /** Accepted, but nothing happens. */
  ignored?: boolean;
  /** How long afterwards it is `UNHEALTHY` again. */
  relapsesAfter?: number;
}

/** A desktop, and what happens to it; all times in milliseconds. */
export interface DesktopSpec {
  workspaceId: string;
  directoryId: string;
  userName: string;
  computerName?: string;
  bundleId?: string;
  state: string;
  runningMode: 'ALWAYS_ON' | 'AUTO_STOP';
  /** Without any, it is in scope: `AutoRemediate = true`. */
  tags?: Record<string, string>;
  errorCode?: string;
  errorMessage?: string;
  rebuild: Remedy;
  /** What a reboot and a restore do; without any they end well in ten minutes. */
  reboot?: Remedy;
  restore?: Remedy;
  /** Ages of the snapshots at the server's start; without any, five hours. */
  snapshots?: { restore?: number[]; rebuild?: number[] };
  /** When somebody is connected, after the server's start. */
  sessions?: { from: number; to: number }[];
  /** Rebuilds are refused, the first `times` of them or all. */
  refuseRebuild?: { code: string; message: string; times?: number };
  /** Changes that happen by themselves, `after` the server's start. `GONE`: the service knows it no more. */
  changes?: { after: number; state: string }[];
}

/** One request that reached the service. */
export interface ApiCall {
  at: number;
  operation: string;
  workspaceIds: string[];
  /** `ok`, `FailedRequests:<code>`, or the exception's name. */
  result: string;
}

interface Refusal {
  WorkspaceId: string;
  ErrorCode: string;
  ErrorMessage: string;
}

interface Desktop {
  spec: DesktopSpec;
  /** Past and coming states, in order of time. */
  states: { at: number; state: string }[];
  refusals: number;
}

class ApiError extends Error {
  readonly status: number;
  constructor(name: string, message: string, status = 400) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

const TARGET = 'WorkspacesService.';
/** The states that allow each of them (API reference). */
const ALLOWED = {
  reboot: new Set(['AVAILABLE', 'UNHEALTHY', 'REBOOTING']),
  restore: new Set(['AVAILABLE', 'ERROR', 'UNHEALTHY', 'STOPPED']),
  rebuild: new Set(['AVAILABLE', 'ERROR', 'UNHEALTHY', 'STOPPED', 'REBOOTING']),
};
const UNDER_WAY = { reboot: 'REBOOTING', restore: 'RESTORING', rebuild: 'REBUILDING' };
const DONE_WELL: Remedy = { startsAfter: 5_000, takes: 600_000, endsIn: 'AVAILABLE' };
const SNAPSHOT_AGE = 5 * 3_600_000;
/** AWS looks whether somebody is connected every so often. */
const CONNECTION_CHECK = 60_000;
const PAGE = 25;

/** The bundle of a desktop for which none is given. */
const BUNDLE = 'wsb-bh8rsxt14';

// The constraints of the API model.
const workspaceId = v.pipe(v.string(), v.regex(/^ws-[0-9a-z]{8,63}$/));
const workspaceIds = v.pipe(v.array(workspaceId), v.minLength(1), v.maxLength(PAGE));
const nextToken = v.pipe(v.string(), v.minLength(1), v.maxLength(2048));
const describeInput = v.object({
  WorkspaceIds: v.optional(workspaceIds),
  DirectoryId: v.optional(
    v.pipe(
      v.string(),
      v.minLength(10),
      v.maxLength(65),
      v.regex(/^(d-[0-9a-f]{8,63}$)|(wsd-[0-9a-z]{8,63}$)/),
    ),
  ),
  UserName: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(63))),
  BundleId: v.optional(v.pipe(v.string(), v.regex(/^wsb-[0-9a-z]{8,63}$/))),
  WorkspaceName: v.optional(v.pipe(v.string(), v.regex(/^[a-zA-Z0-9_()][a-zA-Z0-9_.()-]{1,63}$/))),
  Limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(PAGE))),
  NextToken: v.optional(nextToken),
});
const oneInput = v.object({ WorkspaceId: workspaceId });
const rebootInput = v.object({
  RebootWorkspaceRequests: v.pipe(v.array(oneInput), v.minLength(1), v.maxLength(PAGE)),
});
const rebuildInput = v.object({ RebuildWorkspaceRequests: v.pipe(v.array(oneInput), v.length(1)) });
const connectionInput = v.object({
  WorkspaceIds: v.optional(workspaceIds),
  NextToken: v.optional(nextToken),
});
const describeTagsInput = v.object({ ResourceId: v.pipe(v.string(), v.minLength(1)) });

export class WorkspacesServer {
  readonly calls: ApiCall[] = [];
  readonly #desktops: Map<string, Desktop>;
  readonly #now: () => number;
  readonly #start: number;
  readonly #throttle: (operation: string, callNumber: number) => boolean;
  readonly #counts = new Map<string, number>();

  constructor(options: {
    now: () => number;
    desktops: DesktopSpec[];
    /** Whether to throttle the nth call (from 1) of an operation. */
    throttle?: (operation: string, callNumber: number) => boolean;
  }) {
    const start = options.now();
    this.#now = options.now;
    this.#start = start;
    this.#throttle = options.throttle ?? (() => false);
    this.#desktops = new Map(
      options.desktops.map((spec) => [
        spec.workspaceId,
        {
          spec,
          refusals: 0,
          states: [
            { at: start, state: spec.state },
            ...(spec.changes ?? []).map(({ after, state }) => ({ at: start + after, state })),
          ],
        },
      ]),
    );
  }

  /** The state of a desktop now, as it can be read. */
  state(workspaceId: string): string | undefined {
    return this.history(workspaceId).at(-1)?.state;
  }

  /** The states that a desktop has been in so far. */
  history(workspaceId: string): { at: number; state: string }[] {
    return (this.#desktops.get(workspaceId)?.states ?? []).filter(({ at }) => at <= this.#now());
  }

  setState(workspaceId: string, state: string): void {
    const desktop = this.#desktops.get(workspaceId);
    if (!desktop) throw new Error(`There is no desktop ${workspaceId}.`);
    desktop.states = [...this.history(workspaceId), { at: this.#now(), state }];
  }

  listen(): Promise<Listening> {
    return serve((request) => this.handle(request));
  }

  /** Answers one request of the protocol; every one that names an operation is counted in `calls`. */
  handle(request: ApiRequest): ApiResponse {
    const target = String(request.headers['x-amz-target'] ?? '');
    const operation = target.startsWith(TARGET) ? target.slice(TARGET.length) : '';
    const call: ApiCall = { at: this.#now(), operation, workspaceIds: [], result: 'ok' };
    this.calls.push(call);
    try {
      const authorization = String(request.headers.authorization ?? '');
      if (!/^AWS4-HMAC-SHA256 Credential=.+SignedHeaders=.+Signature=[0-9a-f]{64}/.test(authorization)) {
        throw new ApiError('MissingAuthenticationTokenException', 'Missing Authentication Token', 403);
      }
      const count = (this.#counts.get(operation) ?? 0) + 1;
      this.#counts.set(operation, count);
      if (this.#throttle(operation, count)) throw new ApiError('ThrottlingException', 'Rate exceeded');
      return reply(200, this.#answer(operation, parseJson(request.body), call));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      call.result = error.name;
      return reply(error.status, { __type: error.name, message: error.message });
    }
  }

  #answer(operation: string, body: unknown, call: ApiCall): object {
    switch (operation) {
      case 'DescribeWorkspaces':
        return this.#describe(input(describeInput, body), call);
      case 'DescribeTags':
        return this.#tags(input(describeTagsInput, body), call);
      case 'DescribeWorkspaceSnapshots':
        return this.#snapshots(input(oneInput, body).WorkspaceId, call);
      case 'DescribeWorkspacesConnectionStatus':
        return this.#connections(input(connectionInput, body), call);
      case 'RebootWorkspaces':
        return this.#changeAll('reboot', input(rebootInput, body).RebootWorkspaceRequests, call);
      case 'RebuildWorkspaces':
        return this.#changeAll('rebuild', input(rebuildInput, body).RebuildWorkspaceRequests, call);
      case 'RestoreWorkspace':
        return this.#restore(input(oneInput, body).WorkspaceId, call);
      default:
        throw new ApiError('UnknownOperationException', 'There is no such operation.');
    }
  }

  #describe(query: v.InferOutput<typeof describeInput>, call: ApiCall): object {
    const { WorkspaceIds: ids, DirectoryId, UserName, BundleId, WorkspaceName, Limit, NextToken } = query;
    call.workspaceIds = ids ?? [];
    const filters = [ids, DirectoryId, BundleId, WorkspaceName].filter((filter) => filter !== undefined);
    if (filters.length > 1) {
      throw new ApiError('InvalidParameterValuesException', 'Only one filter may be given.');
    }
    if (UserName !== undefined && DirectoryId === undefined) {
      throw new ApiError('InvalidParameterValuesException', 'UserName needs DirectoryId.');
    }
    const found = this.#existing().filter(
      ({ spec }) =>
        (ids?.includes(spec.workspaceId) ?? true) &&
        (DirectoryId === undefined || spec.directoryId === DirectoryId) &&
        (UserName === undefined || spec.userName === UserName) &&
        (BundleId === undefined || (spec.bundleId ?? BUNDLE) === BundleId) &&
        // Only user-decoupled WorkSpaces have a name, and there are none here.
        WorkspaceName === undefined,
    );
    const { items, ...rest } = page(found, NextToken, Limit);
    return { Workspaces: items.map((desktop) => this.#workspace(desktop)), ...rest };
  }

  #tags({ ResourceId: id }: v.InferOutput<typeof describeTagsInput>, call: ApiCall): object {
    call.workspaceIds = [id];
    const tags = Object.entries(this.#known(id).spec.tags ?? { AutoRemediate: 'true' });
    return { TagList: tags.map(([Key, Value]) => ({ Key, Value })) };
  }

  #workspace({ spec }: Desktop): object {
    const state = this.state(spec.workspaceId);
    return {
      WorkspaceId: spec.workspaceId,
      DirectoryId: spec.directoryId,
      UserName: spec.userName,
      IpAddress: '10.0.0.10',
      State: state,
      BundleId: spec.bundleId ?? BUNDLE,
      SubnetId: 'subnet-0a1b2c3d',
      ComputerName: spec.computerName,
      WorkspaceProperties: {
        RunningMode: spec.runningMode,
        RootVolumeSizeGib: 80,
        UserVolumeSizeGib: 50,
        ComputeTypeName: 'STANDARD',
      },
      ...(state === 'ERROR' && { ErrorCode: spec.errorCode, ErrorMessage: spec.errorMessage }),
    };
  }

  #snapshots(id: string, call: ApiCall): object {
    call.workspaceIds = [id];
    const { spec } = this.#known(id);
    const taken = (kind: 'restore' | 'rebuild') =>
      (spec.snapshots ? (spec.snapshots[kind] ?? []) : [SNAPSHOT_AGE]).map((age) => ({
        SnapshotTime: (this.#start - age) / 1000,
      }));
    return { RebuildSnapshots: taken('rebuild'), RestoreSnapshots: taken('restore') };
  }

  #connections(query: v.InferOutput<typeof connectionInput>, call: ApiCall): object {
    const { WorkspaceIds: ids, NextToken } = query;
    call.workspaceIds = ids ?? [];
    const checked = Math.floor(this.#now() / CONNECTION_CHECK) * CONNECTION_CHECK;
    const found = this.#existing().filter(({ spec }) => ids?.includes(spec.workspaceId) ?? true);
    const { items, ...rest } = page(found, NextToken);
    return {
      WorkspacesConnectionStatus: items.map(({ spec }) => {
        const isLive = spec.sessions?.some(
          ({ from, to }) => this.#start + from <= checked && checked < this.#start + to,
        );
        // Of a stopped WorkSpace the connection state is not known (API reference).
        const known = isLive ? 'CONNECTED' : 'DISCONNECTED';
        return {
          WorkspaceId: spec.workspaceId,
          ConnectionState: this.state(spec.workspaceId) === 'STOPPED' ? 'UNKNOWN' : known,
          ConnectionStateCheckTimestamp: checked / 1000,
        };
      }),
      ...rest,
    };
  }

  /** The desktops that the service knows, in the order in which they were given. */
  #existing(): Desktop[] {
    return [...this.#desktops.values()].filter(({ spec }) => this.state(spec.workspaceId) !== 'GONE');
  }

  #known(id: string): Desktop {
    const desktop = this.#desktops.get(id);
    if (!desktop || this.state(id) === 'GONE') {
      throw new ApiError('ResourceNotFoundException', `The resource ${id} could not be found.`);
    }
    return desktop;
  }

  /** How many of a directory's desktops were unhealthy, and how many well, at a time. */
  counts(directoryId: string, at: number): { unhealthy: number; available: number } {
    const counts = { unhealthy: 0, available: 0 };
    for (const { spec, states } of this.#desktops.values()) {
      if (spec.directoryId !== directoryId) continue;
      const state = (states.filter((one) => one.at <= at).at(-1) ?? states[0])?.state;
      if (state === 'UNHEALTHY') counts.unhealthy++;
      if (state === 'AVAILABLE') counts.available++;
    }
    return counts;
  }

  #changeAll(kind: 'reboot' | 'rebuild', requests: { WorkspaceId: string }[], call: ApiCall): object {
    call.workspaceIds = requests.map(({ WorkspaceId }) => WorkspaceId);
    const refusals = call.workspaceIds.flatMap((id) => this.#change(kind, id) ?? []);
    const [first] = refusals;
    if (first) call.result = `FailedRequests:${first.ErrorCode}`;
    return { FailedRequests: refusals };
  }

  /** Its refusals are errors: the answer has no members. */
  #restore(id: string, call: ApiCall): object {
    call.workspaceIds = [id];
    this.#known(id);
    const refusal = this.#change('restore', id);
    if (refusal) throw new ApiError('OperationNotSupportedException', refusal.ErrorMessage);
    return {};
  }

  /** Takes a request to change a desktop, or says why not. */
  #change(kind: keyof typeof ALLOWED, id: string): Refusal | undefined {
    const refuse = (ErrorCode: string, ErrorMessage: string): Refusal => ({
      WorkspaceId: id,
      ErrorCode,
      ErrorMessage,
    });
    const desktop = this.#desktops.get(id);
    if (!desktop || this.state(id) === 'GONE')
      return refuse('ResourceNotFound.Workspace', `The WorkSpace ${id} could not be found.`);
    const { refuseRebuild } = desktop.spec;
    if (
      kind === 'rebuild' &&
      refuseRebuild &&
      desktop.refusals < (refuseRebuild.times ?? Number.POSITIVE_INFINITY)
    ) {
      desktop.refusals++;
      return refuse(refuseRebuild.code, refuseRebuild.message);
    }
    const state = this.state(id) ?? '';
    if (!ALLOWED[kind].has(state)) {
      return refuse('InvalidResourceState', `The WorkSpace ${id} is ${state}: no ${kind} is possible.`);
    }
    const remedy = desktop.spec[kind] ?? DONE_WELL;
    if (remedy.ignored !== true) {
      const at = this.#now() + remedy.startsAfter;
      desktop.states = [...this.history(id), { at, state: UNDER_WAY[kind] }];
      const end = at + remedy.takes;
      if (Number.isFinite(end)) desktop.states.push({ at: end, state: remedy.endsIn });
      if (remedy.relapsesAfter !== undefined) {
        desktop.states.push({ at: end + remedy.relapsesAfter, state: 'UNHEALTHY' });
      }
    }
    return undefined;
  }
}

/** One page of a list. @throws ApiError */
function page<T>(all: T[], token: string | undefined, limit = PAGE): { items: T[]; NextToken?: string } {
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
function input<T>(schema: v.GenericSchema<unknown, T>, body: unknown): T {
  const parsed = v.safeParse(schema, body);
  if (parsed.success) return parsed.output;
  const wrongType = parsed.issues.find(({ kind, received }) => kind === 'schema' && received !== 'undefined');
  const issue = wrongType ?? parsed.issues[0];
  const name = wrongType ? 'SerializationException' : 'ValidationException';
  throw new ApiError(name, `${v.getDotPath(issue) ?? 'The body'}: ${issue.message}`);
}

/** The body of a request; a member that is `null` is as good as none. @throws ApiError */
function parseJson(body: string): unknown {
  try {
    const json: unknown = JSON.parse(body, (_, value) => value ?? undefined);
    if (typeof json === 'object' && !Array.isArray(json)) return json;
  } catch {
    // Not JSON is as bad as not a structure.
  }
  throw new ApiError('SerializationException', 'The body is not a structure in JSON.');
}
