import { type Decision, isManual, NOT_FOUND, type Observation, type OpenIncident } from '../incident.ts';
import type { Settings } from '../settings.ts';
import { duration, show } from '../text.ts';
import { nextWait, POLL, secondsBetween } from './pacing.ts';
import { isHealthy } from './progress.ts';

type Limits = Pick<Settings, 'busyLimitSeconds' | 'notStartedSeconds'>;

/** What Check decided, and what it wants remembered. */
export interface Triage {
  decision: Decision;
  busySince?: string;
  foreignRebuild?: boolean;
}

/** States that pass by themselves. */
const BUSY = new Set([
  'REBOOTING',
  'STARTING',
  'STOPPING',
  'REBUILDING',
  'RESTORING',
  'UPDATING',
  'PENDING',
  'MAINTENANCE',
  'IMPAIRED',
]);

/** A claimed request leaves at most this many seconds after its claim: the functions' Timeout in the template. */
export const SEND_SECONDS = 30;

const BY_HAND: Readonly<Record<string, string>> = {
  ADMIN_MAINTENANCE: 'an administrator has put it into maintenance',
  SUSPENDED: 'it is suspended',
  TERMINATING: 'it is being terminated',
  TERMINATED: 'it is terminated',
  [NOT_FOUND]:
    'there is no such WorkSpace in this account and Region; correct the id, or delete the alarm that still watches it',
};

/** Whether anything may be done about it in this state; `AVAILABLE` only when a person said so. */
export function mayAct(state: string, force: boolean): boolean {
  return state === 'UNHEALTHY' || state === 'ERROR' || (state === 'AVAILABLE' && force);
}

/** What to do about a WorkSpace before any request of this attempt. */
export function triage(incident: OpenIncident, seen: Observation, limits: Limits): Triage {
  const { request, foreignRebuild = false } = incident;
  const force = isManual(request) && request.force;
  if (foreignRebuild && isHealthy(seen)) {
    return done(
      'RECOVERED',
      `It is ${seen.state} again after a rebuild${incident.attempt ? '' : ' that this execution did not request'}.`,
    );
  }
  if (mayAct(seen.state, force)) {
    return broken(incident, seen, force, limits);
  }
  if (seen.state === 'AVAILABLE' || seen.state === 'STOPPED') {
    return done('ALREADY_HEALTHY', `It is ${seen.state}: nothing to do.`);
  }
  if (BUSY.has(seen.state)) return busy(incident, seen, limits);
  const why = BY_HAND[seen.state];
  return done(
    'NEEDS_HUMAN',
    why ? `${seen.state}: ${why}.` : `Its state ${show(seen.state)} is not known to this service.`,
  );
}

function broken(incident: OpenIncident, seen: Observation, force: boolean, limits: Limits): Triage {
  const { earlierRequestAt } = incident;
  const patience = limits.notStartedSeconds + SEND_SECONDS;
  if (earlierRequestAt && secondsBetween(earlierRequestAt, seen.at) < patience) {
    const elapsed = secondsBetween(earlierRequestAt, seen.at);
    return {
      decision: {
        action: 'WAIT',
        reason: `It is ${seen.state}, but an earlier execution sent a request ${duration(elapsed)} ago, which may not show yet.`,
        waitSeconds: nextWait(elapsed, POLL),
      },
    };
  }
  const reason =
    seen.state === 'AVAILABLE' && force
      ? 'It is AVAILABLE, and a person has forced the start.'
      : `It is ${seen.state}${seen.errorMessage ? ` (${show(seen.errorCode)}: ${show(seen.errorMessage)})` : ''}.`;
  return { decision: { action: 'ACT', reason } };
}

function busy(incident: OpenIncident, seen: Observation, limits: Limits): Triage {
  const busySince = incident.busySince ?? seen.at;
  const elapsed = secondsBetween(busySince, seen.at);
  const foreignRebuild = incident.foreignRebuild === true || seen.state === 'REBUILDING';
  if (isManual(incident.request) && incident.request.dryRun) {
    return done('SKIPPED', `Dry run: it is ${seen.state}. It would have waited until that is over.`);
  }
  if (elapsed >= limits.busyLimitSeconds) {
    return done('NEEDS_HUMAN', `It has been busy for ${duration(elapsed)} and is still ${seen.state}.`);
  }
  return {
    decision: {
      action: 'WAIT',
      reason: `It is ${seen.state}: look again when that is over.`,
      waitSeconds: nextWait(elapsed, POLL),
    },
    busySince,
    foreignRebuild,
  };
}

function done(outcome: Extract<Decision, { action: 'DONE' }>['outcome'], reason: string): Triage {
  return { decision: { action: 'DONE', outcome, reason } };
}
