/** What guards have in common: how they hold an incident back, and for how long. */
import { type Decision, type Guard, type Incident, isManual, type OpenIncident } from '../incident.ts';
import { duration } from '../text.ts';
import { nextWait, type Pacing, secondsBetween } from './pacing.ts';

/** What a guard that holds an incident back wants remembered. */
export type Held = Pick<Incident, 'waitingSince' | 'unreadable'> & { decision: Decision };

/** Passes in a row without a fact before it is a case for a person: with the SDK's own tries, some minutes. */
const UNREADABLE_LIMIT = 3;

/** What a guard waits for takes minutes: looking more often only costs, and fills the execution's history. In seconds. */
const SHORTEST_WAIT = 60;
/** The wait grows up to this at least: a place that is free must not stand empty for long. */
const LONGEST_WAIT = 120;

/** Between two tries to read a fact, in seconds. */
const UNREADABLE_WAIT = 30;

/** It is for a person. */
export function leave(guard: Guard, reason: string): { decision: Extract<Decision, { action: 'DONE' }> } {
  return { decision: { action: 'DONE', outcome: 'NEEDS_HUMAN', guard, reason: `Guard ${guard}: ${reason}` } };
}

export interface Patience {
  pacing: Pacing;
  limitSeconds: number;
  /** Known length of the wait, where there is one. */
  waitSeconds?: number | undefined;
}

/** It waits and looks again, up to a limit; then it is for a person. A dry run by hand says so instead. */
export function wait(
  incident: OpenIncident,
  guard: Guard,
  reason: string,
  now: string,
  patience: Patience,
): Held {
  const { request, waitingSince } = incident;
  const since = waitingSince?.[guard] ?? now;
  const elapsed = secondsBetween(since, now);
  if (isManual(request) && request.dryRun) {
    const told = `Dry run: guard ${guard} would have made it wait. ${reason}`;
    return { decision: { action: 'DONE', outcome: 'SKIPPED', guard, reason: told } };
  }
  if (elapsed >= patience.limitSeconds) {
    return leave(guard, `${reason} It has waited for ${duration(elapsed)}, which is the limit.`);
  }
  const { growthPercent, floorSeconds, ceilingSeconds } = patience.pacing;
  const pacing = {
    growthPercent,
    floorSeconds: Math.max(SHORTEST_WAIT, floorSeconds),
    ceilingSeconds: Math.max(LONGEST_WAIT, ceilingSeconds),
  };
  const waitSeconds = Math.max(1, Math.ceil(patience.waitSeconds ?? nextWait(elapsed, pacing)));
  return {
    decision: { action: 'WAIT', reason: `Guard ${guard}: ${reason}`, waitSeconds, guard },
    waitingSince: { ...waitingSince, [guard]: since },
  };
}

/** A guard whose fact cannot be read holds the incident back. */
export function unreadable(incident: OpenIncident, guard: Guard, why: string): Held {
  const times = (incident.unreadable ?? 0) + 1;
  const reason = `what it checks could not be read: ${why}.`;
  if (times >= UNREADABLE_LIMIT) {
    const { decision } = leave(guard, `${reason} Tried ${times} times; nothing was done.`);
    return { decision: { ...decision, unread: true } };
  }
  return {
    decision: {
      action: 'WAIT',
      reason: `Guard ${guard}: ${reason}`,
      waitSeconds: UNREADABLE_WAIT,
      guard,
    },
    unreadable: times,
  };
}

/** Whether a person overrides a guard. */
export function isOverridden({ request }: OpenIncident, guard: Guard): boolean {
  return isManual(request) && request.override.some((name) => name === guard);
}

/** Whether nothing may be changed: a person asked for a dry run, or the service's mode is one. */
export function isDryRun({ request, mode }: OpenIncident): boolean {
  return mode === 'dry-run' || (isManual(request) && request.dryRun);
}
