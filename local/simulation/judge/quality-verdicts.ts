/** Rules about verdicts: what must have been read before an incident is said to be over, well or badly. */
import type { DesktopSpec } from '../../stories/desktop.ts';
import { type Case, isChange, isRead, type Of, readsOf, type Sent } from './cases.ts';
import { isUnreadable, lastHold } from './held.ts';
import {
  type Hit,
  incidents,
  MINUTE,
  runOf,
  SECOND,
  seconds,
  spansOf,
  tookEffect,
  wasReadBy,
} from './remedies.ts';
import { FOR_GOOD } from './requests.ts';
import type { View } from './view.ts';

const GOOD_NEWS: ReadonlySet<string> = new Set(['RECOVERED', 'ALREADY_HEALTHY']);
const BAD_NEWS: ReadonlySet<string> = new Set(['FAILED', 'NEEDS_HUMAN']);
/** Between two good reads they are none against it: a WorkSpace whose user has left. */
const STOPS: ReadonlySet<string> = new Set(['STOPPING', 'STOPPED']);
/** Faults after which it is not known which of two runs of a step counts. */
const TWO_RUNS: ReadonlySet<string> = new Set(['lost-response', 'duplicate', 'overtaken']);
/** So long after a service was away its steps may still be tried again. */
const AFTERMATH = 20 * MINUTE;

const mayHaveBeenTaken = (one: Sent) => isChange(one) && one.answer?.refused !== true;

/** How incidents of the story ended, if they came to a verdict of such a kind. */
const verdicts = (view: View, kinds: ReadonlySet<string>) =>
  incidents(view).flatMap((each) => {
    const { ended, started } = each;
    const desktop = view.desktop(started.start.workspaceId);
    return ended && desktop && kinds.has(ended.outcome ?? '') ? [{ each, ended, desktop }] : [];
  });

/** Reads that a step has returned with, in order. */
function returnedReads({ trace }: View, each: Case) {
  const returned = new Set(
    trace.happenings.flatMap((one) => (one.kind === 'returned' && one.error === null ? [one.id] : [])),
  );
  return readsOf(each).filter(({ request }) => returned.has(request.invocation));
}

/**
 * Health is read twice, `ConfirmSeconds` apart, and nothing else between; after the last request. `STOPPED` says
 * nothing by itself, and goes on where `AVAILABLE` was read before it. A dry run by hand is answered at once.
 */
export function onOneRead(view: View): Hit[] {
  const { confirmMs } = view.trace.settings;
  return verdicts(view, GOOD_NEWS).flatMap(({ each, ended, desktop }) => {
    if (each.started.start.dryRun) return [];
    const since = each.sent.filter(mayHaveBeenTaken).at(-1)?.request.at ?? 0;
    const reads = returnedReads(view, each).filter(({ at }) => at > since && at <= ended.at);
    const isUnsure = each.faults.some(({ fault }) => TWO_RUNS.has(fault.kind));
    const good = isUnsure ? allGood(reads, desktop) : lastGood(reads, desktop);
    const [first, last] = [good.at(0), good.at(-1)];
    const apart = first && last ? last.at - first.at : undefined;
    if (apart !== undefined && apart >= confirmMs - SECOND) return [];
    const what = apart === undefined ? 'no good read' : `good reads ${seconds(apart)} apart`;
    const name = each.started.execution;
    return [{ at: ended.at, what: `${name} said ${ended.outcome} of ${desktop.workspaceId} after ${what}.` }];
  });
}

type Read = ReturnType<typeof readsOf>[number];

/** The last reads in a row that speak for its health. */
function lastGood(reads: readonly Read[], { runningMode }: DesktopSpec): Read[] {
  const isStop = ({ state }: Read) => STOPS.has(state) && runningMode !== 'ALWAYS_ON';
  const from = reads.findLastIndex((read) => read.state !== 'AVAILABLE' && !isStop(read)) + 1;
  const row = reads.slice(from);
  const first = row.findIndex(({ state }) => state === 'AVAILABLE');
  return first < 0 ? [] : row.slice(first).filter(({ state }) => state !== 'STOPPING');
}

const allGood = (reads: readonly Read[], { runningMode }: DesktopSpec): Read[] =>
  reads
    .slice(
      Math.max(
        0,
        reads.findIndex(({ state }) => state === 'AVAILABLE'),
      ),
    )
    .filter(({ state }) => state === 'AVAILABLE' || (state === 'STOPPED' && runningMode !== 'ALWAYS_ON'));

/** What was asked for has just ended, and it is well within the settling time: nothing had failed. */
export function failedTooSoon(view: View): Hit[] {
  const { settleMs } = view.trace.settings;
  return verdicts(view, new Set(['FAILED'])).flatMap(({ each, ended, desktop: { workspaceId } }) => {
    const last = view.changes.findLast((change) => change.by === each && tookEffect(view, change));
    const run = last && runOf(view, last);
    const span = run && spansOf(view, workspaceId).find(({ at }) => at === run.at);
    if (!span || span.to > ended.at) return [];
    // What nobody read was not known to have run, and what AWS refuses for good is bad news whatever comes.
    const isKnown = wasReadBy(each, workspaceId, span, ended.at);
    const isRefused = FOR_GOOD.test(each.sent.findLast(isChange)?.answer?.code ?? '');
    if (!isKnown || isRefused) return [];
    const course = view.trace.courses.get(workspaceId) ?? [];
    const after = course.filter(({ at }) => at > ended.at && at <= span.to + settleMs);
    const well = after.find(({ state }) => state === 'AVAILABLE');
    const isDone =
      after.some(({ at, cause }) => cause === 'person' && at <= (well?.at ?? 0)) ||
      view.changes.some(
        (one) => one.workspaceId === workspaceId && one.at > ended.at && one.at < (well?.at ?? 0),
      );
    if (!well || isDone) return [];
    const since = `${seconds(well.at - span.to)} after ${span.state} ended`;
    return [
      {
        at: ended.at,
        what: `${each.started.execution} said FAILED of ${workspaceId}, which was well ${since}.`,
      },
    ];
  });
}

/** P10: who has asked for something that AWS took says nothing about it before a read was answered since. */
export function unreadVerdict(view: View): Hit[] {
  return verdicts(view, new Set([...GOOD_NEWS, ...BAD_NEWS])).flatMap(({ each, ended }) => {
    const last = each.sent.findLast(
      (one) =>
        isChange(one) && one.answer?.error === null && !one.answer.refused && one.answer.at <= ended.at,
    );
    const accepted = last?.answer?.at;
    if (accepted === undefined || readsOf(each).some(({ at }) => at > accepted && at <= ended.at)) return [];
    const what = `${each.started.execution} ended ${ended.outcome} without a read since AWS took its request`;
    return [{ at: ended.at, what: `${what}.` }];
  });
}

/** P12: no incident is given up because a service was away, and would have gone on had it waited. */
export function decidedByOutage(view: View): Hit[] {
  const { happenings, story } = view.trace;
  if (!story.outages) return [];
  const away = happenings.filter((one) => one.kind === 'outage');
  return verdicts(view, BAD_NEWS).flatMap(({ each, ended }) => {
    const isNear = away.some(
      ({ at }) => at <= ended.at && at > Math.max(ended.at - AFTERMATH, each.started.at),
    );
    const why = isNear ? whyGivenUp(view, each, ended) : undefined;
    const what = `${each.started.execution} ended ${ended.outcome} because ${why} while a service was away.`;
    return why === undefined ? [] : [{ at: ended.at, what }];
  });
}

/** Whether the last run of Check before that had a request that was not answered. */
function isUnanswered({ trace }: View, each: Case, at: number): boolean {
  const run = trace.happenings.findLast(
    (one) =>
      one.kind === 'invoked' &&
      one.execution === each.started.execution &&
      one.step === 'check' &&
      one.at <= at,
  );
  return each.sent.some(
    ({ request, answer }) =>
      run?.kind === 'invoked' && request.invocation === run.id && answer?.error != null,
  );
}

/** Why it ended, if that is not about its WorkSpace. */
function whyGivenUp(view: View, each: Case, ended: Of<'ended'>): string | undefined {
  const hold = lastHold(view, each);
  // A guard that has read its fact has decided by it; numbers may be late or missing while another service is away.
  if (hold) {
    const isUnread = isUnreadable(hold) && isUnanswered(view, each, hold.at);
    return isUnread ? `guard ${hold.guard} could not read its fact` : undefined;
  }
  const steps = view.trace.happenings.filter(
    (one) =>
      one.kind === 'returned' &&
      one.execution === each.started.execution &&
      one.at <= ended.at &&
      one.step !== 'close' &&
      one.step !== 'net',
  );
  const last = steps.at(-1);
  const look = each.sent.findLast((one) => isRead(one) && one.request.at <= ended.at);
  if (look && look.answer?.state == null) return 'its last look was not answered';
  if (last?.kind === 'returned' && last.error !== null) return `${last.step} failed with ${last.error}`;
  return steps.length === 0 ? 'no step of it ever ran' : undefined;
}
