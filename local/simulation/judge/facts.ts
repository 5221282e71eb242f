/** L5: what a guard says when it holds an incident back is true in the world. */
import type { DesktopSpec } from '../../stories/desktop.ts';
import { isSetBack, type Report } from './cases.ts';
import { LADDERS, LATE, modesBetween, newestSnapshot, SOON } from './guards.ts';
import { type Held, heldBack, isUnreadable } from './held.ts';
import { health, MISSING } from './storms.ts';
import type { View } from './view.ts';
import { isOpen, parseWindows } from './windows.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const WEEK = 7 * 24 * HOUR;

/** AWS looks at connections once a minute, and the log's line comes after the look. */
const CONNECTION_LAG = 2 * MINUTE;
/** A storm may have been measured so long ago: numbers of two periods of five minutes, which come when they are over. */
const MEASURED = 16 * MINUTE;
const SAMPLE = 20 * SECOND;
/** Incidents that count for a storm are from the period under way and the one before it, ten minutes each. */
const COUNTED = 20 * MINUTE;

const SET_BACKS: ReadonlySet<string> = new Set(['RESTORING', 'REBUILDING']);

interface Claim extends Held {
  view: View;
  desktop: DesktopSpec;
  /** How its directory was at a time. */
  measured: (time: number) => ReturnType<typeof health>;
}

/** By guard: why it is not so, if it is not. */
const FACTS: Readonly<Record<string, (claim: Claim) => string | undefined>> = {
  mode,
  tags,
  window: closed,
  connected,
  cooldown,
  storm,
  'snapshot-age': noSnapshot,
  'volume-key': keyless,
  identity: joinedElsewhere,
  futile,
};

export function facts(view: View, broken: Report): void {
  const known = new Map<string, ReturnType<typeof health>>();
  const measured = (directoryId: string) => (time: number) => {
    const key = `${directoryId} ${time}`;
    const found = known.get(key) ?? health(view.trace, directoryId, time);
    known.set(key, found);
    return found;
  };
  for (const by of view.cases.values()) {
    const desktop = view.desktop(by.started.start.workspaceId);
    if (!desktop) continue;
    for (const held of heldBack(view, by)) {
      if (isUnreadable(held)) continue;
      const why = FACTS[held.guard]?.({
        ...held,
        view,
        desktop,
        measured: measured(desktop.directoryId),
      });
      if (why) broken('L5', held.at, `${by.started.execution} says ${held.guard}: ${held.reason} ${why}`);
    }
  }
}

function mode({ view, at, by }: Claim): string | undefined {
  const { trace } = view;
  // After a fault the line may come long after the look.
  const since = at - (by.faults.length > 0 ? LATE : SOON);
  const initial = trace.story.parameters.InitialMode ?? 'on';
  const isOn = modesBetween(trace, since, at).every((value) => value === 'on');
  return isOn && initial === 'on' ? 'The mode is on.' : undefined;
}

/** What a tag was from the start on: the guard may have read it long before. */
function tagsAt({ desktop, view, at }: Claim, key: string): (string | undefined)[] {
  return view.tags(desktop, Number.NEGATIVE_INFINITY, at).map((all) => all[`AutoRemediate:${key}`]);
}

function tags(claim: Claim): string | undefined {
  const stack = claim.view.trace.settings.ladder.split(',');
  const isLadder = (text = stack.join()) => LADDERS.test(text) && stack.some((rung) => text.includes(rung));
  const isWindow = (text?: string) => text === undefined || parseWindows(text) !== undefined;
  const isGood = tagsAt(claim, 'Ladder').every(isLadder) && tagsAt(claim, 'Window').every(isWindow);
  return isGood ? 'Its tags are well formed.' : undefined;
}

function closed(claim: Claim): string | undefined {
  const isSurelyOpen = tagsAt(claim, 'Window').every((text) => {
    const windows = text === undefined ? undefined : parseWindows(text);
    return !windows || (isOpen(windows, claim.at - SOON) === true && isOpen(windows, claim.at) === true);
  });
  return isSurelyOpen ? 'It is open.' : undefined;
}

function connected({ desktop, view, at }: Claim): string | undefined {
  const since = at - view.trace.startedAt;
  const isLive = (desktop.connected ?? []).some(
    ({ from, to }) => from <= since && since - CONNECTION_LAG < to,
  );
  return isLive ? undefined : 'Nobody does.';
}

/** Counted is what AWS did not refuse. In what is not calm the service may have to count what never reached it. */
function cooldown({ by, desktop, view, at }: Claim): string | undefined {
  if (!view.isCalm) return undefined;
  const { cooldownMs, maxPerWeek } = view.trace.settings;
  const before = view.changes.filter(
    (one) =>
      one.workspaceId === desktop.workspaceId &&
      one.by !== by &&
      isSetBack(one.rung) &&
      one.at < at &&
      one.effect?.result !== 'refused' &&
      one.answer?.refused !== true,
  );
  const isNear = before.some((one) => at - one.at < cooldownMs + MINUTE);
  // A remedy of somebody else counts as well, once the service has seen it.
  const byPerson = view
    .history(desktop.workspaceId)
    .some(({ at: then, state, cause }) => cause !== 'request' && SET_BACKS.has(state) && then < at);
  const isOften = before.filter((one) => at - one.at < WEEK).length >= maxPerWeek;
  return isNear || isOften || byPerson ? undefined : 'There was none.';
}

/** In what is not calm an incident may be noted twice, in another period. */
function storm({ desktop, view, at, by, measured }: Claim): string | undefined {
  const { trace } = view;
  if (!view.isCalm) return undefined;
  const { directoryId } = desktop;
  let limit = Number.POSITIVE_INFINITY;
  const { metrics } = trace.story;
  const since = at - MEASURED - (metrics ? metrics.delay + MISSING : 0);
  for (let time = SAMPLE * Math.floor(since / SAMPLE); time <= at; time += SAMPLE) {
    const then = measured(time);
    if (then.unhealthy > then.limit) return undefined;
    limit = Math.min(limit, then.limit);
  }
  // An incident counts anew in each of its passes.
  const lately = [...view.cases.values()].filter(
    ({ started, ended }) =>
      started.at <= at &&
      (ended?.at ?? Number.POSITIVE_INFINITY) > at - COUNTED - trace.settings.stormCooldownMs &&
      view.desktop(started.start.workspaceId)?.directoryId === directoryId,
  );
  if (new Set(lately.map(({ started }) => started.start.workspaceId)).size > limit) return undefined;
  // The quiet after a storm that another execution saw.
  const wasSeen = lately.some(
    (one) =>
      one !== by && heldBack(view, one).some((held) => held.guard === 'storm' && held.isLast && held.at < at),
  );
  return wasSeen ? undefined : 'Its directory is well enough.';
}

function noSnapshot(claim: Claim): string | undefined {
  const { by, desktop, view, at } = claim;
  const { ladder, maxSnapshotAgeMs } = view.trace.settings;
  if (claim.reason.includes('is due at')) return isAwaited(claim) ? undefined : 'None is due so soon.';
  const wanted = [ladder, ...tagsAt(claim, 'Ladder'), by.started.start.ladder];
  // What was tried before is not tried again; what the cooldown bars needs no snapshot.
  if (view.changes.some((one) => one.workspaceId === desktop.workspaceId && one.at < at)) return undefined;
  const isGood = (['restore', 'rebuild'] as const).some(
    (rung) =>
      (rung === 'restore' || joinedElsewhere(claim) !== undefined) &&
      wanted.every((text) => text?.includes(rung) ?? true) &&
      at - newestSnapshot(desktop, rung, view.trace, at) < maxSnapshotAgeMs - MINUTE,
  );
  return isGood ? 'There is one.' : undefined;
}

/** The next one for a rebuild comes within the time that may be waited for it; the log's line comes after the look. */
function isAwaited({ desktop, view: { trace }, at }: Claim): boolean {
  const patience = Number(trace.story.parameters.WaitForSnapshotMinutes ?? 0) * MINUTE;
  return [at - SOON, at].some((time) => {
    const due = newestSnapshot(desktop, 'rebuild', trace, time) + 12 * HOUR;
    return patience > 0 && due - time <= patience + SOON;
  });
}

/** Where nobody was stopped and nothing failed, the service counts what did not help. */
function futile({ desktop, view, at }: Claim): string | undefined {
  const inVain = view.changes.filter(
    (one) =>
      isSetBack(one.rung) &&
      view.desktop(one.workspaceId)?.directoryId === desktop.directoryId &&
      one.by.ended !== undefined &&
      one.by.ended.at <= at &&
      one.by.ended.outcome !== 'RECOVERED',
  );
  return !view.isCalm || inVain.length >= 3 ? undefined : `Only ${inVain.length} did not help.`;
}

function keyless({ desktop }: Claim): string | undefined {
  const { state = 'Enabled' } = desktop.volumeKey ?? {};
  return state === 'Enabled' ? 'Its key is there, or it needs none.' : undefined;
}

function joinedElsewhere({ desktop, view }: Claim): string | undefined {
  const { identity } = view.trace.story.directories?.[desktop.directoryId] ?? {};
  return identity === 'entra' ? undefined : 'Its directory is not joined to Microsoft Entra.';
}
