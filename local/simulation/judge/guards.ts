/** Holds a story to what the guards promise: what a request that changes a WorkSpace must not have happened in. */

import type { RemedyName } from '../../stories/desktop.ts';
import type { Trace } from '../trace.ts';
import { rungOf } from '../wire.ts';
import {
  BROKEN,
  type Case,
  doneAt,
  isChange,
  isRung,
  isSetBack,
  type Report,
  readsOf,
  type Sent,
} from './cases.ts';
import { dangers } from './dangers.ts';
import { messages, sightings, storm } from './storms.ts';
import type { View } from './view.ts';
import { isOpen, parseWindows } from './windows.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const WEEK = 7 * 24 * HOUR;

/** From the moment that a guard has looked to the request: some seconds, or many tries of the steps between. */
export const SOON = 30 * SECOND;
export const LATE = 20 * MINUTE;
/** As AWS reports connections: looked at once a minute. */
const CONNECTION_CHECK = MINUTE;

/** One request that changes a WorkSpace, and all that the judge holds it against. */
export interface Change extends Sent {
  by: Case;
  at: number;
  rung: RemedyName;
  /** How long before it a guard may have looked. */
  slack: number;
  trace: Trace;
  view: View;
  desktop: Trace['story']['desktops'][number];
  overrides: (guard: string) => boolean;
}

export function guards(view: View, broken: Report): void {
  const { cases: all, trace } = view;
  const cases = [...all.values()];
  const changes = cases.flatMap((by) => changesOf(by, view)).sort((one, other) => one.at - other.at);
  const storms = sightings(trace);
  for (const change of changes) {
    mode(change, broken);
    window(change, broken);
    // One that is stopped is started so that it can be judged: that sets nothing back.
    if (change.rung === 'start') continue;
    ladder(change, broken);
    flapping(change, broken);
    history(change, changes, broken);
    snapshots(change, broken);
    dangers(change, broken);
    connected(change, broken);
    storm(change, cases, storms, broken);
    asked(change, broken);
    turns(change, cases, broken);
  }
  messages(trace, broken);
}

function changesOf(by: Case, view: View): Change[] {
  const { trace } = view;
  const isAway = (trace.story.outages ?? []).length > 0;
  const desktop = view.desktop(by.started.start.workspaceId);
  if (!desktop) return [];
  return by.sent.flatMap((sent) => {
    const rung = rungOf(sent.request.call);
    if (rung === undefined) return [];
    const overrides = (guard: string) => by.started.start.override?.includes(guard) ?? false;
    const slack = by.faults.length > 0 || isAway ? LATE : SOON;
    return [{ ...sent, by, at: sent.request.at, rung, slack, trace, view, desktop, overrides }];
  });
}

export const nameOf = ({ by }: Change) => by.started.execution;

/** What an execution has asked for before. */
const earlier = ({ by, at }: Change) => by.sent.filter((one) => isChange(one) && one.request.at < at);

/** What the mode's parameter held from one time to another. */
export function modesBetween(trace: Trace, from: number, to: number): (string | null)[] {
  const set = [{ at: Number.NEGATIVE_INFINITY, value: 'on' as string | null }, ...(trace.story.mode ?? [])];
  return set
    .filter((one, index) => {
      const until = set[index + 1]?.at ?? Number.POSITIVE_INFINITY;
      return trace.startedAt + one.at <= to && trace.startedAt + until > from;
    })
    .map(({ value }) => value);
}

const isBrokenOff = ({ at, fault }: Case['faults'][number], before: number): boolean =>
  at < before && rungOf(fault.site.call ?? '') !== undefined;

function mode(change: Change, broken: Report): void {
  const { at, slack, trace } = change;
  const values = modesBetween(trace, at - slack, at);
  // What broke off before it left was claimed: for the service it may have been made.
  const isFirst = earlier(change).length === 0 && !change.by.faults.some((one) => isBrokenOff(one, at));
  const allowed = values.includes('on') || (!isFirst && values.some((value) => value !== 'dry-run'));
  if (!allowed) {
    broken('mode', at, `${nameOf(change)} asked for a ${change.rung} while the mode was ${values.join()}.`);
  }
}

export const LADDERS = /^(reboot)?[ +,]*(restore)?[ +,]*(rebuild)?$/;

/** The tags that it had when the guards looked, or had since. */
const tagsOf = ({ at, slack, desktop, view }: Change) => view.tags(desktop, at - slack, at);

function ladder(change: Change, broken: Report): void {
  const { at, trace, rung, by } = change;
  const name = nameOf(change);
  const tags = tagsOf(change);
  const ladders = tags.map(
    (all) => by.started.start.ladder ?? all['AutoRemediate:Ladder'] ?? trace.settings.ladder,
  );
  if (!ladders.some((ladder) => LADDERS.test(ladder))) {
    broken('tags', at, `${name} acted on a ladder ${ladders.join(' or ')}.`);
  } else if (!ladders.some((ladder) => ladder.includes(rung))) {
    broken('ladder', at, `${name} asked for a ${rung}, by a ladder ${ladders.join(' or ')}.`);
  }
  if (!trace.settings.ladder.includes(rung)) {
    broken('ladder', at, `${name} asked for a ${rung}, and the stack allows ${trace.settings.ladder}.`);
  }
}

function window(change: Change, broken: Report): void {
  const { at, slack, rung } = change;
  const name = nameOf(change);
  const tags = tagsOf(change);
  const texts = tags.flatMap((all) => all['AutoRemediate:Window'] ?? []);
  // Without a window at some time, any time was good.
  if (texts.length < tags.length || change.overrides('window')) return;
  const known = texts.flatMap((text) => parseWindows(text) ?? []);
  if (known.length === 0) {
    broken('tags', at, `${name} acted on a window ${texts.join(' or ')}.`);
  } else if (isOpen(known, at) === false && isOpen(known, at - slack) === false) {
    broken('window', at, `${name} asked for a ${rung} outside of ${texts.join(' or ')}.`);
  }
}

/** Two bad reads, so far apart, and none good between them; after every attempt anew. */
function flapping(change: Change, broken: Report): void {
  const { at, by, trace } = change;
  if (by.started.start.force === true) return;
  // That it is stuck is judged by how long it has been so.
  if (readsOf(by).findLast((one) => one.at <= at)?.state === 'REBOOTING') return;
  const since = earlier(change).at(-1)?.request.at ?? 0;
  let first: number | undefined;
  let last: number | undefined;
  for (const read of readsOf(by).filter((one) => one.at > since && one.at <= at)) {
    if (!BROKEN.has(read.state)) first = undefined;
    else first ??= read.at;
    last = read.at;
  }
  if (first === undefined || last === undefined || last - first < trace.settings.confirmMs - SECOND) {
    broken('flapping', at, `${nameOf(change)} asked for a ${change.rung} on one look.`);
  }
}

/** What was asked for by other executions before counts: for the cooldown, and in the week. */
function history(change: Change, changes: Change[], broken: Report): void {
  const { at, by, trace, desktop, rung } = change;
  if (!isSetBack(rung) || change.overrides('cooldown')) return;
  const before = changes.filter(
    (one) =>
      one.at < at &&
      one.by !== by &&
      one.desktop === desktop &&
      isSetBack(one.rung) &&
      one.effect?.result === 'ok' &&
      one.answer?.refused !== true,
  );
  if (before.some((one) => at - one.at < trace.settings.cooldownMs - MINUTE)) {
    broken('cooldown', at, `${nameOf(change)} asked for a ${rung} too soon after another.`);
  }
  const lately = before.filter((one) => at - one.at < WEEK - MINUTE).length;
  if (lately >= trace.settings.maxPerWeek) {
    broken('cooldown', at, `${nameOf(change)} asked for a ${rung} after ${lately} within a week.`);
  }
}

/** When the newest snapshot was taken: one for a rebuild every 12 hours, one for a restore only while it is well. */
export function newestSnapshot(
  { workspaceId, snapshots }: Change['desktop'],
  kind: 'restore' | 'rebuild',
  { startedAt, histories }: Trace,
  now: number,
): number {
  const ages = snapshots ? (snapshots[kind] ?? []) : [5 * HOUR];
  if (ages.length === 0) return Number.NEGATIVE_INFINITY;
  const given = startedAt - Math.min(...ages);
  const states = histories.get(workspaceId) ?? [];
  let newest = given;
  for (let at = given + 12 * HOUR; at <= now; at += 12 * HOUR) {
    const state = (states.findLast((one) => one.at <= at) ?? states[0])?.state;
    // Of what was taken before the start, the story tells.
    if (at > startedAt && (kind === 'rebuild' || state === 'AVAILABLE')) newest = at;
  }
  return newest;
}

function snapshots(change: Change, broken: Report): void {
  const { at, rung, desktop, trace, slack } = change;
  if (!isSetBack(rung) || change.overrides('snapshot-age')) return;
  const age = at - newestSnapshot(desktop, rung, trace, at);
  if (age > trace.settings.maxSnapshotAgeMs + slack) {
    const hours = Math.round(age / HOUR);
    broken('snapshot-age', at, `${nameOf(change)} asked for a ${rung} with a snapshot of ${hours} h.`);
  }
}

function connected(change: Change, broken: Report): void {
  const { at, desktop, slack, trace } = change;
  // Nobody is connected to one that is stopped.
  if (change.overrides('connected') || change.view.stateAt(desktop.workspaceId, at) === 'STOPPED') return;
  const isLive = (desktop.connected ?? []).some(
    ({ from, to }) => trace.startedAt + from + slack + CONNECTION_CHECK <= at && at < trace.startedAt + to,
  );
  if (isLive) broken('connected', at, `${nameOf(change)} asked for a ${change.rung} under somebody's hands.`);
}

/** A request without its facts is a guess: each was read since the last request, and the answer came. */
function asked(change: Change, broken: Report): void {
  const { at, by, rung } = change;
  const since = earlier(change).at(-1)?.request.at ?? 0;
  const facts: readonly (readonly [call: string, item?: string])[] = [
    ['WorkSpaces.DescribeTags'],
    ['DynamoDB.GetItem', 'WORKSPACE'],
    ['DynamoDB.GetItem', 'TURNS'],
    ...(change.overrides('storm')
      ? []
      : ([['DynamoDB.BatchGetItem', 'STORM'], ['CloudWatch.GetMetricData']] as const)),
    ...(isSetBack(rung)
      ? ([['WorkSpaces.DescribeWorkspaceSnapshots'], ['DynamoDB.GetItem', 'FUTILE']] as const)
      : []),
    ...(isSetBack(rung) && change.desktop.volumeKey ? ([['KMS.DescribeKey']] as const) : []),
    ...(rung === 'rebuild' && !change.overrides('identity')
      ? ([['DynamoDB.GetItem', 'DIRECTORY']] as const)
      : []),
    ...(change.overrides('connected') ? [] : ([['WorkSpaces.DescribeWorkspacesConnectionStatus']] as const)),
  ];
  for (const [call, item = null] of facts) {
    const isKnown = by.sent.some(
      ({ request, answer }) =>
        request.call === `check > ${call}` &&
        request.item === item &&
        answer?.error === null &&
        answer.at > since &&
        answer.at <= at,
    );
    const what = item === null ? call : `${call} of ${item}`;
    if (!isKnown) broken('guards', at, `${nameOf(change)} asked for a ${rung} without an answer of ${what}.`);
  }
}

/** P5: no more executions between their first request and their last look than are allowed. */
function turns(change: Change, cases: Case[], broken: Report): void {
  const { at, trace } = change;
  const atWork = cases.filter((one) => {
    // What a stopped execution has under way holds no permit any more.
    const first = one.sent.find(isRung)?.request;
    return first !== undefined && first.at <= at && at <= doneAt(one, first);
  });
  if (atWork.length > trace.settings.maxConcurrent) {
    broken(
      'P5',
      at,
      `${nameOf(change)} is the ${atWork.length}th at work; ${trace.settings.maxConcurrent} may be.`,
    );
  }
}
