/** What the reads of one incident tell together: what passes, what has settled, what is good for good. */
import { type Course, NOT_FOUND, type Observation } from '../observation.ts';
import { STUCK_SECONDS } from '../rungs.ts';
import type { Settings } from '../settings.ts';
import { secondsBetween } from './pacing.ts';

/** States that pass by themselves, and after which a WorkSpace needs a while until its health check tells the truth. */
const BUSY = new Set([
  'REBOOTING',
  'RESTORING',
  'REBUILDING',
  'STARTING',
  'STOPPING',
  'UPDATING',
  'PENDING',
  'MAINTENANCE',
]);

/** What only a person can put right, and what it means. */
export const BY_HAND: Readonly<Record<string, string>> = {
  ADMIN_MAINTENANCE:
    'AWS or an administrator has put it into maintenance. Take it out of maintenance in the WorkSpaces console',
  SUSPENDED: 'it is suspended while an image is made of it. Wait until the image is done',
  TERMINATING: 'it is being deleted. Delete the alarm that still watches it',
  TERMINATED: 'it was deleted. Delete the alarm that still watches it',
  [NOT_FOUND]:
    'there is no such WorkSpace in this account and Region; correct the id, or delete the alarm that still watches it',
};

/** Whether it is broken: AWS says so, and takes a remedy. */
export const isBroken = ({ state }: Pick<Observation, 'state'>): boolean =>
  state === 'UNHEALTHY' || state === 'ERROR';

/** Whether it is not well, by AWS's word; of one that is `IMPAIRED` it takes no remedy. */
export const isUnwell = (seen: Pick<Observation, 'state'>): boolean =>
  isBroken(seen) || seen.state === 'IMPAIRED';

/** Whether it is in a state that passes by itself. `IMPAIRED` may pass, and is none in which AWS takes a remedy. */
export const isBusy = ({ state }: Pick<Observation, 'state'>): boolean =>
  BUSY.has(state) || state === 'IMPAIRED';

/** Whether a WorkSpace may rest in `STOPPED`: only then somebody can start it. */
export const mayStop = ({ runningMode }: Observation): boolean =>
  runningMode === 'AUTO_STOP' || runningMode === 'MANUAL';

/** What another read adds. A read counts as bad only once the WorkSpace has settled. */
export function follow(
  course: Course,
  seen: Observation,
  { settleSeconds }: Pick<Settings, 'settleSeconds'>,
): Course {
  const { busy: before, endedAt: ended, goodSince: good, badSince: bad, ...rest } = course;
  const busySince = before?.state === seen.state ? before.since : seen.at;
  const isOver = before !== undefined && BUSY.has(before.state) && !BUSY.has(seen.state);
  const endedAt = isOver ? seen.at : ended;
  // One that is stopped is not looked at by AWS: what was known before it stopped still holds.
  const isGood = seen.state === 'AVAILABLE' || (good !== undefined && isAtRest(seen));
  const isBad = isBroken(seen) && settlingFor({ endedAt }, seen.at, settleSeconds) === 0;
  return {
    ...rest,
    ...(isBusy(seen) && { busy: { state: seen.state, since: busySince } }),
    ...(endedAt && { endedAt }),
    ...(isGood && { goodSince: good ?? seen.at }),
    ...(isBad && { badSince: bad ?? seen.at }),
    sawBroken: rest.sawBroken || isUnwell(seen),
    sawRemedy: rest.sawRemedy || isRemedy(seen),
  };
}

/**
 * The course once a request of ours has left: what was read before it says nothing of what comes after. `seen`: the other
 * state in which the WorkSpace was read already, since an earlier run of the step had sent it.
 */
export function afterRequest(
  { sawBroken, sawRemedy }: Course,
  seen?: Pick<Observation, 'state' | 'at'>,
): Course {
  const known = { sawBroken, sawRemedy: sawRemedy || (seen !== undefined && isRemedy(seen)) };
  if (!seen) return known;
  return isBusy(seen)
    ? { ...known, busy: { state: seen.state, since: seen.at } }
    : { ...known, endedAt: seen.at };
}

/** Whether somebody's restore or rebuild is under way. */
export const isRemedy = ({ state }: Pick<Observation, 'state'>): boolean =>
  state === 'RESTORING' || state === 'REBUILDING';

/** `STOPPED` where that is how a WorkSpace rests, and on its way there. */
const isAtRest = (seen: Observation): boolean =>
  (seen.state === 'STOPPED' || seen.state === 'STOPPING') && mayStop(seen);

/** Seconds until it has settled; 0 when it has, or nothing has changed. */
export function settlingFor({ endedAt }: Pick<Course, 'endedAt'>, at: string, settleSeconds: number): number {
  if (endedAt === undefined) return 0;
  return Math.max(0, settleSeconds - secondsBetween(endedAt, at));
}

/** Seconds until good reads are a verdict: 0 when they are; `undefined` when the last one was not good, or is to pass. */
export function goodIn(
  { goodSince }: Course,
  { at, state }: Observation,
  confirmSeconds: number,
): number | undefined {
  if (goodSince === undefined || isBusy({ state })) return undefined;
  return Math.max(0, confirmSeconds - secondsBetween(goodSince, at));
}

/** Since how many seconds it has been in the state that passes by itself; 0 when it is in none. */
export const busyFor = ({ busy }: Course, { at }: Observation): number =>
  busy === undefined ? 0 : secondsBetween(busy.since, at);

/**
 * AWS's weekly maintenance of a WorkSpace takes four to five hours, in seconds with some slack.
 * @see https://docs.aws.amazon.com/workspaces/latest/adminguide/workspace-maintenance.html
 */
const MAINTENANCE_SECONDS = 6 * 3600;

/** How long a state that passes by itself may last, in seconds. */
export function busyLimit(
  state: string,
  limits: Pick<Settings, 'busyLimitSeconds' | 'deadlineSeconds' | 'settleSeconds'>,
): number {
  if (state === 'IMPAIRED') return limits.settleSeconds;
  if (state === 'MAINTENANCE') return MAINTENANCE_SECONDS;
  // It is given up no sooner than it is stuck: then it is healed.
  if (state === 'REBOOTING') return Math.max(limits.busyLimitSeconds, STUCK_SECONDS);
  return isRemedy({ state }) ? limits.deadlineSeconds : limits.busyLimitSeconds;
}
