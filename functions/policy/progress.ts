import { type Asked, type Attempt, type Decision, NOT_FOUND, type Observation } from '../incident.ts';
import { RUNG_FACTS } from '../rungs.ts';
import type { Settings } from '../settings.ts';
import { duration, show } from '../text.ts';
import { FIRST_WAIT_SECONDS, nextWait, POLL, secondsBetween } from './pacing.ts';

type RefusalRules = Pick<Settings, 'maxAttempts'> & {
  /** Whether the ladder goes on after this rung. */
  hasNextRung: boolean;
};
type ProgressRules = RefusalRules &
  Pick<Settings, 'notStartedSeconds' | 'deadlineSeconds' | 'rebootDeadlineSeconds'>;

export interface Progress {
  decision: Decision;
  attempt: Attempt;
}

/** Reads in a row of a broken state after it was under way that make a verdict: one read may be stale. */
const BROKEN_READS = 2;

const GONE = new Set(['TERMINATING', 'TERMINATED', 'SUSPENDED', 'ADMIN_MAINTENANCE', NOT_FOUND]);

/** Whether the service itself calls it healthy: `AVAILABLE`, or `STOPPED` where that is how it rests. */
export function isHealthy(seen: Observation): boolean {
  return seen.state === 'AVAILABLE' || (seen.state === 'STOPPED' && seen.runningMode === 'AUTO_STOP');
}

/** What a read says of a request that may have been made. */
function noticed(attempt: Attempt, { state }: Observation): Attempt {
  return {
    ...attempt,
    seenUnderWay: attempt.seenUnderWay || state === RUNG_FACTS[attempt.rung].underWay,
    changed: attempt.changed || state !== attempt.before,
  };
}

/**
 * The last attempt after another read, before anything else is requested. One that seemed not to have started, or to be
 * refused after one that did not, is spent when the WorkSpace reads otherwise after all: it is not made twice.
 */
export function afterwards(attempt: Attempt, earlier: readonly Asked[], seen: Observation): Attempt {
  const mayShow = [...earlier, attempt].some(
    ({ rung, result }) => rung === attempt.rung && result !== 'refused',
  );
  const now = noticed(attempt, seen);
  if (attempt.spent || !mayShow || !now.changed) return attempt;
  const end = `It became ${show(seen.state).slice(1, -1)} after all, so no second ${attempt.rung} is requested.`;
  return { ...now, spent: true, end };
}

/** What to make of a WorkSpace after something was asked of AWS, or may have been. */
export function progress(before: Attempt, seen: Observation, rules: ProgressRules): Progress {
  const isBroken = seen.state === 'UNHEALTHY' || seen.state === 'ERROR';
  const attempt: Attempt = {
    ...noticed(before, seen),
    brokenReads: isBroken && before.seenUnderWay ? before.brokenReads + 1 : 0,
  };
  return decide(attempt, seen, isBroken, rules);
}

function decide(attempt: Attempt, seen: Observation, isBroken: boolean, rules: ProgressRules): Progress {
  const { rung } = attempt;
  const elapsed = secondsBetween(attempt.claimedAt, seen.at);
  const healthy = isHealthy(seen);
  const confirmed = attempt.seenUnderWay || (attempt.result === 'accepted' && attempt.before !== 'AVAILABLE');
  const done = (outcome: Done, reason: string) => ({ decision: ended(outcome, reason), attempt });
  if (healthy && confirmed) {
    const after = `It is ${seen.state} ${duration(elapsed)} after the ${rung} was requested.`;
    return done('RECOVERED', `${after} ${dataOf(attempt)}`);
  }
  if (GONE.has(seen.state)) {
    return done('NEEDS_HUMAN', `It became ${seen.state} after its ${rung} was requested.`);
  }
  if (attempt.brokenReads >= BROKEN_READS) {
    const why = seen.errorMessage ? ` AWS says ${show(seen.errorCode)}: ${show(seen.errorMessage)}.` : '';
    return nothing(attempt, `The ${rung} ended with the WorkSpace ${seen.state}.${why}`, rules);
  }
  // A request that has not shown yet may still come: another one before that would be a second one.
  const isSettled = attempt.seenUnderWay || elapsed >= rules.notStartedSeconds;
  if (isSettled && !healthy && elapsed >= rules[RUNG_FACTS[rung].deadline]) {
    const fact = `Not healthy ${duration(elapsed)} after the ${rung}; last seen ${show(seen.state)}.`;
    // It may still be under way: nothing else is requested after it.
    return isBroken ? nothing(attempt, fact, rules) : done('FAILED', fact);
  }
  const overdue = !attempt.seenUnderWay && elapsed >= rules.notStartedSeconds;
  if (overdue && healthy) {
    const fact = attempt.changed ? 'was not seen to run' : 'never started';
    return attempt.result === 'accepted'
      ? done(
          'FAILED',
          `AWS accepted the ${rung}, but it ${fact} in ${duration(elapsed)}; it is ${attempt.changed ? '' : 'still '}${seen.state}.`,
        )
      : done('ALREADY_HEALTHY', `It is ${seen.state} again; whether AWS ever made the ${rung} is not known.`);
  }
  if (overdue && isBroken) return notStarted(attempt, seen, elapsed, rules);
  return {
    attempt,
    decision: {
      action: 'WATCH',
      reason: waiting(attempt, seen, isBroken || healthy),
      waitSeconds: nextWait(elapsed, POLL),
    },
  };
}

/** From when the user's data is, in words. */
export function dataOf({
  rung,
  dataFrom,
  claimedAt,
}: Pick<Attempt, 'rung' | 'dataFrom' | 'claimedAt'>): string {
  if (!RUNG_FACTS[rung].losesData) return `A ${rung} leaves the user's data as it is.`;
  const address = rung === 'rebuild' ? ' A rebuild gives the WorkSpace a new private IP address.' : '';
  if (dataFrom === undefined) {
    return `How old the user's data is now is not known: there was no snapshot.${address}`;
  }
  const age = duration(secondsBetween(dataFrom, claimedAt));
  return `The user's data is from ${dataFrom}, ${age} before the ${rung}.${address}`;
}

function notStarted(attempt: Attempt, seen: Observation, elapsed: number, rules: ProgressRules): Progress {
  const which = `Attempt ${attempt.number} (${attempt.rung}, ${attempt.result})`;
  // Something was made of it, too fast to be seen under way: another would set the data back again.
  if (attempt.changed) {
    const fact = `${which} was not seen to run, but the WorkSpace was ${attempt.before} before it, has changed since, and is ${seen.state} after ${duration(elapsed)}.`;
    return nothing(attempt, fact, rules);
  }
  const fact = `${which} never started: still ${seen.state} after ${duration(elapsed)}.`;
  // Worth another try: the last rung, and a request that may never have left.
  const isWorth = !rules.hasNextRung || attempt.result === 'unknown';
  if (!isWorth || attempt.tries >= rules.maxAttempts) {
    return nothing(attempt, fact, rules);
  }
  return {
    attempt: { ...attempt, end: fact },
    decision: { action: 'WAIT', reason: fact, waitSeconds: POLL.floor },
  };
}

/** The rung came to nothing: the next one, if the ladder has one. */
function nothing(
  before: Attempt,
  fact: string,
  { hasNextRung }: Pick<RefusalRules, 'hasNextRung'>,
  waitSeconds = POLL.floor,
): Progress {
  // For a refused attempt, AWS's answer already says it.
  const attempt = before.result === 'refused' ? before : { ...before, end: fact };
  if (!hasNextRung) return { attempt, decision: ended('FAILED', fact) };
  const reason = `${fact} The ladder has another rung.`;
  return { attempt: { ...attempt, spent: true }, decision: { action: 'WAIT', reason, waitSeconds } };
}

function waiting({ rung, seenUnderWay }: Attempt, seen: Observation, isOld: boolean): string {
  if (seenUnderWay) return `It is ${seen.state}: the ${rung} is under way.`;
  if (isOld) return `It still reads ${seen.state}, the state before the ${rung}: too early to judge.`;
  return `It is ${seen.state}: not ${RUNG_FACTS[rung].underWay} yet.`;
}

/** What to do once it was refused: refusals that pass are tried again, up to the limit; then comes the next rung. */
export function afterRefusal(attempt: Attempt, transient: boolean, rules: RefusalRules): Progress {
  const { rung, tries, number, detail } = attempt;
  if (!transient || tries >= rules.maxAttempts) {
    const which = number > 1 ? ` in attempt ${number}` : '';
    return nothing(attempt, `AWS refused the ${rung}${which}: ${detail}`, rules, FIRST_WAIT_SECONDS);
  }
  const reason = `AWS refused attempt ${number} for now: ${detail}`;
  return { attempt, decision: { action: 'WAIT', reason, waitSeconds: FIRST_WAIT_SECONDS * tries } };
}

type Done = Extract<Decision, { action: 'DONE' }>['outcome'];

function ended(outcome: Done, reason: string): Decision {
  return { action: 'DONE', outcome, reason };
}
