/**
 * Amazon WorkSpaces on a desk: the operations that the service calls, with the rules of the API reference of
 * 2015-04-08 and its JSON 1.1 protocol. States are a function of the clock, so that nothing has to be awaited.
 */
import type * as v from 'valibot';
import { accepted, type DesktopSpec, type Refusal } from '../stories/desktop.ts';
import type { Story } from '../stories/story.ts';
import {
  BUNDLE,
  connectionOf,
  type Desktop,
  follow,
  type StateChange,
  snapshotTimes,
  stateAt,
  statesOf,
  type Times,
  tagsOf,
  workspaceOf,
} from './desktop-course.ts';
import { directoriesFor } from './directories.ts';
import { type ApiRequest, type ApiResponse, type Listening, reply, serve } from './http.ts';
import {
  ApiError,
  connectionInput,
  describeInput,
  describeTagsInput,
  directoriesInput,
  input,
  oneInput,
  page,
  parseJson,
  rebootInput,
  rebuildInput,
  startInput,
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

const TARGET = 'WorkspacesService.';
/**
 * The states that allow each of them. A start needs a running mode as well.
 * @see https://docs.aws.amazon.com/workspaces/latest/api/API_RebootWorkspaces.html
 * @see https://docs.aws.amazon.com/workspaces/latest/api/API_RestoreWorkspace.html
 * @see https://docs.aws.amazon.com/workspaces/latest/api/API_RebuildWorkspaces.html
 * @see https://docs.aws.amazon.com/workspaces/latest/api/API_StartWorkspaces.html
 */
const ALLOWED = {
  reboot: new Set(['AVAILABLE', 'UNHEALTHY', 'REBOOTING']),
  restore: new Set(['AVAILABLE', 'ERROR', 'UNHEALTHY', 'STOPPED']),
  rebuild: new Set(['AVAILABLE', 'ERROR', 'UNHEALTHY', 'STOPPED', 'REBOOTING']),
  start: new Set(['STOPPED']),
};
/** Code of a request that the state of the WorkSpace does not allow. */
const NOT_NOW = 'InvalidResourceState';

export class WorkspacesServer {
  readonly calls: ApiCall[] = [];
  readonly #desktops: Map<string, Desktop>;
  readonly #directories = new Map<string, Desktop[]>();
  readonly #now: () => number;
  readonly #start: number;
  readonly #throttle: (operation: string, callNumber: number) => boolean;
  readonly #identities: NonNullable<Story['directories']>;
  readonly #counts = new Map<string, number>();

  constructor(options: {
    now: () => number;
    desktops: DesktopSpec[];
    /** What its directories are joined to. */
    directories?: Story['directories'];
    /** Whether to throttle the nth call (from 1) of an operation. */
    throttle?: (operation: string, callNumber: number) => boolean;
  }) {
    const start = options.now();
    this.#now = options.now;
    this.#start = start;
    this.#identities = options.directories ?? {};
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

  /** The same, and those that it comes to if nobody asks anything of it. */
  course(workspaceId: string): readonly StateChange[] {
    return this.#desktops.get(workspaceId)?.states ?? [];
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
      case 'StartWorkspaces':
        return this.#changeAll('start', input(startInput, body).StartWorkspaceRequests, call);
      case 'DescribeWorkspaceDirectories':
        return this.#describeDirectories(input(directoriesInput, body));
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
    return { Workspaces: items.map(({ spec }) => workspaceOf(spec, this.state(spec.workspaceId))), ...rest };
  }

  #describeDirectories(query: v.InferOutput<typeof directoriesInput>): object {
    const found = directoriesFor(this.#directories.keys(), this.#identities, query);
    const { items, ...rest } = page(found, query.NextToken, query.Limit);
    return { Directories: items, ...rest };
  }

  #tags({ ResourceId: id }: v.InferOutput<typeof describeTagsInput>, call: ApiCall): object {
    call.workspaceIds = [id];
    const tags = Object.entries(tagsOf(this.#known(id).spec, this.#times()));
    return { TagList: tags.map(([Key, Value]) => ({ Key, Value })) };
  }

  #snapshots(id: string, call: ApiCall): object {
    call.workspaceIds = [id];
    const desktop = this.#known(id);
    const taken = (kind: 'restore' | 'rebuild') =>
      snapshotTimes(desktop, kind, this.#times()).map((at) => ({ SnapshotTime: at / 1000 }));
    return { RebuildSnapshots: taken('rebuild'), RestoreSnapshots: taken('restore') };
  }

  #connections(query: v.InferOutput<typeof connectionInput>, call: ApiCall): object {
    const { WorkspaceIds: ids, NextToken } = query;
    call.workspaceIds = ids ?? [];
    const found = this.#existing().filter(({ spec }) => ids?.includes(spec.workspaceId) ?? true);
    const { items, ...rest } = page(found, NextToken);
    const answers = items.map(({ spec }) => connectionOf(spec, this.state(spec.workspaceId), this.#times()));
    return { WorkspacesConnectionStatus: answers, ...rest };
  }

  #times(): Times {
    return { start: this.#start, now: this.#now() };
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

  /** How many of a directory's desktops were in the states that WorkSpaces has metrics of, at a time. */
  counts(directoryId: string, at: number): { Unhealthy: number; Available: number; Stopped: number } {
    const counts = { Unhealthy: 0, Available: 0, Stopped: 0 };
    for (const { states } of this.#directories.get(directoryId) ?? []) {
      const state = stateAt(states, at);
      if (state === 'UNHEALTHY') counts.Unhealthy++;
      if (state === 'AVAILABLE') counts.Available++;
      if (state === 'STOPPED') counts.Stopped++;
    }
    return counts;
  }

  #changeAll(
    kind: Exclude<keyof typeof ALLOWED, 'restore'>,
    requests: { WorkspaceId?: string | undefined }[],
    call: ApiCall,
  ): object {
    call.workspaceIds = requests.flatMap(({ WorkspaceId = [] }) => WorkspaceId);
    const refusals = call.workspaceIds.flatMap((id): FailedRequest[] => {
      const refusal = this.#change(kind, id);
      return refusal ? [{ WorkspaceId: id, ErrorCode: refusal.code, ErrorMessage: refusal.message }] : [];
    });
    const [first] = refusals;
    if (first) call.result = `FailedRequests:${first.ErrorCode}`;
    return { FailedRequests: refusals };
  }

  /** Its refusals are errors: the answer has no members. */
  #restore(id: string, call: ApiCall): object {
    call.workspaceIds = [id];
    this.#known(id);
    const refusal = this.#change('restore', id);
    if (!refusal) return {};
    const { code, message, status = 400, byRule } = refusal;
    // Where the rules of the API refuse it, they do so under this name.
    throw new ApiError(byRule ? 'OperationNotSupportedException' : code, message, status);
  }

  /** Takes a request to change a desktop, or says why not. @throws ApiError */
  #change(kind: keyof typeof ALLOWED, id: string): (Refusal & { byRule?: true }) | undefined {
    const desktop = this.#desktops.get(id);
    if (!desktop || this.state(id) === 'GONE')
      return { code: 'ResourceNotFound.Workspace', message: `The WorkSpace ${id} could not be found.` };
    const number = desktop.answered[kind] ?? 0;
    desktop.answered[kind] = number + 1;
    const answers = desktop.spec.remedies?.[kind] ?? [accepted(kind)];
    const answer = answers[Math.min(number, answers.length - 1)] ?? accepted(kind);
    const { refused } = answer;
    if (refused) {
      desktop.states = follow(desktop.states, answer, this.#now());
      const { code, message, status = 400, asError } = refused;
      if (asError || status >= 500) throw new ApiError(code, message, status);
      return refused;
    }
    const state = this.state(id) ?? '';
    const { runningMode } = desktop.spec;
    if (!ALLOWED[kind].has(state) || (kind === 'start' && runningMode === 'ALWAYS_ON')) {
      const message = `The WorkSpace ${id} is ${state}, ${runningMode}: no ${kind} is possible.`;
      return { code: NOT_NOW, message, byRule: true };
    }
    desktop.states = follow(desktop.states, answer, this.#now());
    return undefined;
  }
}
