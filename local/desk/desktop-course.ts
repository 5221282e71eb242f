/** What one desktop is at a time, by its story and by the requests that it has answered. */
import { type Answer, type DesktopSpec, type RemedyName, UNDER_WAY } from '../stories/desktop.ts';
import { keyArn } from './kms-server.ts';

/** A state that a desktop was in, or comes to, and why: of itself, by a person, or by a request that it answered. */
export interface StateChange {
  at: number;
  state: string;
  cause: 'story' | 'person' | 'request';
}

export interface Desktop {
  spec: DesktopSpec;
  /** Past and coming states, in order of time. */
  states: StateChange[];
  /** How many requests of each kind it has answered. */
  answered: Partial<Record<RemedyName, number>>;
}

/** The story's time: when it began, and now. */
export interface Times {
  start: number;
  now: number;
}

const HOUR = 3_600_000;
const SNAPSHOT_AGE = 5 * HOUR;
/** AWS takes snapshots every so often (administration guide, "Restore a WorkSpace"). */
const SNAPSHOT_PERIOD = 12 * HOUR;
/** AWS looks whether somebody is connected every so often. */
const CONNECTION_CHECK = 60_000;

/** The bundle of a desktop for which none is given. */
export const BUNDLE = 'wsb-bh8rsxt14';

/** The states that a desktop comes to if nobody asks anything of it. */
export function statesOf(spec: DesktopSpec, start: number): StateChange[] {
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
export function stateAt(states: readonly StateChange[], at: number): string | undefined {
  return (states.findLast((one) => one.at <= at) ?? states[0])?.state;
}

/** What comes of an answer. Changes that would fall into a remedy under way do not happen; after a refusal they do. */
export function follow(
  states: readonly StateChange[],
  { steps, refused }: Answer,
  now: number,
): StateChange[] {
  const last = steps.at(-1);
  if (!last) return [...states];
  const isUnderWay = refused === undefined || (refused.status ?? 400) >= 500;
  const neverEnds = isUnderWay && Object.values<string>(UNDER_WAY).includes(last.state);
  const end = isUnderWay ? (neverEnds ? Number.POSITIVE_INFINITY : now + last.after) : now;
  const past = states.filter(({ at }) => at <= now);
  // What a request before set going is replaced by what this one does, and goes on where this one was not taken.
  const coming = states.filter(({ at, cause }) => at > end && (cause !== 'request' || !isUnderWay));
  const next = steps.map(({ after, state }): StateChange => ({ at: now + after, state, cause: 'request' }));
  return [...past, ...[...next, ...coming].sort((one, other) => one.at - other.at)];
}

export function tagsOf(spec: DesktopSpec, { start, now }: Times): Record<string, string> {
  const last = (spec.retags ?? []).filter(({ after }) => start + after <= now).at(-1);
  return last?.tags ?? spec.tags ?? { AutoRemediate: 'true' };
}

/** As `DescribeWorkspaces` has it. */
export function workspaceOf(spec: DesktopSpec, state: string | undefined): object {
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
    ...(spec.volumeKey && {
      VolumeEncryptionKey: keyArn(spec.volumeKey.state),
      UserVolumeEncryptionEnabled: true,
      RootVolumeEncryptionEnabled: true,
    }),
    ...(state === 'ERROR' && { ErrorCode: spec.errorCode, ErrorMessage: spec.errorMessage }),
  };
}

/** Snapshots for a rebuild are taken whatever the state, those for a restore only while it is well. */
export function snapshotTimes(
  { spec, states }: Desktop,
  kind: 'restore' | 'rebuild',
  { start, now }: Times,
): number[] {
  const ages = spec.snapshots ? (spec.snapshots[kind] ?? []) : [SNAPSHOT_AGE];
  const times = ages.map((age) => start - age);
  if (times.length === 0) return times;
  for (let at = Math.max(...times) + SNAPSHOT_PERIOD; at <= now; at += SNAPSHOT_PERIOD) {
    // Of what was taken before the start, the story tells.
    if (at > start && (kind === 'rebuild' || stateAt(states, at) === 'AVAILABLE')) times.push(at);
  }
  return times;
}

/** As `DescribeWorkspacesConnectionStatus` has it. */
export function connectionOf(spec: DesktopSpec, state: string | undefined, { start, now }: Times): object {
  const checked = Math.floor(now / CONNECTION_CHECK) * CONNECTION_CHECK;
  const isLive = spec.connected?.some(({ from, to }) => start + from <= checked && checked < start + to);
  // Of a stopped WorkSpace the connection state is not known (API reference).
  const known = isLive ? 'CONNECTED' : 'DISCONNECTED';
  return {
    WorkspaceId: spec.workspaceId,
    ConnectionState: state === 'STOPPED' ? 'UNKNOWN' : known,
    ConnectionStateCheckTimestamp: checked / 1000,
  };
}
