/** Nothing is done about what is broken just for a moment: two reads so far apart must be bad, and none good between them. */
import { isDryByHand, type OpenIncident } from '../incident.ts';
import type { Observation } from '../observation.ts';
import { isBroken } from '../policy/course.ts';
import { POLL, secondsBetween } from '../policy/pacing.ts';
import { GO, type GuardText, type Verdict } from './guard.ts';
import type { TaggedPass } from './scope.ts';

export const name = 'flapping';

export const text: GuardText = {
  reads: 'the last reads',
  holdsBack: 'It has not yet been broken in two reads `ConfirmSeconds` apart.',
  outcome: 'waits, and looks again',
  whatToDo: 'Nothing: it looks again by itself.',
};

export async function ask({ incident, seen, settings }: TaggedPass): Promise<Verdict> {
  return flapping(incident, seen, settings.confirmSeconds);
}

/** Whether it is not yet confirmed to be broken. */
export function flapping(incident: OpenIncident, seen: Observation, confirmSeconds: number): Verdict {
  const { course } = incident;
  const elapsed = secondsBetween(course.badSince ?? seen.at, seen.at);
  // One that is forced or stuck is not read as broken, and a dry run by hand is answered at once.
  const isAnswered = !isBroken(seen) || isDryByHand(incident);
  if (isAnswered || elapsed >= confirmSeconds) return GO;
  return {
    says: 'wait',
    reason: `It is ${seen.state}; one read is not enough to act on.`,
    at: seen.at,
    limitSeconds: Number.POSITIVE_INFINITY,
    waitSeconds: Math.max(POLL.floor, confirmSeconds - elapsed),
  };
}
