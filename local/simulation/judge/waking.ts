/** When a stopped WorkSpace is started: only so that it can be judged, and seldom, since each time costs an hour. */
import { BROKEN, type Report, readsOf } from './cases.ts';
import { HOUR, MINUTE, mayStop } from './remedies.ts';
import type { Change, View } from './view.ts';

const DAY = 24 * HOUR;

export function waking(view: View, broken: Report): void {
  const starts = view.changes.filter(({ rung }) => rung === 'start');
  starts.forEach((change, index) => {
    const why =
      whyNot(view, change) ?? (isAgain(change, starts.slice(0, index)) ? 'twice in a day' : undefined);
    if (why)
      broken('waking', change.at, `${change.by.started.execution} started ${change.workspaceId} ${why}.`);
  });
}

function whyNot(view: View, { by, workspaceId, at }: Change): string | undefined {
  const desktop = view.desktop(workspaceId);
  if (!view.trace.settings.wakeStopped) return 'against the setting';
  if (desktop && !mayStop(desktop)) return 'though it is never to stop by itself';
  const { start } = by.started;
  // An alarm says that it was broken, or the incident has read it.
  const isBroken =
    start.alarmTime !== undefined ||
    readsOf(by).some((read) => read.at <= at && (BROKEN.has(read.state) || read.state === 'IMPAIRED'));
  return isBroken ? undefined : 'of which nothing says that it is broken';
}

/** A refused one is none. */
const isAgain = ({ workspaceId, at }: Change, before: Change[]) =>
  before.some(
    (one) => one.workspaceId === workspaceId && at - one.at < DAY - MINUTE && one.answer?.refused !== true,
  );
