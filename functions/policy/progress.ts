/** What to make of a WorkSpace after something was asked of AWS, or may have been. */
import type { Attempt, Decision } from '../incident.ts';
import type { Course, Observation } from '../observation.ts';
import { RUNG_FACTS, STUCK_SECONDS } from '../rungs.ts';
import type { Settings } from '../settings.ts';
import { duration, show } from '../text.ts';
import { BY_HAND, busyFor, busyLimit, goodIn, isBroken, isBusy, mayStop, settlingFor } from './course.ts';
import { nextWait, POLL, secondsBetween } from './pacing.ts';

type Limits = Pick<
  Settings,
  'deadlineSeconds' | 'rebootDeadlineSeconds' | 'busyLimitSeconds' | 'settleSeconds' | 'confirmSeconds'
>;

export type ProgressRules = Limits &
  Pick<Settings, 'notStartedSeconds' | 'maxAttempts'> & {
    /** Whether the ladder goes on after this rung. */
    hasNextRung: boolean;
  };

export interface Progress {
  decision: Decision;
  attempt: Attempt;
}

/** One look at a request that is under way, or may be. */
interface Look {
  attempt: Attempt;
  /** With this read in it. */
  course: Course;
  seen: Observation;
  rules: ProgressRules;
  /** Since the request, in seconds. */
  elapsed: number;
}

/** The verdict about an attempt of which another read was noticed, or when to look again. */
export function progress(
  attempt: Attempt,
  course: Course,
  seen: Observation,
  rules: ProgressRules,
): Progress {
  const look = { attempt, course, seen, rules, elapsed: secondsBetween(attempt.claimedAt, seen.at) };
  if (attempt.rung === 'start') return started(look);
  const good = goodIn(course, seen, rules.confirmSeconds);
  if (good !== undefined) return well(look, good);
  if (BY_HAND[seen.state] !== undefined) {
    const what = `It became ${seen.state} after its ${attempt.rung} was requested: ${BY_HAND[seen.state]}.`;
    return { attempt, decision: ended('NEEDS_HUMAN', what) };
  }
  if (isOpen(look)) return watch(look);
  const isAsBefore = !attempt.seenUnderWay && !attempt.changed && !attempt.unwatched;
  if (isAsBefore && seen.state === attempt.before) return notStarted(look);
  if (isBusy(seen)) return busy(look);
  if (seen.state === 'STOPPED') return stopped(look);
  if (isBroken(seen)) return broken(look);
  return elapsedOver(look) ? failed(look, `last seen ${show(seen.state)}`) : watch(look);
}

/** Whether a request that has not shown may still come: nothing is said about it before. */
function isOpen({ attempt, elapsed, rules }: Look): boolean {
  return !attempt.seenUnderWay && elapsed < rules.notStartedSeconds;
}

const elapsedOver = ({ attempt, elapsed, rules }: Look): boolean =>
  elapsed >= rules[RUNG_FACTS[attempt.rung].deadline];

function well(look: Look, wait: number): Progress {
  const { attempt, course, seen, elapsed } = look;
  const { rung, result } = attempt;
  if (wait > 0) return watch(look, wait);
  if (isOpen(look)) return watch(look);
  const at = course.goodSince ?? seen.at;
  const done = (outcome: Done, reason: string) => ({ attempt, decision: ended(outcome, reason) });
  if (attempt.seenUnderWay || (result === 'accepted' && attempt.changed && attempt.before !== 'AVAILABLE')) {
    const after = duration(secondsBetween(attempt.claimedAt, at));
    return done(
      'RECOVERED',
      `It is ${seen.state}, and has been well since ${after} after the ${rung} was requested. ${dataOf(attempt)}`,
    );
  }
  if (result !== 'accepted') {
    return done(
      'ALREADY_HEALTHY',
      `It is ${seen.state} again; whether AWS ever made the ${rung} is not known.`,
    );
  }
  const fact = attempt.changed || attempt.unwatched ? 'was not seen to run' : 'never started';
  const still = attempt.changed ? '' : 'still ';
  return done(
    'FAILED',
    `AWS accepted the ${rung}, but it ${fact} in ${duration(elapsed)}; it is ${still}${seen.state}.`,
  );
}

/** It passes by itself: what was asked for, or something else. */
function busy(look: Look): Progress {
  const { attempt, course, seen, rules, elapsed } = look;
  const { rung } = attempt;
  const since = busyFor(course, seen);
  if (seen.state === 'REBOOTING' && rung === 'reboot') {
    if (since < STUCK_SECONDS) return watch(look);
    return nothing(attempt, `It has been REBOOTING for ${duration(since)}: the reboot is stuck.`, rules);
  }
  // Over the deadline of what was asked for, or of what it is doing instead.
  const isOwn = seen.state === RUNG_FACTS[rung].underWay;
  const isOver = isOwn ? elapsedOver(look) : since >= busyLimit(seen.state, rules);
  if (!isOver) return watch(look);
  if (seen.state === 'IMPAIRED') {
    const fact = `It became IMPAIRED after the ${rung} and has stayed so for ${duration(since)}; AWS takes no remedy in this state.`;
    return { attempt, decision: ended('NEEDS_HUMAN', fact) };
  }
  // It may still be under way: nothing else is requested after it.
  return failed({ ...look, elapsed: isOwn ? elapsed : since }, `still ${seen.state}`);
}

/** Stopped before it was seen well: nobody knows whether it is. Whoever looks next has it started, or a person. */
function stopped({ attempt, seen }: Look): Progress {
  if (!mayStop(seen)) {
    const what = `It is STOPPED after its ${attempt.rung}, and its running mode is ${show(seen.runningMode)}: it should run. Start it in the WorkSpaces console.`;
    return { attempt, decision: ended('NEEDS_HUMAN', what) };
  }
  const end = `It was STOPPED after the ${attempt.rung}, before it was seen well.`;
  return { attempt: { ...attempt, spent: true, end }, decision: again(end) };
}

function broken(look: Look): Progress {
  const { attempt, course, seen, rules } = look;
  if (settlingFor(course, seen.at, rules.settleSeconds) > 0 || course.badSince === seen.at)
    return watch(look);
  const why = seen.errorMessage ? ` AWS says ${show(seen.errorCode)}: ${show(seen.errorMessage)}.` : '';
  if (attempt.seenUnderWay) {
    return nothing(attempt, `The ${attempt.rung} ended with the WorkSpace ${seen.state}.${why}`, rules);
  }
  // Neither that it was made nor that it was not is known: to ask for more might set the data back twice.
  const fact = attempt.changed
    ? `it was not seen to run, but the WorkSpace was ${attempt.before} before it, has changed since, and is ${seen.state}`
    : `whether it was made is not known, since AWS could not be asked for a while; it is ${seen.state}`;
  return failed(look, `${fact}.${why}`);
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

/** Nothing has changed: the same again, since nothing says that it was made. Never the next rung. */
function notStarted({ attempt, seen, elapsed, rules }: Look): Progress {
  const { number, rung, result } = attempt;
  const fact = `Attempt ${number} (${rung}, ${result}) never started: still ${seen.state} after ${duration(elapsed)}.`;
  if (attempt.tries >= rules.maxAttempts) {
    return { attempt: { ...attempt, end: fact }, decision: ended('FAILED', fact) };
  }
  return { attempt: { ...attempt, end: fact }, decision: again(fact) };
}

/** A stopped WorkSpace that was to start so that it can be judged. */
function started(look: Look): Progress {
  const { attempt, seen, elapsed, rules } = look;
  if (seen.state === 'STARTING' || seen.state === 'STOPPED') {
    if (elapsed < (attempt.seenUnderWay ? rules.busyLimitSeconds : rules.notStartedSeconds))
      return watch(look);
    const fact = `It was to start, and is ${seen.state} after ${duration(elapsed)}.`;
    return { attempt: { ...attempt, end: fact }, decision: ended('NEEDS_HUMAN', fact) };
  }
  const end = `It started, and became ${show(seen.state).slice(1, -1)}.`;
  return { attempt: { ...attempt, spent: true, end }, decision: again(end) };
}

/** The rung came to nothing: the next one, if the ladder has one. */
export function nothing(
  before: Attempt,
  fact: string,
  { hasNextRung }: Pick<ProgressRules, 'hasNextRung'>,
): Progress {
  // For a refused attempt, AWS's answer already says it.
  const attempt = { ...before, spent: true, ...(before.result !== 'refused' && { end: fact }) };
  if (!hasNextRung) return { attempt, decision: ended('FAILED', fact) };
  return { attempt, decision: again(`${fact} The ladder has another rung.`) };
}

function failed({ attempt, elapsed }: Look, last: string): Progress {
  const fact = `Not healthy ${duration(elapsed)} after the ${attempt.rung}: ${last}.`.replace(/\.\.$/, '.');
  return { attempt: { ...attempt, end: fact }, decision: ended('FAILED', fact) };
}

function watch(look: Look, wait?: number): Progress {
  const { attempt, elapsed } = look;
  const seconds = nextWait(elapsed, POLL);
  const waitSeconds = Math.max(POLL.floor, Math.ceil(wait === undefined ? seconds : Math.min(wait, seconds)));
  return { attempt, decision: { action: 'WATCH', reason: waiting(look), waitSeconds } };
}

function waiting({ attempt: { rung, seenUnderWay }, course, seen }: Look): string {
  if (seen.state === RUNG_FACTS[rung].underWay) return `It is ${seen.state}: the ${rung} is under way.`;
  if (course.goodSince !== undefined)
    return `It is ${seen.state}; one read is not enough to call it healthy.`;
  if (seenUnderWay) return `It is ${seen.state} after the ${rung}: it may need some more minutes.`;
  return `It is ${seen.state}: not ${RUNG_FACTS[rung].underWay} yet.`;
}

type Done = Extract<Decision, { action: 'DONE' }>['outcome'];

export function ended(outcome: Done, reason: string): Decision {
  return { action: 'DONE', outcome, reason };
}

/** Look again, and go on from there. */
function again(reason: string): Decision {
  return { action: 'WAIT', reason, waitSeconds: POLL.floor };
}
