/** What requests did to a WorkSpace, and what the service has read of it: for the rules about quality. */

import type { StateChange } from '../../desk/desktop-course.ts';
import { type DesktopSpec, UNDER_WAY } from '../../stories/desktop.ts';
import { type Case, isProbe, isSetBack, readsOf } from './cases.ts';
import type { Change, View } from './view.ts';

/** What a rule has found. */
export interface Hit {
  at: number;
  what: string;
}

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/** What turns out within it to have been hasty is counted. */
export const HASTY = 10 * MINUTE;

/** After them a WorkSpace needs a while until its state says something. */
export const BUSY: ReadonlySet<string> = new Set([
  'REBOOTING',
  'RESTORING',
  'REBUILDING',
  'MAINTENANCE',
  'STARTING',
  'STOPPING',
  'UPDATING',
  'PENDING',
]);

/** Executions of the story; those that the simulation itself starts, to see what is free, are no incidents. */
export const incidents = ({ cases }: View): Case[] => [...cases.values()].filter((one) => !isProbe(one));

/** Whether it may be stopped: then that says nothing about its health. */
export const mayStop = ({ runningMode }: DesktopSpec) => runningMode !== 'ALWAYS_ON';

/** AWS lets nobody wait longer for one that is `REBOOTING` (API reference, RebootWorkspaces). */
export const STUCK = 20 * MINUTE;

/** When a request reached the service. */
export const reachedAt = ({ effect, at }: Change) => effect?.at ?? at;

/** The state that a request brought about: `REBUILDING`, for a rebuild. None, if it was refused or came to nothing. */
export function runOf(view: View, change: Change): StateChange | undefined {
  const { effect, workspaceId, rung } = change;
  if (!effect) return undefined;
  const next = view.changes.find(
    (one) => one.workspaceId === workspaceId && one.effect?.result === 'ok' && one.effect.at > effect.at,
  );
  const until = next?.effect?.at ?? Number.POSITIVE_INFINITY;
  return view
    .history(workspaceId)
    .find(
      ({ at, state, cause }) =>
        cause === 'request' && state === UNDER_WAY[rung] && at >= effect.at && at <= until,
    );
}

/** Whether AWS took a request: by its word, or by what came of it. */
export const tookEffect = (view: View, change: Change) =>
  change.effect?.result === 'ok' || runOf(view, change) !== undefined;

/** Requests of the story's incidents that set data back, those that AWS took. */
export const setBacks = (view: View): Change[] =>
  view.changes.filter((change) => isSetBack(change.rung) && !isProbe(change.by) && tookEffect(view, change));

/** A state from when to when. */
export interface Span extends StateChange {
  to: number;
}

export function spansOf(view: View, workspaceId: string): Span[] {
  const history = view.history(workspaceId);
  return history.map((one, index) => ({ ...one, to: history[index + 1]?.at ?? view.trace.endedAt }));
}

/** A read may be so old. */
const STALE = MINUTE;

/** Whether an execution was told that a WorkSpace was in a state then, before a time. */
export const wasReadBy = (each: Case, workspaceId: string, span: Span, before: number): boolean =>
  readsOf(each).some(
    ({ at, state, request }) =>
      request.workspaceId === workspaceId &&
      state === span.state &&
      at >= span.at &&
      at <= Math.min(span.to + STALE, before),
  );

/**
 * Whether the service was told of it before a request: the execution that asks, or another that came to its own end
 * and could note what it had read. A dry run notes nothing.
 */
export const wasRead = (view: View, workspaceId: string, span: Span, { by, at }: Change): boolean =>
  [...view.cases.values()].some(
    (each) =>
      (each === by || (!each.started.start.dryRun && each.faults.length === 0 && endedBefore(each, at))) &&
      wasReadBy(each, workspaceId, span, at),
  );

const endedBefore = ({ ended }: Case, at: number) =>
  ended !== undefined && ended.at < at && ended.status !== 'ABORTED' && ended.status !== 'TIMED_OUT';

/** The request that brought a state about, if one did. */
export const ownerOf = (view: View, workspaceId: string, span: Span): Change | undefined =>
  span.cause === 'request'
    ? view.changes.findLast(
        (change) => change.workspaceId === workspaceId && runOf(view, change)?.at === span.at,
      )
    : undefined;

/** What an execution asked for before a request. */
export const earlier = (view: View, { by, at }: Change): Change[] =>
  view.changes.filter((one) => one.by === by && one.at < at);

export const seconds = (milliseconds: number) => `${Math.round(milliseconds / SECOND)} s`;

/** Whether an execution has read nothing but REBOOTING for as long as AWS calls stuck. */
export function isStuck(each: Case, at: number): boolean {
  const reads = readsOf(each).filter((one) => one.at <= at);
  const other = reads.findLastIndex(({ state }) => state !== 'REBOOTING');
  const first = reads[other + 1];
  return first !== undefined && at - first.at >= STUCK - SECOND;
}
