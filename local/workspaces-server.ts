/**
 * Amazon WorkSpaces on a desk: the operations that the service calls, with the rules of the API reference of
 * 2015-04-08 and its JSON 1.1 protocol. States are a function of the clock, so that nothing has to be awaited.
 */
import type * as v from 'valibot';
import { type ApiRequest, type ApiResponse, type Listening, reply, serve } from './http.ts';
import { type Answer, accepted, type DesktopSpec, type RemedyName, UNDER_WAY } from './stories/desktop.ts';
import {
  ApiError,
  connectionInput,
  describeInput,
  describeTagsInput,
  input,
  oneInput,
  page,
  parseJson,
  rebootInput,
  rebuildInput,
} from './workspaces-protocol.ts';

/** One request that reached the service. */
export interface ApiCall {
  at: number;
  operation: string;
  workspaceIds: string[];
  /** `ok`, `FailedRequests:<code>`, or the exception's name. */
  result: string;
}

interface FailedRequest {
  WorkspaceId: string;
  ErrorCode: string;
  ErrorMessage: string;
}

/** A state that a desktop was in, or comes to, and why: of itself, by a person, or by a request that it answered. */
export interface StateChange {
  at: number;
  state: string;
  cause: 'story' | 'person' | 'request';
}

interface Desktop {
  spec: DesktopSpec;
  /** Past and coming states, in order of time. */
  states: StateChange[];
  /** How many requests of each kind it has answered. */
  answered: Partial<Record<RemedyName, number>>;
}

const TARGET = 'WorkspacesService.';
/** The states that allow each of them (API reference). */
const ALLOWED = {
  reboot: new Set(['AVAILABLE', 'UNHEALTHY', 'REBOOTING']),
  restore: new Set(['AVAILABLE', 'ERROR', 'UNHEALTHY', 'STOPPED']),
  rebuild: new Set(['AVAILABLE', 'ERROR', 'UNHEALTHY', 'STOPPED', 'REBOOTING']),
};
const HOUR = 3_600_000;
const SNAPSHOT_AGE = 5 * HOUR;
/** AWS takes snapshots every so often (administration guide, "Restore a WorkSpace"). */
const SNAPSHOT_PERIOD = 12 * HOUR;
/** AWS looks whether somebody is connected every so often. */
const CONNECTION_CHECK = 60_000;

/** The bundle of a desktop for which none is given. */
const BUNDLE = 'wsb-bh8rsxt14';
/** Code of a request that the state of the WorkSpace does not allow. */
const NOT_NOW = 'InvalidResourceState';

export class WorkspacesServer {
  readonly calls: ApiCall[] = [];
  readonly #desktops: Map<string, Desktop>;
  readonly #directories = new Map<string, Desktop[]>();
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
        { spec, answered: {}, states: statesOf(spec, start) },
      ]),
    );
    for (const desktop of this.#desktops.values()) {
      const near = this.#directories.get(desktop.spec.directoryId);
      if (near) near.push(desktop);
      else this.#directories.set(desktop.spec.directoryId, [desktop]);
    }
  }

  /** The state of a desktop now, as it can be read. */
  state(workspaceId: string): string | undefined {
    const states = this.#desktops.get(workspaceId)?.states;
    return states && stateAt(states, this.#now());
  }

  /** The states that a desktop has been in so far. */
  history(workspaceId: string): StateChange[] {
    return (this.#desktops.get(workspaceId)?.states ?? []).filter(({ at }) => at <= this.#now());
  }

  /** The state of a desktop at a time; `undefined` before its first one. */
  stateThen(workspaceId: string, at: number): string | undefined {
    return this.#desktops.get(workspaceId)?.states.findLast((one) => one.at <= at)?.state;
  }

  /** Whether a desktop comes to another state if nobody asks anything of it. */
  isChanging(workspaceId: string): boolean {
    const last = this.#desktops.get(workspaceId)?.states.at(-1);
    return last !== undefined && last.at > this.#now();
  }

  setState(workspaceId: string, state: string): void {
    const desktop = this.#desktops.get(workspaceId);
    if (!desktop) throw new Error(`There is no desktop ${workspaceId}.`);
    desktop.states = [...this.history(workspaceId), { at: this.#now(), state, cause: 'story' }];
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
    const tags = Object.entries(this.#tagsOf(this.#known(id)));
    return { TagList: tags.map(([Key, Value]) => ({ Key, Value })) };
  }

  #tagsOf({ spec }: Desktop): Record<string, string> {
    const last = (spec.retags ?? []).filter(({ after }) => this.#start + after <= this.#now()).at(-1);
    return last?.tags ?? spec.tags ?? { AutoRemediate: 'true' };
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
    const desktop = this.#known(id);
    const taken = (kind: 'restore' | 'rebuild') =>
      this.#snapshotTimes(desktop, kind).map((at) => ({ SnapshotTime: at / 1000 }));
    return { RebuildSnapshots: taken('rebuild'), RestoreSnapshots: taken('restore') };
  }

  /** Snapshots for a rebuild are taken whatever the state, those for a restore only while it is well. */
  #snapshotTimes({ spec, states }: Desktop, kind: 'restore' | 'rebuild'): number[] {
    const ages = spec.snapshots ? (spec.snapshots[kind] ?? []) : [SNAPSHOT_AGE];
    const times = ages.map((age) => this.#start - age);
    if (times.length === 0) return times;
    for (let at = Math.max(...times) + SNAPSHOT_PERIOD; at <= this.#now(); at += SNAPSHOT_PERIOD) {
      // Of what was taken before the start, the story tells.
      if (at > this.#start && (kind === 'rebuild' || stateAt(states, at) === 'AVAILABLE')) times.push(at);
    }
    return times;
  }

  #connections(query: v.InferOutput<typeof connectionInput>, call: ApiCall): object {
    const { WorkspaceIds: ids, NextToken } = query;
    call.workspaceIds = ids ?? [];
    const checked = Math.floor(this.#now() / CONNECTION_CHECK) * CONNECTION_CHECK;
    const found = this.#existing().filter(({ spec }) => ids?.includes(spec.workspaceId) ?? true);
    const { items, ...rest } = page(found, NextToken);
    return {
      WorkspacesConnectionStatus: items.map(({ spec }) => {
        const isLive = spec.connected?.some(
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
    for (const { states } of this.#directories.get(directoryId) ?? []) {
      const state = stateAt(states, at);
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
    // Where the rules of the API refuse it, they do so under this name.
    const name = refusal?.ErrorCode === NOT_NOW ? 'OperationNotSupportedException' : refusal?.ErrorCode;
    if (refusal) throw new ApiError(name ?? '', refusal.ErrorMessage);
    return {};
  }

  /** Takes a request to change a desktop, or says why not. @throws ApiError */
  #change(kind: keyof typeof ALLOWED, id: string): FailedRequest | undefined {
    const refuse = (ErrorCode: string, ErrorMessage: string) => ({
      WorkspaceId: id,
      ErrorCode,
      ErrorMessage,
    });
    const desktop = this.#desktops.get(id);
    if (!desktop || this.state(id) === 'GONE')
      return refuse('ResourceNotFound.Workspace', `The WorkSpace ${id} could not be found.`);
    const number = desktop.answered[kind] ?? 0;
    desktop.answered[kind] = number + 1;
    const answers = desktop.spec.remedies?.[kind] ?? [accepted(kind)];
    const answer = answers[Math.min(number, answers.length - 1)] ?? accepted(kind);
    const { refused } = answer;
    if (refused) {
      this.#follow(desktop, answer);
      const { code, message, status = 400, asError } = refused;
      if (asError || status >= 500) throw new ApiError(code, message, status);
      return refuse(code, message);
    }
    const state = this.state(id) ?? '';
    if (!ALLOWED[kind].has(state))
      return refuse(NOT_NOW, `The WorkSpace ${id} is ${state}: no ${kind} is possible.`);
    this.#follow(desktop, answer);
    return undefined;
  }

  /** What comes of an answer. Changes that would fall into a remedy under way do not happen; after a refusal they do. */
  #follow(desktop: Desktop, { steps, refused }: Answer): void {
    const last = steps.at(-1);
    if (!last) return;
    const now = this.#now();
    const isUnderWay = refused === undefined || (refused.status ?? 400) >= 500;
    const neverEnds = isUnderWay && Object.values<string>(UNDER_WAY).includes(last.state);
    const end = isUnderWay ? (neverEnds ? Number.POSITIVE_INFINITY : now + last.after) : now;
    const past = desktop.states.filter(({ at }) => at <= now);
    // What a request before set going is replaced by what this one does, and goes on where this one was not taken.
    const coming = desktop.states.filter(({ at, cause }) => at > end && (cause !== 'request' || !isUnderWay));
    const next = steps.map(({ after, state }): StateChange => ({ at: now + after, state, cause: 'request' }));
    desktop.states = [...past, ...[...next, ...coming].sort((one, other) => one.at - other.at)];
  }
}

/** The states that a desktop comes to if nobody asks anything of it. */
function statesOf(spec: DesktopSpec, start: number): StateChange[] {
  const since = start - (spec.stateSince ?? 0);
  const changes = (spec.changes ?? []).map(
    ({ after, state, byPerson }): StateChange => ({
      at: start + after,
      state,
      cause: byPerson ? 'person' : 'story',
    }),
  );
  return [{ at: since, state: spec.state, cause: 'story' }, ...changes];
}

/** The state at a time; before the first one is known, that one. */
function stateAt(states: readonly StateChange[], at: number): string | undefined {
  return (states.findLast((one) => one.at <= at) ?? states[0])?.state;
}
