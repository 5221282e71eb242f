/** Nothing is done about what is broken just for a moment: two reads so far apart must be bad, and none good between them. */
import { isManual, type Observation, type OpenIncident } from '../incident.ts';
import { secondsBetween } from '../policy/pacing.ts';
import type { GuardText, Verdict } from './guard.ts';
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
  const { request, badSince = seen.at } = incident;
  const remember = { badSince };
  const elapsed = secondsBetween(badSince, seen.at);
  // A forced start is about one that is well, and a dry run by hand is answered at once.
  const isAnswered = seen.state === 'AVAILABLE' || (isManual(request) && request.dryRun);
  if (isAnswered || elapsed >= confirmSeconds) return { says: 'go', remember };
  return {
    says: 'wait',
    reason: `It is ${seen.state}; one read is not enough to act on.`,
    at: seen.at,
    limitSeconds: Number.POSITIVE_INFINITY,
    waitSeconds: confirmSeconds - elapsed,
    remember,
  };
}
