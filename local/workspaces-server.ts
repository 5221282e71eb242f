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
const ID = /^ws-[0-9a-z]{8,63}$/;
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

const describeInput = v.object({
  WorkspaceIds: v.optional(v.array(v.string())),
  DirectoryId: v.optional(v.string()),
  UserName: v.optional(v.string()),
  BundleId: v.optional(v.string()),
  Limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(PAGE))),
  NextToken: v.optional(v.string()),
});
const rebootInput = v.object({
  RebootWorkspaceRequests: v.pipe(v.array(v.object({ WorkspaceId: v.string() })), v.length(1)),
});
const oneInput = v.object({ WorkspaceId: v.string() });
const connectionInput = v.object({
  WorkspaceIds: v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(PAGE)),
});
const describeTagsInput = v.object({ ResourceId: v.string() });
const rebuildInput = v.object({
  RebuildWorkspaceRequests: v.pipe(v.array(v.object({ WorkspaceId: v.string() })), v.length(1)),
});

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
    const operation = target.startsWith(TARGET) ? target.slice(TARGET.length) : target;
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
    if (operation === 'DescribeWorkspaces') return this.#describe(input(describeInput, body), call);
    if (operation === 'RebuildWorkspaces') {
      const [{ WorkspaceId } = { WorkspaceId: '' }] = input(rebuildInput, body).RebuildWorkspaceRequests;
      return this.#change('rebuild', WorkspaceId, call);
    }
    if (operation === 'DescribeTags') return this.#tags(input(describeTagsInput, body), call);
    if (operation === 'RebootWorkspaces') {
      const [{ WorkspaceId } = { WorkspaceId: '' }] = input(rebootInput, body).RebootWorkspaceRequests;
      return this.#change('reboot', WorkspaceId, call);
    }
    if (operation === 'RestoreWorkspace') {
      const { FailedRequests } = this.#change('restore', input(oneInput, body).WorkspaceId, call);
      const [refusal] = FailedRequests;
      if (refusal) throw new ApiError('OperationNotSupportedException', refusal.ErrorMessage);
      return {};
    }
    if (operation === 'DescribeWorkspaceSnapshots') {
      return this.#snapshots(input(oneInput, body).WorkspaceId, call);
    }
    if (operation === 'DescribeWorkspacesConnectionStatus') {
      return this.#connections(input(connectionInput, body).WorkspaceIds, call);
    }
    throw new ApiError('UnknownOperationException', `Unknown operation ${operation}`);
  }

  #describe(query: v.InferOutput<typeof describeInput>, call: ApiCall): object {
    const { WorkspaceIds: ids, DirectoryId, UserName, BundleId, Limit = PAGE, NextToken } = query;
    call.workspaceIds = ids ?? [];
    if (ids && (DirectoryId !== undefined || BundleId !== undefined || UserName !== undefined)) {
      throw new ApiError('InvalidParameterValuesException', 'WorkspaceIds cannot be combined with a filter.');
    }
    if (UserName !== undefined && DirectoryId === undefined) {
      throw new ApiError('InvalidParameterValuesException', 'UserName needs DirectoryId.');
    }
    if (ids && (ids.length === 0 || ids.length > PAGE)) {
      throw new ApiError('ValidationException', `WorkspaceIds must have 1 to ${PAGE} items.`);
    }
    for (const id of ids ?? []) checkId(id);
    const found = [...this.#desktops.values()].filter(
      ({ spec }) =>
        this.state(spec.workspaceId) !== 'GONE' &&
        (ids?.includes(spec.workspaceId) ?? true) &&
        (DirectoryId === undefined || spec.directoryId === DirectoryId) &&
        (UserName === undefined || spec.userName === UserName) &&
        (BundleId === undefined || spec.bundleId === BundleId),
    );
    const from = NextToken === undefined ? 0 : Number(Buffer.from(NextToken, 'base64').toString());
    if (!Number.isInteger(from) || from < 0) {
      throw new ApiError('InvalidParameterValuesException', 'NextToken is not valid.');
    }
    const to = from + Limit;
    return {
      Workspaces: found.slice(from, to).map((desktop) => this.#workspace(desktop)),
      ...(to < found.length && { NextToken: Buffer.from(String(to)).toString('base64') }),
    };
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
      BundleId: spec.bundleId ?? 'wsb-bh8rsxt14',
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

  #connections(ids: string[], call: ApiCall): object {
    call.workspaceIds = ids;
    const checked = Math.floor(this.#now() / CONNECTION_CHECK) * CONNECTION_CHECK;
    const found = ids.flatMap((id) => this.#desktops.get(id) ?? []);
    return {
      WorkspacesConnectionStatus: found.map(({ spec }) => {
        const sessions = spec.sessions ?? [];
        const isLive = sessions.some(
          ({ from, to }) => this.#start + from <= checked && checked < this.#start + to,
        );
        return {
          WorkspaceId: spec.workspaceId,
          ConnectionState: isLive ? 'CONNECTED' : 'DISCONNECTED',
          ConnectionStateCheckTimestamp: checked / 1000,
        };
      }),
    };
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

  #change(kind: keyof typeof ALLOWED, id: string, call: ApiCall): { FailedRequests: Refusal[] } {
    call.workspaceIds = [id];
    checkId(id);
    const refuse = (ErrorCode: string, ErrorMessage: string) => {
      call.result = `FailedRequests:${ErrorCode}`;
      return { FailedRequests: [{ WorkspaceId: id, ErrorCode, ErrorMessage }] };
    };
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
    return { FailedRequests: [] };
  }
}

function checkId(id: string): void {
  if (!ID.test(id)) throw new ApiError('ValidationException', `WorkspaceId must match ${ID.source}.`);
}

function input<T>(schema: v.GenericSchema<unknown, T>, body: unknown): T {
  const parsed = v.safeParse(schema, body);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new ApiError('ValidationException', `${v.getDotPath(issue) ?? 'The body'}: ${issue.message}`);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new ApiError('SerializationException', 'The body is not JSON.');
  }
}
