/** Rules about requests: what must have been seen before a restore or a rebuild. */
import { UNDER_WAY } from '../../stories/desktop.ts';
import { BROKEN, isProbe, readsOf } from './cases.ts';
import {
  BUSY,
  earlier,
  type Hit,
  incidents,
  MINUTE,
  ownerOf,
  reachedAt,
  runOf,
  SECOND,
  type Span,
  seconds,
  setBacks,
  spansOf,
  wasRead,
  wasReadBy,
} from './remedies.ts';
import type { Change, Rung, View } from './view.ts';

const SET_BACKS: ReadonlySet<string> = new Set(['RESTORING', 'REBUILDING']);
const LADDER: readonly Rung[] = ['reboot', 'restore', 'rebuild'];
/** This WorkSpace cannot have it: the next rung may follow, and after no other refusal. */
const NOT_FOR_IT = /^OperationNotSupported/;

const isForced = ({ by }: Change) => by.started.start.force === true;
const nameOf = ({ by }: Change) => by.started.execution;

/** What ran is spent, however it ended, once the service has read another state: one incident makes it once. */
export function madeTwice(view: View): Hit[] {
  return incidents(view).flatMap((each) => {
    const made = setBacks(view).filter((change) => change.by === each);
    return made.flatMap((change, index) => {
      const before = made
        .slice(0, index)
        .find((one) => one.rung === change.rung && runOf(view, one) && isReadSince(view, one, change.at));
      if (!before || !runOf(view, change)) return [];
      const since = `${seconds(change.at - before.at)} after the first`;
      return [
        {
          at: change.at,
          what: `${nameOf(change)} made the ${change.rung} of ${change.workspaceId} again, ${since}.`,
        },
      ];
    });
  });
}

/** Whether its execution has read another state after a request than the one that it was asked in. */
function isReadSince(view: View, { by, workspaceId, at }: Change, until: number): boolean {
  const asked = view.stateAt(workspaceId, at);
  return readsOf(by).some((read) => read.at > at && read.at < until && read.state !== asked);
}

/** A harsher rung needs evidence that the milder one was made, or AWS's word that this WorkSpace cannot have it. */
export function withoutEvidence(view: View): Hit[] {
  return setBacks(view).flatMap((change) => {
    const asked = earlier(view, change);
    const open = LADDER.slice(0, LADDER.indexOf(change.rung)).find((mild) => {
      const own = asked.filter(({ rung }) => rung === mild);
      const last = own.at(-1);
      if (!last || NOT_FOR_IT.test(last.effect?.code ?? '')) return false;
      // AWS reboots only what is UNHEALTHY, of what is broken: once it is ERROR, there is nothing to wait for.
      const isPossible = mild !== 'reboot' || view.stateAt(change.workspaceId, change.at) === 'UNHEALTHY';
      return isPossible && !own.some((one) => isSeen(view, one, change.at));
    });
    const what = `${nameOf(change)} asked for a ${change.rung} of ${change.workspaceId}, and nothing was seen of its ${open}.`;
    return open === undefined ? [] : [{ at: change.at, what }];
  });
}

/**
 * Whether something was seen of a request until then, whoever brought it about, or whether it was so already. To be stopped
 * and started is as good as a reboot.
 */
function isSeen(view: View, change: Change, until: number): boolean {
  const since = reachedAt(change);
  const wanted = change.rung === 'reboot' ? ['REBOOTING', 'STARTING'] : [UNDER_WAY[change.rung]];
  return spansOf(view, change.workspaceId).some(
    ({ at, to, state }) => wanted.includes(state) && to > since && at <= until,
  );
}

/**
 * Shortly after something that its execution has seen under way, a broken reading is no evidence, for a reboot neither.
 * Who forces it acts without evidence.
 */
export function notSettled(view: View): Hit[] {
  const { settleMs } = view.trace.settings;
  return view.changes.flatMap((change) => {
    if (isForced(change) || isProbe(change.by)) return [];
    const at = reachedAt(change);
    const busy = spansOf(view, change.workspaceId).findLast(
      (span) =>
        BUSY.has(span.state) &&
        span.to <= at &&
        at - span.to < settleMs - SECOND &&
        wasReadBy(change.by, change.workspaceId, span, change.at),
    );
    if (!busy || !BROKEN.has(view.stateAt(change.workspaceId, at) ?? '')) return [];
    const since = `${seconds(at - busy.to)} after ${busy.state} ended`;
    return [{ at, what: `${nameOf(change)} asked for a ${change.rung} of ${change.workspaceId} ${since}.` }];
  });
}

/** Whether somebody's remedy began while the execution waited for its own of the same kind, of which nothing came. */
const isTakenForOwn = (view: View, change: Change, span: Span): boolean =>
  earlier(view, change).some(
    (own) => own.at < span.at && UNDER_WAY[own.rung] === span.state && runOf(view, own) === undefined,
  );

/** What anybody has just done counts as what the execution does itself: no other remedy over it. */
export function overAPerson(view: View): Hit[] {
  const { cooldownMs } = view.trace.settings;
  return setBacks(view).flatMap((change) => {
    const at = reachedAt(change);
    if (change.by.started.start.override?.includes('cooldown')) return [];
    const theirs = spansOf(view, change.workspaceId).findLast((span) => {
      const owner = ownerOf(view, change.workspaceId, span);
      // The service counts from its own request on.
      const since = owner?.at ?? span.at;
      return (
        SET_BACKS.has(span.state) &&
        span.at < at &&
        at - since < cooldownMs - MINUTE &&
        owner?.by !== change.by &&
        !isTakenForOwn(view, change, span) &&
        wasRead(view, change.workspaceId, span, change)
      );
    });
    if (!theirs) return [];
    const whose = theirs.cause === 'request' ? 'another execution' : 'somebody else';
    const since = `${seconds(at - theirs.at)} after it was ${theirs.state} by ${whose}`;
    return [{ at, what: `${nameOf(change)} asked for a ${change.rung} of ${change.workspaceId} ${since}.` }];
  });
}
