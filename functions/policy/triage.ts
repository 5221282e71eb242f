/** What to do about a WorkSpace while no request of ours is under way. */
import { type Decision, isDryByHand, isManual, type OpenIncident, type Remedy, RUNGS } from '../incident.ts';
import type { Observation } from '../observation.ts';
import { RUNG_FACTS, requestsOf, rungsLeft, STUCK_SECONDS } from '../rungs.ts';
import type { Settings } from '../settings.ts';
import { duration, show } from '../text.ts';
import { BY_HAND, busyFor, busyLimit, goodIn, isBroken, isBusy, mayStop, settlingFor } from './course.ts';
import { HELD, nextWait, POLL, secondsBetween } from './pacing.ts';
import { ended } from './progress.ts';

type Limits = Pick<
  Settings,
  | 'busyLimitSeconds'
  | 'deadlineSeconds'
  | 'notStartedSeconds'
  | 'settleSeconds'
  | 'confirmSeconds'
  | 'wakeStopped'
>;

/** `WAKE`: it is stopped, and must be started before anybody can say what is wrong with it. */
export type Triage = Decision | { action: 'WAKE'; reason: string };

/** A claimed request leaves at most this many seconds after its claim: the functions' Timeout in the template. */
export const SEND_SECONDS = 30;

/**
 * Whether a request may be sent in this state: one that AWS takes, of a WorkSpace that is broken or stuck, or for which a
 * person has insisted.
 */
export function mayAct(
  remedy: Remedy,
  seen: Observation,
  { request, course }: Pick<OpenIncident, 'request' | 'course'>,
): boolean {
  if (!RUNG_FACTS[remedy].states.includes(seen.state)) return false;
  if (remedy === 'start') return mayStop(seen);
  return isBroken(seen) || isForced(request) || isStuck(seen, course);
}

const isForced = (request: OpenIncident['request']): boolean => isManual(request) && request.force;

/** States beside the broken ones in which AWS takes a remedy. */
const FORCEABLE = new Set(
  RUNGS.flatMap((rung) => RUNG_FACTS[rung].states).filter((state) => !isBroken({ state })),
);

function isStuck(seen: Observation, { busy }: OpenIncident['course']): boolean {
  if (seen.state !== 'REBOOTING' || busy?.state !== seen.state) return false;
  return secondsBetween(busy.since, seen.at) >= STUCK_SECONDS;
}

/** Whether it is done although the WorkSpace is not broken: not once more after it was made. */
const isInsisted = ({ request, attempt }: OpenIncident, { state }: Observation): boolean =>
  isForced(request) && FORCEABLE.has(state) && !attempt?.spent;

/** What to do, by the course that has this read in it. `wokenAt`: when it was last started by this service, ISO. */
export function triage(
  incident: OpenIncident,
  seen: Observation,
  limits: Limits,
  wokenAt: string | undefined,
): Triage {
  const { course } = incident;
  if (isInsisted(incident, seen)) return broken(incident, seen, limits);
  const good = goodIn(course, seen, limits.confirmSeconds);
  if (seen.state === 'STOPPED') {
    if (!mayStop(seen)) {
      const mode = seen.runningMode ?? 'not known';
      return needsHuman(
        `It is STOPPED, and its running mode is ${show(mode)}: it should run. Start it in the WorkSpaces console.`,
      );
    }
    return good === undefined ? stopped(incident, limits, wokenAt, seen.at) : well(incident, seen, good);
  }
  if (good !== undefined) return well(incident, seen, good);
  if (isBroken(seen) || isStuck(seen, course)) return broken(incident, seen, limits);
  if (isBusy(seen)) return busy(incident, seen, limits);
  const why = BY_HAND[seen.state];
  return needsHuman(
    why ? `${seen.state}: ${why}.` : `Its state ${show(seen.state)} is not known to this service.`,
  );
}

/** One good read may be a stale one. */
function well(incident: OpenIncident, seen: Observation, wait: number): Triage {
  const { request, course, attempt } = incident;
  if (wait > 0 && isDryByHand({ request })) {
    const reason = `Dry run: it is ${seen.state}. It would have looked again in ${duration(wait)} before it called that healthy.`;
    return ended('SKIPPED', reason);
  }
  if (wait > 0) {
    const reason = `It is ${seen.state}; one read is not enough to call it healthy.`;
    return { action: 'WAIT', reason, waitSeconds: Math.max(POLL.floor, Math.ceil(wait)) };
  }
  const made = requestsOf(incident).findLast(({ rung, seenUnderWay }) => rung !== 'start' && seenUnderWay);
  if (made) {
    return ended('RECOVERED', `It is ${seen.state} again after the ${made.rung}.`);
  }
  if (course.sawRemedy) {
    const whose = attempt ? '' : ' that this execution did not request';
    return ended('RECOVERED', `It is ${seen.state} again after a restore or rebuild${whose}.`);
  }
  return ended('ALREADY_HEALTHY', `It is ${seen.state}: nothing to do.`);
}

function broken(incident: OpenIncident, seen: Observation, limits: Limits): Triage {
  const { request, course, earlierRequestAt, attempt } = incident;
  const settling = settlingFor(course, seen.at, limits.settleSeconds);
  if (settling > 0) {
    const reason = `It is ${seen.state}, and was busy until a moment ago: it has ${duration(settling)} to settle.`;
    return dryOr(request, reason, {
      action: 'WAIT',
      reason,
      waitSeconds: Math.max(POLL.floor, Math.min(HELD.floor, Math.ceil(settling))),
    });
  }
  const elapsed = earlierRequestAt ? secondsBetween(earlierRequestAt, seen.at) : Number.POSITIVE_INFINITY;
  if (elapsed < limits.notStartedSeconds + SEND_SECONDS) {
    return {
      action: 'WAIT',
      reason: `It is ${seen.state}, but an earlier execution sent a request ${duration(elapsed)} ago, which may not show yet.`,
      waitSeconds: nextWait(elapsed, POLL),
    };
  }
  if (attempt?.spent && attempt.rung !== 'start') {
    // A next rung needs evidence that the last one was made, or AWS's word that it never is.
    const isProven = attempt.seenUnderWay || attempt.result === 'refused';
    if (!isProven || rungsLeft(incident).length === 0) {
      const reason = `${attempt.end ?? `The ${attempt.rung} did not help.`} It is ${seen.state}.`;
      return ended('FAILED', reason);
    }
  }
  if (isInsisted(incident, seen)) {
    return { action: 'ACT', reason: `It is ${seen.state}, and a person has forced the start.` };
  }
  const said = seen.errorMessage ? ` (${show(seen.errorCode)}: ${show(seen.errorMessage)})` : '';
  return { action: 'ACT', reason: `It is ${seen.state}${said}.` };
}

/** What wakes nobody up for nothing: to be started once per day, and only when it was broken before it stopped. */
const DAY = 86_400;

/** Its health is not known: AWS checks none that is stopped. */
function stopped(
  { request, course }: OpenIncident,
  { wakeStopped }: Limits,
  wokenAt: string | undefined,
  at: string,
): Triage {
  const unknown = 'It is STOPPED, so whether it is well is not known.';
  const byHand = 'Start it in the WorkSpaces console; if it is broken then, start this workflow again.';
  if (request.source !== 'alarm' && !course.sawBroken) return needsHuman(`${unknown} ${byHand}`);
  if (!wakeStopped) {
    return needsHuman(
      `${unknown} The stack's parameter WakeStopped does not let this service start it. ${byHand}`,
    );
  }
  const since = wokenAt === undefined ? Number.POSITIVE_INFINITY : secondsBetween(wokenAt, at);
  if (since < DAY) {
    return needsHuman(
      `${unknown} This service started it ${duration(since)} ago, and does so once per day. ${byHand}`,
    );
  }
  return { action: 'WAKE', reason: `${unknown} It was broken before, so it is started and looked at again.` };
}

function busy({ request, course }: OpenIncident, seen: Observation, limits: Limits): Triage {
  const elapsed = busyFor(course, seen);
  if (elapsed >= busyLimit(seen.state, limits)) {
    const what =
      seen.state === 'IMPAIRED'
        ? 'AWS takes no reboot and no rebuild in this state. Look at the WorkSpace in the WorkSpaces console'
        : 'Look in the WorkSpaces console what it is doing';
    return needsHuman(`It has been ${seen.state} for ${duration(elapsed)}. ${what}.`);
  }
  const reason = `It is ${seen.state}: look again when that is over.`;
  return dryOr(request, `It is ${seen.state}.`, {
    action: 'WAIT',
    reason,
    waitSeconds: nextWait(elapsed, POLL),
  });
}

/** A dry run by hand is answered at once. */
function dryOr(request: OpenIncident['request'], what: string, decision: Decision): Decision {
  if (!isDryByHand({ request })) return decision;
  return ended('SKIPPED', `Dry run: ${what} It would have waited until that is over.`);
}

const needsHuman = (reason: string): Decision => ended('NEEDS_HUMAN', reason);
