/** P1 to P3 and P6: what is asked of AWS, how often, by whom at a time, and for whom never. */
import { type RemedyName, UNDER_WAY } from '../../stories/desktop.ts';
import type { Trace } from '../trace.ts';
import { rungOf } from '../wire.ts';
import {
  type Case,
  callsByRun,
  doneAt,
  isChange,
  isRead,
  isRung,
  type Report,
  readsOf,
  type Sent,
} from './cases.ts';
import { LATE, modesBetween, SOON } from './guards.ts';
import { isUnreadable, lastHold } from './held.ts';
import { isStuck, SECOND, STUCK } from './remedies.ts';
import type { View } from './view.ts';

const MINUTE = 60_000;
const MODES = new Set(['on', 'dry-run', 'paused']);

/** A read counts for a rebuild that leaves so soon after it. */
const FRESH = 2 * MINUTE;

type Read = ReturnType<typeof readsOf>[number];

const LADDER = ['reboot', 'restore', 'rebuild'] as const;

export function requests(view: View, broken: Report): void {
  const { trace, cases, changes } = view;
  for (const each of cases.values()) {
    reads(each, broken);
    limits(each, trace, broken);
    scope(each, view, broken);
  }
  for (const { workspaceId } of trace.story.desktops) {
    const own = changes.filter(({ request }) => request.workspaceId === workspaceId);
    twice(own, trace, workspaceId, broken);
    together(own, broken);
    const about = [...cases.values()].filter(({ started: { start } }) => start.workspaceId === workspaceId);
    interleaved(about, workspaceId, broken);
    overtaken(about, workspaceId, broken);
  }
}

/** In which states each is asked for: when it is broken, and only when a person insists. AWS takes it in all of them. */
export const ASKED_IN: Readonly<
  Record<RemedyName, { broken: readonly string[]; forced: readonly string[] }>
> = {
  reboot: { broken: ['UNHEALTHY'], forced: ['AVAILABLE', 'REBOOTING'] },
  restore: { broken: ['UNHEALTHY', 'ERROR'], forced: ['AVAILABLE', 'STOPPED'] },
  rebuild: { broken: ['UNHEALTHY', 'ERROR'], forced: ['AVAILABLE', 'STOPPED', 'REBOOTING'] },
  start: { broken: ['STOPPED'], forced: [] },
};

/** Whether a WorkSpace may be asked for something in a state that was read at a time. */
function isAskedIn(each: Case, rung: RemedyName, force: boolean, read: Read): boolean {
  const { broken, forced } = ASKED_IN[rung];
  if (broken.includes(read.state)) return true;
  if (!forced.includes(read.state)) return false;
  return force || (read.state === 'REBOOTING' && isStuck(each, read.at));
}

/** P1: only what was read as broken or stuck is changed; in other states in which AWS takes it, when a person said so. */
function reads(each: Case, broken: Report): void {
  const { start, execution } = each.started;
  for (const { request } of each.sent.filter(isChange)) {
    const last = readsOf(each)
      .filter(({ at, request: { workspaceId } }) => at <= request.at && workspaceId === request.workspaceId)
      .at(-1);
    const rung = rungOf(request.call) ?? 'rebuild';
    const allowed =
      last !== undefined &&
      request.at - last.at <= FRESH &&
      isAskedIn(each, rung, start.force === true, last);
    if (!allowed) {
      broken('P1', request.at, `${execution} asked for a ${rung} after reading ${last?.state ?? 'nothing'}.`);
    }
    if (request.workspaceId !== start.workspaceId) {
      broken(
        'P1',
        request.at,
        `${execution} asked for the rebuild of ${request.workspaceId}, which is not its own.`,
      );
    }
    if (start.dryRun) broken('P1', request.at, `${execution}, a dry run, asked for a rebuild.`);
  }
}

/** P6: what is out of scope is never touched, and nobody is troubled with it. */
function scope(each: Case, view: View, broken: Report): void {
  const { trace } = view;
  const { start, execution } = each.started;
  const desktop = trace.story.desktops.find(({ workspaceId }) => workspaceId === start.workspaceId);
  const isOut = (from: number, to: number) =>
    desktop !== undefined &&
    view.tags(desktop, from, to).every((tags) => {
      const wish = (tags.AutoRemediate ?? 'none').toLowerCase();
      return wish === 'false' || (wish === 'none' && trace.story.parameters.Scope !== 'all');
    });
  const slack = each.faults.length > 0 ? LATE : SOON;
  for (const { request } of each.sent.filter(isChange)) {
    if (!isOut(request.at - slack, request.at)) continue;
    broken('P6', request.at, `${execution} asked for the rebuild of a WorkSpace that is out of scope.`);
  }
  const { started, ended, faults } = each;
  if (ended?.outcome !== 'NEEDS_HUMAN' || faults.length > 0 || desktop?.changes) return;
  if (!isOut(started.at, ended.at)) return;
  // That the mode is not known is said whatever the WorkSpace: its parameter is away, or holds something else. A
  // change of it shows within seconds.
  const held = lastHold(view, each);
  if (held?.guard === 'mode' && isUnreadable(held)) return;
  if (modesBetween(trace, started.at - SOON, ended.at).every((value) => value !== null && MODES.has(value))) {
    broken('P6', ended.at, `${execution} troubled people with a WorkSpace that is out of scope.`);
  }
}

/** P2, for one execution: no more of each rung than the allowed number, and none after a rung above it. */
function limits(each: Case, trace: Trace, broken: Report): void {
  const { execution } = each.started;
  const asked = each.sent.filter(isRung);
  for (const rung of LADDER) {
    const same = asked.filter(({ request }) => rungOf(request.call) === rung);
    again(each, rung, same, trace, broken);
    // What AWS has refused is no attempt.
    const made = same.filter(({ answer }) => answer?.refused !== true);
    const tooMany = made[trace.settings.maxAttempts];
    if (!tooMany) continue;
    const times = `${made.length} times for a ${rung}`;
    broken(
      'P2',
      tooMany.request.at,
      `${execution} asked ${times}; ${trace.settings.maxAttempts} are allowed.`,
    );
  }
  const heights = asked.map(({ request }) => {
    const rung = rungOf(request.call);
    return rung === undefined || rung === 'start' ? -1 : LADDER.indexOf(rung);
  });
  const back = heights.findIndex((height, index) => height < (heights[index - 1] ?? 0));
  const sent = asked[back];
  if (sent) broken('P2', sent.request.at, `${execution} went down the ladder again.`);
}

/** P2: what AWS has refused for now up to the rung's deadline is not asked for again, and what it refuses for good never. */
function again(
  { started: { execution }, faults }: Case,
  rung: (typeof LADDER)[number],
  same: readonly Sent[],
  { settings }: Trace,
  broken: Report,
): void {
  const deadline = rung === 'reboot' ? settings.rebootDeadlineMs : settings.deadlineMs;
  let since: number | undefined;
  same.forEach(({ request: { at }, answer }, index) => {
    const previous = same[index - 1];
    const before = previous?.answer;
    // A run that broke off took its knowledge along; of two deliveries the one that knew nothing may have answered.
    const isLost = faults.some(
      ({ at: broke, fault }) =>
        before &&
        broke < before.at + MINUTE &&
        broke >= before.at - (fault.kind === 'duplicate' ? MINUTE : 0),
    );
    if (before?.refused && !isLost && FOR_GOOD.test(before.code ?? '')) {
      broken('P2', at, `${execution} asked for a ${rung} again after ${before.code}.`);
    }
    // Guards may have kept it waiting: it may ask once more, whatever the time.
    const last = before?.refused && !isLost ? previous?.request.at : undefined;
    if (since !== undefined && last !== undefined && last - since >= deadline + SECOND) {
      broken(
        'P2',
        at,
        `${execution} asked for a ${rung} that AWS had refused for ${minutes(at - since)} min.`,
      );
    }
    since = answer?.refused === true ? (since ?? at) : undefined;
  });
}

/** AWS's word that this can never be had, or not of this WorkSpace. */
export const FOR_GOOD = /^(AccessDenied|ResourceNotFound|InvalidParameter|OperationNotSupported)/;
const minutes = (time: number) => Math.round(time / MINUTE);

/** P2, for one WorkSpace: no request while the last one may be under way. */
function twice(
  rebuilds: (Sent & { by: Case })[],
  { histories, settings, endedAt }: Trace,
  workspaceId: string,
  broken: Report,
): void {
  const history = histories.get(workspaceId) ?? [];
  rebuilds.forEach((next, index) => {
    for (const before of rebuilds.slice(0, index)) {
      const { effect, answer, request } = before;
      const wasRefused = answer?.refused === true || effect?.result === 'refused';
      if (wasRefused) continue;
      const since = effect?.at ?? request.at;
      const rung = rungOf(request.call) ?? 'rebuild';
      const started = history.find(({ at, state }) => at >= since && state === UNDER_WAY[rung]);
      const ended = started && (history.find(({ at }) => at > started.at)?.at ?? endedAt);
      // Nothing to be seen of it: it needs time to prove that it did not take.
      const free = Math.min(ended ?? Number.POSITIVE_INFINITY, request.at + settings.notStartedMs);
      const isUnderWay =
        started !== undefined &&
        ended !== undefined &&
        next.request.at < ended &&
        !(started.state === 'REBOOTING' && next.request.at - request.at >= STUCK - SECOND);
      if (isUnderWay && started.at <= next.request.at) {
        broken(
          'P2',
          next.request.at,
          `${workspaceId} was asked to ${rungOf(next.request.call)} while it was ${UNDER_WAY[rung]}.`,
        );
      } else if (next.request.at < free) {
        const seconds = Math.round((next.request.at - request.at) / 1000);
        broken(
          'P2',
          next.request.at,
          `${workspaceId} was asked to ${rungOf(next.request.call)} ${seconds} s after a request that may have been taken.`,
        );
      }
    }
  });
}

/** P3: who asked for a rebuild and is still at work has the WorkSpace for itself. */
function together(rebuilds: (Sent & { by: Case })[], broken: Report): void {
  rebuilds.forEach(({ request, by }, index) => {
    const other = rebuilds
      .slice(0, index)
      .find((before) => before.by !== by && doneAt(before.by, before.request) > request.at);
    if (other) {
      broken(
        'P3',
        request.at,
        `${by.started.execution} acted on ${request.workspaceId} while ${other.by.started.execution} was at work on it.`,
      );
    }
  });
}

/** P3: once another execution has taken a WorkSpace up, the one before it looks at it and asks for nothing any more. */
function overtaken(about: Case[], workspaceId: string, broken: Report): void {
  const own = about.filter(({ started: { start } }) => !start.dryRun);
  const looks = (each: Case) => each.sent.filter(isRead).map(({ request }) => request.at);
  // A function may still look when its execution has been stopped: that takes nothing up.
  const takenUp = (one: Case) => looks(one).find((at) => at <= (one.ended?.at ?? at));
  for (const each of own) {
    for (const { request } of each.sent.filter(isChange)) {
      const reads = looks(each).filter((at) => at <= request.at);
      const [first = 0, last = 0] = [reads.at(0), reads.at(-1)];
      const other = own.find((one) => {
        const at = takenUp(one);
        return one !== each && at !== undefined && first < at && at < last;
      });
      if (!other) continue;
      const who = `${each.started.execution} looked at ${workspaceId} and asked for a ${rungOf(request.call)}`;
      broken('P3', request.at, `${who} after ${other.started.execution} had taken it up.`);
    }
  }
}

/** P3: no execution looks at a WorkSpace in between another's first and last call about it. */
function interleaved(about: Case[], workspaceId: string, broken: Report): void {
  const spans = about.flatMap((each) => {
    const { start, execution } = each.started;
    if (start.dryRun) return [];
    return callsByRun(each).flatMap((calls, run) => {
      const [first, last] = [calls.at(0), calls.at(-1)];
      return first && last ? [{ execution, run, from: first.request.at, to: last.request.at }] : [];
    });
  });
  for (const later of spans) {
    const other = spans.find(
      (one) => one.execution !== later.execution && one.from <= later.from && later.from <= one.to,
    );
    if (other) {
      broken(
        // Who is redriven after its lease was given back looks without one; it can claim nothing.
        later.run > 0 || other.run > 0 ? 'P3 (redrive)' : 'P3',
        later.from,
        `${later.execution} took up ${workspaceId} while ${other.execution} was at work on it.`,
      );
    }
  }
}
