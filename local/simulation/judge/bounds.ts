/** L7 to L10: a look just before each change, bounds on all that an execution does, and patience before it gives up. */
import type { DesktopSpec } from '../../stories/desktop.ts';
import { LOOKS, type Settings } from '../settings.ts';
import { type Case, isRead, type Of, type Report } from './cases.ts';
import { heldBack, isUnreadable, lastHold } from './held.ts';
import { HOUR, MINUTE, mayStop, SECOND, STUCK, spansOf } from './remedies.ts';
import type { Change, View } from './view.ts';

/** How old the look before a change may be. */
const FRESH = 10 * SECOND;
/** Characters that travel from step to step at most: a sixteenth of what Step Functions takes (quotas, 256 KiB). */
const STATE_SIZE = 16 * 1024;
/** Guards look again after a minute and more, busy ones after the floor while they are young. */
const PASS = MINUTE;
const MORE_PASSES = 10;
/** Requests of one invocation that nothing went wrong with: the queue of turns is read and written five times. */
const CALLS = 30;
/** The SDK sends a request three times at most. */
const TRIES = 3;
/** A step that fails is tried again for some two minutes, beside its own time. */
const FAULT = 5 * MINUTE;
const STEPS = 10 * MINUTE;
/** The wait for the quiet after a storm ends after so many of them. */
const STORMS = 4;
/** AWS's weekly maintenance may take so long. */
const MAINTENANCE = 6 * HOUR;
/** The longest wait for a service that is away, and between two requests that AWS refuses for now. */
const BACKOFF = 5 * MINUTE;
const REFUSED = 20 * MINUTE;
/** A message that SNS never takes is sent again for so long: 150 times, five minutes apart at most. */
const UNTOLD = 13 * HOUR;
/** Passes without a fact before an incident is given up. */
const UNREADABLE = 3;

export function bounds(view: View, broken: Report): void {
  for (const change of view.changes) looked(change, broken);
  const invoked = new Map<string, Of<'invoked'>[]>();
  const threw = new Map<string, Of<'returned'>>();
  for (const one of view.trace.happenings) {
    if (one.kind === 'returned' && one.error !== null && !threw.has(one.execution))
      threw.set(one.execution, one);
    if (one.kind !== 'invoked') continue;
    const list = invoked.get(one.execution) ?? [];
    invoked.set(one.execution, list);
    list.push(one);
  }
  for (const each of view.cases.values()) {
    const steps = invoked.get(each.started.execution) ?? [];
    size(each, steps, broken);
    spans(view, each, steps, broken);
    polls(view, each, broken);
    requestsOf(view, each, broken);
    stopped(each, broken);
    failed(view, each, threw.get(each.started.execution), broken);
    gaveUp(view, each, broken);
  }
}

/**
 * L7: the state was read in the same run of the same step, just before. A fault between look and request may make it
 * older, as old as a function lives; nothing makes it another's.
 */
function looked({ by, request, at, rung }: Change, broken: Report): void {
  const last = by.sent.findLast((one) => isRead(one) && one.answer?.state && one.answer.at <= at);
  const name = by.started.execution;
  if (!last?.answer) {
    broken('L7', at, `${name} asked for a ${rung} without any look.`);
    return;
  }
  const age = at - last.answer.at;
  const wasHurt = by.faults.some((one) => one.at >= (last.answer?.at ?? 0) && one.at <= at);
  if (last.request.invocation !== request.invocation) {
    broken('L7', at, `${name} asked for a ${rung} by what ${last.request.call} read in another run.`);
  } else if (age > FRESH && !wasHurt) {
    broken('L7', at, `${name} asked for a ${rung} ${age / SECOND} s after it looked.`);
  }
}

/** L8: the state stays small. */
function size(each: Case, steps: Of<'invoked'>[], broken: Report): void {
  const large = steps.find((one) => one.size > STATE_SIZE);
  if (!large) return;
  const what = `${each.started.execution} hands ${large.step} ${large.size} characters`;
  broken('L8', large.at, `${what}; ${STATE_SIZE} are allowed.`);
}

/** How long an execution may wait, by the settings: for each guard once, for each attempt, and for what the world does. */
function patience(view: View, { started, ended, faults }: Case): number {
  const { settings, story, endedAt } = view.trace;
  const desktop = view.desktop(started.start.workspaceId);
  const rungs = (started.start.ladder ?? desktop?.tags?.['AutoRemediate:Ladder'] ?? settings.ladder)
    .split(/[\s,+]+/)
    .filter(Boolean);
  const away = (story.outages ?? []).map(({ from, to }) => to - from + 2 * BACKOFF);
  const sum = (all: number[]) => all.reduce((one, other) => one + other, 0);
  return (
    guarded(view, desktop) +
    sum(rungs.map((rung) => attempted(rung, settings))) +
    unrest(view, desktop, started.at, ended?.at ?? endedAt) +
    sum(away) +
    faults.length * FAULT +
    (faults.some(({ fault }) => fault.kind === 'down') ? UNTOLD : 0) +
    STEPS
  );
}

/** For each guard, for what passes by itself, and to start one that is stopped. */
function guarded({ trace: { settings } }: View, desktop: DesktopSpec | undefined): number {
  const { busyLimitMs, turnLimitMs, stormCooldownMs, connectedLimitMs, windowLimitMs } = settings;
  const { notStartedMs, settleMs, confirmMs, waitForSnapshotMs } = settings;
  return (
    Math.max(busyLimitMs, STUCK) +
    turnLimitMs +
    STORMS * stormCooldownMs +
    (desktop?.connected ? connectedLimitMs : 0) +
    (desktop?.tags?.['AutoRemediate:Window'] || desktop?.retags ? windowLimitMs : 0) +
    waitForSnapshotMs +
    settleMs +
    2 * confirmMs +
    // What an earlier execution asked for may still show.
    notStartedMs +
    (desktop && mayStop(desktop) ? notStartedMs + busyLimitMs + settleMs : 0)
  );
}

/** One rung: refused for now up to its deadline, then watched so long, for each try that nothing came of. */
function attempted(rung: string, settings: Settings): number {
  const { maxAttempts, confirmMs, settleMs, notStartedMs } = settings;
  const deadline = rung === 'reboot' ? Math.max(settings.rebootDeadlineMs, STUCK) : settings.deadlineMs;
  const watched = Math.max(deadline, notStartedMs) + settleMs + 2 * confirmMs + 2 * LOOKS.longest;
  return deadline + REFUSED + maxAttempts * watched;
}

/** What it comes to by itself or by somebody else makes it wait anew, and some of that is long. */
function unrest(view: View, desktop: DesktopSpec | undefined, from: number, to: number): number {
  if (!desktop) return 0;
  const others = spansOf(view, desktop.workspaceId).filter(
    (span) => span.cause !== 'request' && span.to > from && span.at <= to,
  );
  const longest = others.map(({ state }) => {
    if (state === 'MAINTENANCE') return MAINTENANCE;
    return state === 'RESTORING' || state === 'REBUILDING' ? view.trace.settings.deadlineMs : 0;
  });
  const last = others.at(-1)?.at ?? from;
  return Math.max(0, ...longest) + Math.max(0, last - from);
}

/** L8: an execution ends in the time that its settings allow, and looks at the world once a minute at most. */
function spans(view: View, each: Case, steps: Of<'invoked'>[], broken: Report): void {
  const { started, ended } = each;
  // Between its end and its redrive it does nothing, and then all waits begin anew.
  if (each.runs.length > 1) return;
  const most = patience(view, each);
  const until = ended?.at ?? view.trace.endedAt;
  if (until - started.at > most) {
    const [took, may] = [until - started.at, most].map((time) => Math.round(time / MINUTE));
    broken('L8', started.at + most, `${started.execution} took ${took} min; ${may} are allowed.`);
  }
  const allowed = Math.ceil(most / PASS) + MORE_PASSES;
  const passes = steps.filter(({ step }) => step === 'check');
  const first = passes[allowed];
  if (!first) return;
  broken('L8', first.at, `${started.execution} made ${passes.length} passes; ${allowed} are allowed.`);
}

/** L8: no two looks at a remedy nearer than the floor; not so where a step was tried again: for a fault, an outage, a redrive. */
function polls({ trace }: View, each: Case, broken: Report): void {
  const isRepeated = each.faults.length > 0 || each.runs.length > 1;
  if (isRepeated || trace.story.outages) return;
  const looks = each.sent.filter(({ request }) => request.call === 'poll > WorkSpaces.DescribeWorkspaces');
  looks.forEach(({ request }, index) => {
    const before = looks[index - 1];
    const apart = request.at - (before?.request.at ?? Number.NEGATIVE_INFINITY);
    if (apart >= LOOKS.shortest - SECOND) return;
    broken('L8', request.at, `${each.started.execution} looked again after ${apart / SECOND} s.`);
  });
}

/** L8: an invocation makes so many requests at most, and each of them is sent so often at most. */
function requestsOf({ trace }: View, each: Case, broken: Report): void {
  const hasFaults = each.faults.length > 0 || trace.story.outages !== undefined;
  const allowed = hasFaults ? CALLS * TRIES : CALLS;
  const counts = new Map<number, number>();
  for (const { request } of each.sent) {
    const count = (counts.get(request.invocation) ?? 0) + 1;
    counts.set(request.invocation, count);
    if (count !== allowed + 1) continue;
    const what = `${each.started.execution} made more than ${allowed} requests in one run`;
    broken('L8', request.at, `${what}; ${request.call} is the next.`);
  }
}

/** L9: only what the story stops is stopped. */
function stopped({ started, ended, faults }: Case, broken: Report): void {
  if (ended?.status !== 'TIMED_OUT' && ended?.status !== 'ABORTED') return;
  const isMeant = started.start.stopAfter !== undefined || faults.some(({ fault }) => fault.kind === 'abort');
  if (!isMeant) broken('L9', ended.at, `${started.execution} ended ${ended.status}, and nobody stopped it.`);
}

/** Intake throws it when another execution has changed the record each time: the step is tried again. */
const CONTENTION = 'LeaseContentionError';

/** L9: a function fails only when something has gone wrong around it. */
function failed(
  { trace }: View,
  { started, faults, runs }: Case,
  returned: Of<'returned'> | undefined,
  broken: Report,
): void {
  const isHurt = faults.length > 0 || runs.length > 1 || trace.story.outages !== undefined;
  if (!returned || isHurt || returned.error === CONTENTION) return;
  const what = `${returned.step} of ${started.execution} failed with ${returned.error}`;
  broken('L9', returned.at, `${what}, and nothing had gone wrong.`);
}

/**
 * L10: what could not be read is tried again before an incident is given up. The mode aside: what is not known to be
 * on is off, and said at once.
 */
function gaveUp(view: View, each: Case, broken: Report): void {
  const { ended, started } = each;
  const last = lastHold(view, each);
  if (!ended || !last || last.guard === 'mode' || !isUnreadable(last)) return;
  const passes = heldBack(view, each).filter((held) => isUnreadable(held) && !held.isLast).length + 1;
  if (passes >= UNREADABLE) return;
  broken('L10', ended.at, `${started.execution} gave up after ${passes} passes: ${last.reason}`);
}
