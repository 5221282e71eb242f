import { type Attempt, type Decision, NOT_FOUND, type Observation } from '../incident.ts';
import { duration, show } from '../text.ts';
import { nextWait, type Pacing, secondsBetween } from './pacing.ts';

export interface ProgressSettings {
  pacing: Pacing;
  /** How long an accepted rebuild may take to show as `REBUILDING`. */
  notStartedSeconds: number;
  /** Longest time from the request to a healthy WorkSpace. */
  deadlineSeconds: number;
  maxAttempts: number;
}

export interface RefusalSettings {
  maxAttempts: number;
  /** Wait before the next attempt, multiplied by the number of this one. */
  firstWaitSeconds: number;
}

export interface Progress {
  decision: Decision;
  attempt: Attempt;
}

/** Reads in a row of a broken state after `REBUILDING` that make a verdict: one read may be stale. */
const BROKEN_READS = 2;

const GONE = new Set(['TERMINATING', 'TERMINATED', 'SUSPENDED', 'ADMIN_MAINTENANCE', NOT_FOUND]);

/** Whether the service itself calls it healthy: `AVAILABLE`, or `STOPPED` where that is how it rests. */
export function isHealthy(seen: Observation): boolean {
  return seen.state === 'AVAILABLE' || (seen.state === 'STOPPED' && seen.runningMode === 'AUTO_STOP');
}

/** What to make of a WorkSpace after `RebuildWorkspaces` was sent, or may have been. */
export function progress(before: Attempt, seen: Observation, settings: ProgressSettings): Progress {
  const isBroken = seen.state === 'UNHEALTHY' || seen.state === 'ERROR';
  const attempt: Attempt = {
    ...before,
    seenRebuilding: before.seenRebuilding || seen.state === 'REBUILDING',
    brokenReads: isBroken && before.seenRebuilding ? before.brokenReads + 1 : 0,
  };
  return { decision: decide(attempt, seen, isBroken, settings), attempt };
}

function decide(
  attempt: Attempt,
  seen: Observation,
  isBroken: boolean,
  settings: ProgressSettings,
): Decision {
  const elapsed = secondsBetween(attempt.claimedAt, seen.at);
  const healthy = isHealthy(seen);
  const confirmed =
    attempt.seenRebuilding || (attempt.result === 'accepted' && attempt.before !== 'AVAILABLE');
  if (healthy && confirmed) {
    return done('RECOVERED', `It is ${seen.state} ${duration(elapsed)} after the rebuild was asked for.`);
  }
  if (GONE.has(seen.state)) {
    return done('NEEDS_HUMAN', `It became ${seen.state} after its rebuild was asked for.`);
  }
  if (attempt.brokenReads >= BROKEN_READS) {
    const why = seen.errorMessage ? ` AWS says ${show(seen.errorCode)}: ${show(seen.errorMessage)}.` : '';
    return done('FAILED', `The rebuild ended with the WorkSpace ${seen.state}.${why}`);
  }
  if (elapsed >= settings.deadlineSeconds) {
    return done(
      'FAILED',
      `Not healthy ${duration(elapsed)} after the rebuild; last seen ${show(seen.state)}.`,
    );
  }
  const overdue = !attempt.seenRebuilding && elapsed >= settings.notStartedSeconds;
  if (overdue && healthy) {
    return attempt.result === 'accepted'
      ? done(
          'FAILED',
          `AWS accepted the rebuild, but it never started in ${duration(elapsed)}; it is still ${seen.state}.`,
        )
      : done('ALREADY_HEALTHY', `It is ${seen.state} again; whether the rebuild was ever made is not known.`);
  }
  if (overdue && isBroken) return notStarted(attempt, seen, elapsed, settings);
  return {
    action: 'WAIT',
    reason: waiting(attempt, seen, isBroken || healthy),
    waitSeconds: nextWait(elapsed, settings.pacing),
  };
}

function notStarted(
  attempt: Attempt,
  seen: Observation,
  elapsed: number,
  settings: ProgressSettings,
): Decision {
  const fact = `Attempt ${attempt.number} (${attempt.result}) never started: still ${seen.state} after ${duration(elapsed)}.`;
  if (attempt.number >= settings.maxAttempts) return done('FAILED', fact);
  return { action: 'RETRY', reason: fact, waitSeconds: settings.pacing.floorSeconds };
}

function waiting(attempt: Attempt, seen: Observation, isOld: boolean): string {
  if (attempt.seenRebuilding) return `It is ${seen.state}: the rebuild is under way.`;
  if (isOld) return `It still reads ${seen.state}, the state before the rebuild: too early to judge.`;
  return `It is ${seen.state}: not rebuilding yet.`;
}

/** What to do once a rebuild was refused: refusals that pass are tried again, up to the limit. */
export function afterRefusal(attempt: Attempt, transient: boolean, settings: RefusalSettings): Decision {
  if (!transient || attempt.number >= settings.maxAttempts) {
    const tries = attempt.number > 1 ? ` in attempt ${attempt.number}` : '';
    return done('FAILED', `AWS refused the rebuild${tries}: ${attempt.detail}`);
  }
  return {
    action: 'RETRY',
    reason: `AWS refused attempt ${attempt.number} for now: ${attempt.detail}`,
    waitSeconds: settings.firstWaitSeconds * attempt.number,
  };
}

function done(outcome: Extract<Decision, { action: 'DONE' }>['outcome'], reason: string): Decision {
  return { action: 'DONE', outcome, reason };
}
