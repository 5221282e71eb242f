/** L5 and L6, of turns: who waits for one has to, and turns come in order of arrival. */
import type { Case, Report } from './cases.ts';
import { heldBack, isUnreadable } from './held.ts';
import type { View } from './view.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Net frees the place of an execution that was stopped, so soon after. */
const FREED = MINUTE;
/** From the guard's look to the log's line about it. */
const LOOKED = 2 * SECOND;

const DISTURBS: ReadonlySet<string> = new Set(['fault', 'outage', 'redriven']);

/** When an execution had a place, at work or in the queue. */
interface Place {
  by: Case;
  from: number;
  to: number;
  /** When it surely was free again. */
  freed: number;
}

export function turns(view: View, broken: Report): void {
  // With a fault a place may outlive its execution, and a line of the log may say what the table does not; who is
  // redriven has lost its place.
  if (view.trace.happenings.some(({ kind }) => DISTURBS.has(kind))) return;
  const cases = [...view.cases.values()];
  const queued = cases.flatMap((by) => {
    const first = heldBack(view, by).find(({ guard }) => guard === 'turn');
    return first ? [placeOf(by, first.at, grantedAt(view, by))] : [];
  });
  if (queued.length === 0) return;
  const granted = cases.flatMap((by) => {
    const from = grantedAt(view, by);
    return from === undefined ? [] : [placeOf(by, from)];
  });
  for (const place of queued) needed(place, { granted, queued }, view, broken);
  for (const place of granted) inOrder(place, { granted, queued }, view, broken);
}

/** Guards that are asked once it is its turn: with what they say, it has a place. */
const AFTER: ReadonlySet<string> = new Set(['ladder', 'identity', 'snapshot-age', 'volume-key', 'connected']);

function grantedAt(view: View, by: Case): number | undefined {
  const acts = view.log(by.started.execution).find(
    ({ entry }) =>
      entry.step === 'Check' &&
      JSON.stringify(entry.decision).includes('"action":"ACT"') &&
      // To be started it needs none.
      !JSON.stringify(entry.basis).includes('"next":{"rung":"start"'),
  );
  // A dry run asks for no turn.
  const asked =
    by.sent.find(({ request }) => request.item === 'TURNS')?.request.at ?? Number.POSITIVE_INFINITY;
  const held = heldBack(view, by).find(({ guard, at }) => AFTER.has(guard) && at >= asked);
  const times = [acts?.at, held?.at].filter((at) => at !== undefined);
  return times.length > 0 ? Math.min(...times) : undefined;
}

function placeOf(by: Case, from: number, until?: number): Place {
  const to = until ?? by.ended?.at ?? Number.POSITIVE_INFINITY;
  const isStopped = by.ended?.status === 'ABORTED' || by.ended?.status === 'TIMED_OUT';
  return { by, from, to, freed: to + (isStopped && until === undefined ? FREED : 0) };
}

interface Places {
  granted: Place[];
  queued: Place[];
}

/** A place of an earlier execution for the same WorkSpace is no other's. */
const isAnother = (one: Place, other: Place) =>
  one.by.started.start.workspaceId !== other.by.started.start.workspaceId;

/** L5: as many are at work or wait before it as may be at work. */
function needed(place: Place, { granted, queued }: Places, view: View, broken: Report): void {
  const may = view.trace.settings.maxConcurrent;
  const { execution } = place.by.started;
  const taken = (at: number) =>
    granted.filter((one) => isAnother(one, place) && one.from - LOOKED <= at && at < one.freed).length +
    queued.filter((one) => isAnother(one, place) && one.from <= place.from && at < one.freed).length;
  for (const { guard, at, ...held } of heldBack(view, place.by)) {
    if (guard !== 'turn' || isUnreadable({ guard, at, ...held })) continue;
    const most = Math.max(taken(at), taken(at - LOOKED));
    if (most >= may) continue;
    broken('L5', at, `${execution} waits for a turn behind ${most}, and ${may} may be at work.`);
  }
}

/** L6: nobody takes a place for which another waits that came before. */
function inOrder(place: Place, { granted, queued }: Places, view: View, broken: Report): void {
  const { by, from } = place;
  const since = queued.find((one) => one.by === by)?.from ?? from;
  const before = queued.filter((one) => isAnother(one, place) && one.from + LOOKED < since && one.to > from);
  const [first] = before;
  if (!first) return;
  const atWork = granted.filter((one) => isAnother(one, place) && one.from < from && one.to > from);
  if (atWork.length + before.length < view.trace.settings.maxConcurrent) return;
  const [name, other] = [by.started.execution, first.by.started.execution];
  broken('L6', from, `${name} has a turn before ${other}, which came before it.`);
}
