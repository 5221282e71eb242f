/** L1, L2, L3 and Q9: what is broken is healed, bad news is true, and nobody who stays broken is left alone. */
import { type Answer, accepted, type DesktopSpec, UNDER_WAY } from '../../stories/desktop.ts';
import { LOOKS } from '../settings.ts';
import { PROBE } from '../trace.ts';
import { BROKEN, type Case, isProbe, type Of, type Report, readsOf } from './cases.ts';
import { toldByAlarm } from './dead-letters.ts';
import { newestSnapshot } from './guards.ts';
import { lastHold } from './held.ts';
import { mayStop } from './remedies.ts';
import { isNewsForAllOf, tellerOf } from './storms.ts';
import { canonical, type View } from './view.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** Looks, guards, and the steps' own time, beside the waits that settings name. */
const STEPS = 5 * MINUTE;
/** What ends so short before its deadline may be found late. */
const WELL_WITHIN = 2 * MINUTE;

export function healing(view: View, broken: Report): void {
  const byWorkspace = Map.groupBy(view.cases.values(), ({ started }) => started.start.workspaceId);
  const told = view.trace.happenings.filter((one) => one.kind === 'published');
  const dead = toldByAlarm(view.trace.happenings);
  for (const desktop of view.trace.story.desktops) {
    const all = byWorkspace.get(desktop.workspaceId) ?? [];
    const incidents = all.filter((each) => !isProbe(each));
    healed(view, desktop, incidents, broken);
    leftAlone(view, desktop, incidents, { told, dead }, broken);
    for (const each of all) falseAlarm(view, desktop, each, broken);
  }
  for (const { by, rung, effect } of view.changes) {
    const { ended, started, runs } = by;
    if (rung === 'start') continue;
    const isDropped = ended?.outcome === 'SKIPPED' || ended?.outcome === 'DUPLICATE';
    if (!isDropped || effect?.result !== 'ok' || effect.at > ended.at) continue;
    // Who redrives an execution after its lease was given back has one without a lease.
    const promise = runs.length > 1 ? 'L3 (redrive)' : 'L3';
    broken(promise, ended.at, `${started.execution} ended ${ended.outcome} after its ${rung} took effect.`);
  }
}

interface CourseOfRebuild {
  begins: number;
  /** When it no longer shows. */
  ends: number;
  /** When it is well for good. */
  well: number;
  /** For how long it reads as broken before that. */
  settles: number;
}

/** When a rebuild begins and when it is well, if it plainly is so in the end; by default as the desk has it. */
function courseOf({ remedies }: DesktopSpec): CourseOfRebuild | undefined {
  const answers: readonly Answer[] = remedies?.rebuild ?? [accepted('rebuild')];
  const [answer] = answers;
  if (answers.length !== 1 || !answer?.accepted) return undefined;
  const [begins, ends, well = ends, more] = answer.steps;
  if (begins?.state !== UNDER_WAY.rebuild || !ends || !well || more || well.state !== 'AVAILABLE')
    return undefined;
  if (ends !== well && !BROKEN.has(ends.state)) return undefined;
  return { begins: begins.after, ends: ends.after, well: well.after, settles: well.after - ends.after };
}

/** L1: a plain broken desktop, with nothing in the way, is healed within a bound of the settings. */
function healed(view: View, desktop: DesktopSpec, incidents: Case[], broken: Report): void {
  const { trace } = view;
  const { settings, story } = trace;
  const course = courseOf(desktop);
  const [first] = incidents.filter(({ started }) => !started.start.dryRun && !started.start.bad);
  // Without the numbers of its directory it is held back, as it has to be.
  if (!course || !first || !view.isCalm || story.mode || story.metrics) return;
  if (!isPlain(desktop) || story.directories?.[desktop.directoryId]?.identity === 'entra') return;
  const { started } = first;
  const { confirmMs } = settings;
  const acts = started.at + confirmMs + STEPS;
  const age = acts - newestSnapshot(desktop, 'rebuild', trace, acts);
  const isInTheWay =
    isBarred(view, desktop, incidents) ||
    course.begins >= settings.notStartedMs ||
    course.well + WELL_WITHIN > settings.deadlineMs ||
    course.settles + WELL_WITHIN > settings.settleMs ||
    age > settings.maxSnapshotAgeMs;
  if (isInTheWay) return;
  // Two reads say that it is broken, and two that it is well. One that is over before the first look may still come.
  const unseen = course.ends <= LOOKS.first ? settings.notStartedMs : 0;
  const bound = 2 * confirmMs + LOOKS.first + Math.max(course.well, unseen) + 3 * LOOKS.longest + STEPS;
  const isHealed = incidents.some(
    ({ ended }) => ended?.outcome === 'RECOVERED' && ended.at <= started.at + bound,
  );
  if (isHealed) return;
  const ends = incidents.map(({ started: { execution }, ended }) => `${execution} ${ended?.outcome}`).join();
  const minutes = Math.round(bound / MINUTE);
  broken('L1', started.at + bound, `${desktop.workspaceId} is not healed in ${minutes} min: ${ends}.`);
}

/** Whether a setting, a person, or another desktop may hold it back. */
const isBarred = ({ trace: { story, settings } }: View, desktop: DesktopSpec, incidents: Case[]): boolean =>
  (story.parameters.InitialMode ?? 'on') !== 'on' ||
  settings.ladder !== 'rebuild' ||
  settings.waitForSnapshotMs > 0 ||
  settings.maxConcurrent < story.desktops.length ||
  story.desktops.some((one) => one !== desktop && one.directoryId === desktop.directoryId) ||
  incidents.some(({ started: { start } }) => start.ladder !== undefined);

function isPlain(desktop: DesktopSpec): boolean {
  const { state, tags, retags, changes, connected, snapshots, volumeKey } = desktop;
  if (volumeKey && volumeKey.state !== 'Enabled') return false;
  return BROKEN.has(state) && !tags && !retags && !changes && !connected && !snapshots;
}

/**
 * L2: no bad news about one that is well, and was since the last look at it, or since the start where there was none.
 * Aside: the guards mode and scope are about something else, and who forces a start says that it is well.
 */
function falseAlarm(view: View, desktop: DesktopSpec, each: Case, broken: Report): void {
  const { ended, started } = each;
  if (!ended || started.start.force || started.start.bad) return;
  if (ended.outcome !== 'FAILED' && ended.outcome !== 'NEEDS_HUMAN') return;
  const guard = lastHold(view, each)?.guard;
  if (guard === 'mode' || guard === 'scope') return;
  const { workspaceId } = desktop;
  const read = readsOf(each).findLast(({ at }) => at <= ended.at)?.effect?.at ?? started.at;
  // It may have been as old as stale reads are.
  const isStale = each.faults.some(
    ({ at, fault }) => fault.kind === 'stale' && at <= read && read - at < MINUTE,
  );
  const since = isStale ? read - MINUTE : read;
  const states = [
    view.stateAt(workspaceId, since),
    ...view
      .history(workspaceId)
      .filter(({ at }) => at > since && at <= ended.at)
      .map(({ state }) => state),
  ];
  if (!states.every((state) => isWell(state, desktop, each, ended.at))) return;
  const what = `${started.execution} ended ${ended.outcome} (${guard ?? 'no guard'})`;
  broken('L2', ended.at, `${what}, and ${workspaceId} is ${states.at(-1)}.`);
}

/** `STOPPED` says nothing by itself; it was well before that if `AVAILABLE` was the last state read beside it. */
function isWell(state: string | undefined, desktop: DesktopSpec, each: Case, until: number): boolean {
  if (state !== 'STOPPED') return state === 'AVAILABLE';
  const before = readsOf(each).findLast((read) => read.at <= until && read.state !== 'STOPPED');
  return mayStop(desktop) && before?.state === 'AVAILABLE';
}

interface Known {
  told: Of<'published'>[];
  dead: ReadonlySet<string>;
}

/** Q9: who is broken to the end and has had an alarm since, in scope and with the mode on, is known to people. */
function leftAlone(
  view: View,
  desktop: DesktopSpec,
  incidents: Case[],
  { told, dead }: Known,
  broken: Report,
): void {
  const { workspaceId, directoryId } = desktop;
  const { story, endedAt } = view.trace;
  const since = brokenSince(view, desktop);
  if (since === undefined || !isInScope(view, desktop) || story.mode) return;
  if ((story.parameters.InitialMode ?? 'on') !== 'on') return;
  // Of one that was broken from the beginning the alarm may be older than the story.
  const isAlarm = ({ started: { start, at } }: Case) =>
    !start.dryRun && !start.bad && (start.alarmTime ?? at) >= since;
  if (!incidents.some(isAlarm)) return;
  const isKnown =
    told.some(
      ({ at, message }) =>
        at >= since &&
        // What a probe tells would not have been told.
        !message.includes(`:${PROBE}`) &&
        (message.includes(workspaceId) ||
          (message.includes(directoryId) && /Guard (storm|futile): /.test(message))),
    ) || incidents.some(({ started }) => dead.has(started.execution));
  if (isKnown) return;
  // The storm was told before it broke; or whoever was to tell of it was stopped before that.
  const storms = incidents.flatMap((each) => tellerOf(each, view) ?? []);
  if (storms.some((teller) => told.some(({ message }) => isNewsForAllOf(message, teller)))) return;
  const isStopped = storms.some((teller) => view.cases.get(teller)?.ended?.status !== 'SUCCEEDED');
  const ends = incidents.map(({ started, ended }) => `${started.execution} ${ended?.outcome}`).join();
  broken(
    isStopped ? 'Q9 (storm)' : 'Q9',
    endedAt,
    `${workspaceId} is broken to the end, and nobody knows: ${ends}.`,
  );
}

function brokenSince(view: View, { workspaceId }: DesktopSpec): number | undefined {
  const states = view.history(workspaceId);
  const well = states.findLastIndex(({ state }) => !BROKEN.has(state));
  if (well === states.length - 1) return undefined;
  return well < 0 ? Number.NEGATIVE_INFINITY : states[well + 1]?.at;
}

function isInScope({ trace }: View, { tags, retags }: DesktopSpec): boolean {
  if (retags) return false;
  const wish = tags && (canonical(tags).AutoRemediate ?? 'none').toLowerCase();
  return wish !== 'false' && (wish !== 'none' || trace.story.parameters.Scope === 'all');
}
