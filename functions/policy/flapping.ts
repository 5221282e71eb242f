import { type Incident, isManual, type OpenIncident } from '../incident.ts';
import type { Held, Patience } from './guards.ts';
import { wait } from './guards.ts';
import { secondsBetween } from './pacing.ts';

/** Before anything is done, two reads so far apart must have been bad, and none good between them. */
export function flapping(
  incident: OpenIncident,
  confirmSeconds: number,
  pacing: Patience['pacing'],
): (Held & Pick<Incident, 'badSince'>) | undefined {
  const { request, seen, badSince = seen?.at } = incident;
  // A forced start is about one that is well, and a dry run by hand is answered at once.
  if (!seen || badSince === undefined || seen.state === 'AVAILABLE') return undefined;
  if (isManual(request) && request.dryRun) return undefined;
  const elapsed = secondsBetween(badSince, seen.at);
  if (elapsed >= confirmSeconds) return undefined;
  const held = wait(incident, 'flapping', `It is ${seen.state}; one read is not enough to act on.`, seen.at, {
    pacing,
    limitSeconds: Number.POSITIVE_INFINITY,
    waitSeconds: confirmSeconds - elapsed,
  });
  return { ...held, badSince };
}
