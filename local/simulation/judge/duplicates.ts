/** P3, P4 and P7: what ends because another incident is about the same. */
import { type Case, isChange, isProbe, type Report } from './cases.ts';
import type { View } from './view.ts';

const MINUTE = 60_000;
/** How much older than another incident's end an alarm must be to be surely late: more than any step takes. */
const SURELY_LATE = 15 * MINUTE;

/** A DUPLICATE has another incident to point to, and acts on nothing; a late alarm is one. */
export function duplicates({ cases }: View, broken: Report): void {
  const byWorkspace = Map.groupBy(cases.values(), ({ started }) => started.start.workspaceId);
  for (const [workspaceId, all] of byWorkspace) {
    if (workspaceId === undefined) continue;
    for (const each of all) {
      const others = all.filter((one) => one !== each);
      pointsToAnother(each, others, broken);
      late(each, others, broken);
    }
  }
}

const endOf = (one: Case) => one.ended?.at ?? Number.POSITIVE_INFINITY;

/** A probe asks whether anything is locked once all is over, so it is no incident, and has none to point to. */
function pointsToAnother(each: Case, others: Case[], broken: Report): void {
  const { started, ended } = each;
  if (ended?.outcome !== 'DUPLICATE') return;
  const { start, execution } = started;
  const pointsTo = others.some(
    (one) =>
      !isProbe(one) &&
      ((one.started.at <= ended.at && (isProbe(each) ? endOf(one) > started.at : endOf(one) >= started.at)) ||
        (start.alarmTime !== undefined && endOf(one) <= ended.at && start.alarmTime <= endOf(one))),
  );
  if (pointsTo) return;
  // Who redrives an execution after its lease was given back has one without a lease.
  const promise = each.runs.length > 1 ? 'P7 (redrive)' : 'P7';
  broken(promise, ended.at, `${execution} ended as DUPLICATE, and there was no other incident.`);
}

function late(each: Case, others: Case[], broken: Report): void {
  const { start, at, execution } = each.started;
  const { alarmTime } = start;
  const acted = each.sent.find(isChange);
  if (alarmTime === undefined || !acted) return;
  const dealtWith = others.find(
    ({ ended, started }) =>
      ended?.status === 'SUCCEEDED' &&
      ended.outcome !== 'DUPLICATE' &&
      started.start.dryRun !== true &&
      alarmTime < ended.at - SURELY_LATE &&
      ended.at < at,
  );
  if (!dealtWith) return;
  const other = dealtWith.started.execution;
  broken('P3', acted.request.at, `${execution} acted on an alarm that ${other} had dealt with.`);
}
