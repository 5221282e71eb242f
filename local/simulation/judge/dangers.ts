/** What a restore or a rebuild is in danger of: no key, the wrong kind of directory, a cause that lies elsewhere, a snapshot too soon. */
import { BROKEN, isProbe, isSetBack, type Report } from './cases.ts';
import { type Change, nameOf, newestSnapshot } from './guards.ts';
import { HOUR, MINUTE, runOf, spansOf, tookEffect, wasReadBy } from './remedies.ts';
import type { Change as Asked, View } from './view.ts';

/** Of the last five in a directory that are over, three that did not help are too many. */
const JUDGED = 5;
const TOO_MANY = 3;
/** AWS takes snapshots for a rebuild every so often, and now and then late. */
const SNAPSHOTS_APART = 12 * HOUR;
const LATE = HOUR;

export function dangers(change: Change, broken: Report): void {
  const { at, rung, desktop, trace } = change;
  if (!isSetBack(rung)) return;
  const what = `${nameOf(change)} asked for a ${rung}`;
  const key = desktop.volumeKey?.state ?? 'Enabled';
  if (key !== 'Enabled') broken('volume-key', at, `${what} while the key of its volumes is ${key}.`);
  const { identity } = trace.story.directories?.[desktop.directoryId] ?? {};
  if (rung === 'rebuild' && identity === 'entra' && !change.overrides('identity')) {
    broken('identity', at, `${what} in a directory that is joined to Microsoft Entra.`);
  }
  if (!change.overrides('futile') && isFutile(change)) {
    broken('futile', at, `${what} after others of its directory had not helped.`);
  }
  if (rung === 'rebuild' && !change.overrides('snapshot-age') && isBeforeASnapshot(change)) {
    broken('snapshot-age', at, `${what} shortly before the next snapshot of its data.`);
  }
}

interface Finished {
  at: number;
  workspaceId: string;
  helped: boolean;
}

/** What became of the remedies in a directory, as far as the service must know of it; `undefined`: it may not. */
function finishedOf(view: View, asked: Asked): Finished[] {
  const { by, workspaceId } = asked;
  const { ended } = by;
  if (!ended || ended.status === 'ABORTED' || ended.status === 'TIMED_OUT' || !tookEffect(view, asked))
    return [];
  const isLast = view.changes.findLast((one) => one.by === by && tookEffect(view, one)) === asked;
  if (isLast && ended.outcome === 'RECOVERED') return [{ at: ended.at, workspaceId, helped: true }];
  const run = runOf(view, asked);
  const span = run && spansOf(view, workspaceId).find(({ at }) => at === run.at);
  const isOver = span && span.to <= ended.at && wasReadBy(by, workspaceId, span, ended.at);
  const isBroken = BROKEN.has(view.stateAt(workspaceId, ended.at) ?? '') && ended.outcome === 'FAILED';
  return isOver && (!isLast || isBroken) ? [{ at: ended.at, workspaceId, helped: false }] : [];
}

/** Only in calm: the service may lose count with its table away. */
function isFutile({ at, slack, view, desktop }: Change): boolean {
  if (!view.isCalm) return false;
  const last = view.changes
    .filter(
      (one) =>
        isSetBack(one.rung) &&
        !isProbe(one.by) &&
        view.desktop(one.workspaceId)?.directoryId === desktop.directoryId,
    )
    .flatMap((one) => finishedOf(view, one))
    .filter((one) => one.at < at - slack)
    .sort((one, other) => one.at - other.at)
    .slice(-JUDGED);
  const failed = last.filter(({ helped }) => !helped);
  const names = new Set(failed.map(({ workspaceId }) => workspaceId));
  return failed.length >= TOO_MANY && names.size > 1 && last.at(-1)?.helped === false;
}

/** One that is due is waited for, unless one has come since it began, or those there would grow too old. */
function isBeforeASnapshot({ at, by, desktop, trace, slack }: Change): boolean {
  const { waitForSnapshotMs, maxSnapshotAgeMs } = trace.settings;
  const newest = newestSnapshot(desktop, 'rebuild', trace, at);
  const due = newest + SNAPSHOTS_APART;
  if (newest >= by.started.at || maxSnapshotAgeMs < SNAPSHOTS_APART + LATE) return false;
  return due > at + slack + MINUTE && due - at < waitForSnapshotMs - slack - MINUTE;
}
