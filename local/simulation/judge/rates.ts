/** What turns out to have been hasty. No service knows the future: these are counted as rates, not as faults. */
import * as v from 'valibot';
import { accepted } from '../../stories/desktop.ts';
import { BROKEN, type Case } from './cases.ts';
import { BUSY, HASTY, incidents, mayStop, reachedAt, setBacks, spansOf, tookEffect } from './remedies.ts';
import type { Change, View } from './view.ts';

interface Rate {
  hits: number;
  of: number;
}

export const RATE_NAMES = [
  'needless',
  'unforeseen',
  'atTheSameTime',
  'hastyBadNews',
  'shortLivedGoodNews',
] as const;
export type RateName = (typeof RATE_NAMES)[number];
export type RateCounts = Record<RateName, Rate>;

export function ratesOf(view: View): RateCounts {
  // A person who forces it wants it whatever the state.
  const remedies = setBacks(view).filter(({ by }) => by.started.start.force !== true);
  const badNews = incidents(view).filter((each) => isBadNews(view, each));
  const goodNews = incidents(view).filter(({ ended }) => GOOD_NEWS.has(ended?.outcome ?? ''));
  return {
    needless: rate(remedies, (change) => isNeedless(view, change)),
    unforeseen: rate(remedies, (change) => isUnforeseen(view, change)),
    atTheSameTime: rate(remedies, (change) => isBeforeAPersons(view, change)),
    hastyBadNews: rate(badNews, (each) => isHasty(view, each)),
    shortLivedGoodNews: rate(goodNews, (each) => isShortLived(view, each)),
  };
}

const rate = <T>(all: T[], isOne: (one: T) => boolean): Rate => ({
  hits: all.filter(isOne).length,
  of: all.length,
});

/** When it would have been AVAILABLE soon if nothing had been asked. */
const wellAt = (view: View, change: Change): number | undefined =>
  comingTo(view, change).find(
    ({ at, state }) => state === 'AVAILABLE' && at > reachedAt(change) && at <= reachedAt(change) + HASTY,
  )?.at;

/** Until when it was settling, if it was: something was under way shortly before. */
function settlesUntil(view: View, change: Change): number {
  const busy = spansOf(view, change.workspaceId).findLast(
    ({ state, to }) => BUSY.has(state) && to <= reachedAt(change),
  );
  return busy ? busy.to + view.trace.settings.settleMs : 0;
}

/** A restore or a rebuild of what would have been AVAILABLE within the settling time of what was under way before. */
function isNeedless(view: View, change: Change): boolean {
  const well = wellAt(view, change);
  return well !== undefined && well <= settlesUntil(view, change);
}

/** The same, and nothing told of it: it would have healed by itself. */
function isUnforeseen(view: View, change: Change): boolean {
  const well = wellAt(view, change);
  return well !== undefined && well > settlesUntil(view, change);
}

/** A restore or a rebuild shortly before a person's own. */
function isBeforeAPersons(view: View, change: Change): boolean {
  const at = reachedAt(change);
  return changesOf(view, change.workspaceId).some(
    (one) =>
      one.byPerson &&
      (one.state === 'RESTORING' || one.state === 'REBUILDING') &&
      one.at > at &&
      one.at <= at + HASTY,
  );
}

interface Coming {
  at: number;
  state: string;
  byPerson?: boolean;
}

const changesOf = (view: View, workspaceId: string): Coming[] =>
  (view.desktop(workspaceId)?.changes ?? []).map(({ after, ...rest }) => ({
    ...rest,
    at: view.trace.startedAt + after,
  }));

/** What would have come without a request: by itself, or of the last one that was taken before it. */
function comingTo(view: View, change: Change): Coming[] {
  const own = changesOf(view, change.workspaceId).filter(({ byPerson }) => !byPerson);
  const before = view.changes.findLast(
    (one) => one.workspaceId === change.workspaceId && one.at < change.at && tookEffect(view, one),
  );
  if (!before) return own;
  const rest = answerTo(view, before).map(({ after, state }) => ({ at: reachedAt(before) + after, state }));
  // What fell into it has not happened.
  const end = Math.max(...rest.map(({ at }) => at), reachedAt(before));
  return [...rest, ...own.filter(({ at }) => at > end)];
}

/** What comes of a request, as its story says. */
function answerTo(view: View, change: Change): readonly { after: number; state: string }[] {
  const { workspaceId, rung } = change;
  const answers = view.desktop(workspaceId)?.remedies?.[rung] ?? [accepted(rung)];
  const number = view.changes.filter(
    (one) =>
      one.workspaceId === workspaceId &&
      one.rung === rung &&
      one.effect !== undefined &&
      one.effect.at < reachedAt(change) &&
      view.stateAt(workspaceId, one.effect.at) !== 'GONE',
  ).length;
  return answers[Math.min(number, answers.length - 1)]?.steps ?? [];
}

const held = v.object({
  step: v.literal('Close'),
  basis: v.object({ decision: v.object({ guard: v.optional(v.string()) }) }),
});

/** Word to people that a WorkSpace needs them. Mode and scope are about the service. */
function isBadNews(view: View, { started, ended }: Case): boolean {
  if (ended?.outcome !== 'FAILED' && ended?.outcome !== 'NEEDS_HUMAN') return false;
  const guards = view.log(started.execution).map(({ entry }) => {
    const parsed = v.safeParse(held, entry);
    return parsed.success ? parsed.output.basis.decision.guard : undefined;
  });
  return !guards.includes('mode') && !guards.includes('scope');
}

/** Bad news shortly before it is well, and nobody has done anything since. */
function isHasty(view: View, { started, ended }: Case): boolean {
  const { workspaceId } = started.start;
  const desktop = view.desktop(workspaceId);
  if (!ended || !desktop || workspaceId === undefined) return false;
  const state = view.stateAt(workspaceId, ended.at);
  if (state === 'AVAILABLE' || (state === 'STOPPED' && mayStop(desktop))) return false;
  const since = view.history(workspaceId).filter(({ at }) => at > ended.at && at <= ended.at + HASTY);
  const well = since.find((one) => one.state === 'AVAILABLE');
  if (!well) return false;
  const isByPerson = since.some(({ at, cause }) => cause === 'person' && at < well.at);
  const isByRequest = view.changes.some(
    (one) => one.workspaceId === workspaceId && one.at > ended.at && one.at < well.at,
  );
  return !isByPerson && !isByRequest;
}

const GOOD_NEWS: ReadonlySet<string> = new Set(['RECOVERED', 'ALREADY_HEALTHY']);

/** Good news is silent, so nobody looks after it: of one that has just broken, or is broken again soon. */
function isShortLived(view: View, { started, ended }: Case): boolean {
  const { workspaceId } = started.start;
  if (!ended || workspaceId === undefined) return false;
  if (BROKEN.has(view.stateAt(workspaceId, ended.at) ?? '')) return true;
  // With another state in between, something new has happened to it.
  const next = view.history(workspaceId).find(({ at }) => at > ended.at);
  return next !== undefined && next.at - ended.at < HASTY && BROKEN.has(next.state);
}
