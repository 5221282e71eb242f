/** L1 and L10: what a person insists on is asked for, and nothing that passes is given up before its time. */
import { type RemedyName, UNDER_WAY } from '../../stories/desktop.ts';
import type { Settings } from '../settings.ts';
import { type Case, isRung, type Of, type Report, readsOf } from './cases.ts';
import { lastHold } from './held.ts';
import { BUSY, HOUR, MINUTE, mayStop, SECOND, STUCK } from './remedies.ts';
import { ASKED_IN, FOR_GOOD } from './requests.ts';
import type { View } from './view.ts';

const BAD_NEWS: ReadonlySet<string> = new Set(['FAILED', 'NEEDS_HUMAN']);
/** AWS's weekly maintenance takes four to five hours (administration guide, "WorkSpace maintenance"). */
const MAINTENANCE = 6 * HOUR;

export function patience(view: View, broken: Report): void {
  if (!view.isCalm) return;
  for (const each of view.cases.values()) {
    const { ended } = each;
    if (!ended || !BAD_NEWS.has(ended.outcome ?? '') || lastHold(view, each)) continue;
    if (each.started.start.bad || each.started.start.dryRun) continue;
    refusedForNow(view, each, ended, broken);
    busy(view, each, ended, broken);
    insisted(view, each, ended, broken);
  }
}

const deadlineOf = (rung: RemedyName, settings: Settings): number => {
  if (rung === 'start') return settings.busyLimitMs;
  return rung === 'reboot' ? settings.rebootDeadlineMs : settings.deadlineMs;
};

/** L10: what AWS refuses for now is asked for again, up to the rung's deadline. */
function refusedForNow(view: View, each: Case, ended: Of<'ended'>, broken: Report): void {
  const own = view.changes.filter(({ by, at }) => by === each && at <= ended.at);
  const last = own.at(-1);
  const isSeen = readsOf(each).some(({ at }) => last && at > last.at && at <= ended.at);
  if (last?.answer?.refused !== true || isSeen || FOR_GOOD.test(last.effect?.code ?? '')) return;
  const from = own.findLastIndex(({ rung, answer }) => rung !== last.rung || answer?.refused !== true) + 1;
  const tried = last.at - (own[from]?.at ?? last.at);
  if (tried >= deadlineOf(last.rung, view.trace.settings) - MINUTE) return;
  const minutes = Math.round(tried / MINUTE);
  const what = `${each.started.execution} gave up a ${last.rung} that AWS refused for now (${last.effect?.code})`;
  broken('L10', ended.at, `${what} after ${minutes} min.`);
}

/** L10: a state that passes by itself is waited for, as long as it usually lasts. */
function busy({ trace: { settings } }: View, each: Case, ended: Of<'ended'>, broken: Report): void {
  const reads = readsOf(each).filter(({ at }) => at <= ended.at);
  const state = reads.at(-1)?.state;
  if (state === undefined || !(BUSY.has(state) || state === 'IMPAIRED')) return;
  // The deadline of its own request runs from that.
  const isOwn = each.sent.some((one) => isRung(one) && one.answer?.refused !== true);
  if (isOwn && Object.values<string>(UNDER_WAY).includes(state)) return;
  const first = reads[reads.findLastIndex((read) => read.state !== state) + 1];
  const waited = ended.at - (first?.at ?? ended.at);
  if (waited >= limitOf(state, settings) - MINUTE) return;
  const minutes = Math.round(waited / MINUTE);
  broken('L10', ended.at, `${each.started.execution} gave up after ${minutes} min of ${state}.`);
}

function limitOf(state: string, settings: Settings): number {
  if (state === 'IMPAIRED') return settings.settleMs;
  if (state === 'MAINTENANCE') return MAINTENANCE;
  if (state === 'RESTORING' || state === 'REBUILDING') return settings.deadlineMs;
  return state === 'REBOOTING' ? STUCK : settings.busyLimitMs;
}

/** L1: a person who insists gets it in each state in which AWS takes it, unless a guard holds it back. */
function insisted(view: View, each: Case, ended: Of<'ended'>, broken: Report): void {
  const { start, execution } = each.started;
  const state = readsOf(each).at(0)?.state;
  const desktop = view.desktop(start.workspaceId);
  if (!start.force || !desktop || state === undefined || each.sent.some(isRung)) return;
  const wanted = start.ladder ?? view.trace.settings.ladder;
  const isTaken = (['reboot', 'restore', 'rebuild'] as const).some(
    (rung) => wanted.includes(rung) && ASKED_IN[rung].forced.includes(state),
  );
  const isLasting = view
    .history(desktop.workspaceId)
    .every(({ at }) => at <= each.started.at + SECOND || at > ended.at);
  if (!isTaken || !isLasting || (state === 'STOPPED' && !mayStop(desktop))) return;
  broken(
    'L1',
    ended.at,
    `${execution}, which a person forced, ended ${ended.outcome} while it was ${state}.`,
  );
}
