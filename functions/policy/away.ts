/** What to do while a service of AWS is away: come back, for hours, and count nothing of it. */
import type { Decision, Incident } from '../incident.ts';
import { duration } from '../text.ts';
import { awayWait, secondsBetween } from './pacing.ts';

/** A service of AWS was away: throttling, a 5xx, a time-out or a broken connection, after the SDK's own tries. */
export class AwsUnavailable extends Error {
  override readonly name = 'AwsUnavailable';
}

/** By its name: what a function loads only when it needs it has a class of its own. */
export const isUnavailable = (error: unknown): error is AwsUnavailable =>
  error instanceof Error && error.name === 'AwsUnavailable';

/** How long it is waited for before it is for a person, in seconds. A request that has left is watched however long it takes. */
const LIMIT = 6 * 3600;

/** The next look. `why` names the service and what it answered; `now` in ISO. */
export function away(
  incident: Pick<Incident, 'awaySince' | 'decision'>,
  why: string,
  now: string,
): Pick<Incident, 'awaySince'> & { decision: Decision } {
  const { awaySince = now, decision: before } = incident;
  const elapsed = secondsBetween(awaySince, now);
  const waitSeconds = awayWait(elapsed);
  if (before?.action === 'WATCH') {
    return { awaySince, decision: { action: 'WATCH', reason: `${why}: look again.`, waitSeconds } };
  }
  if (elapsed >= LIMIT) {
    const reason = `${why}, and has not for ${duration(elapsed)}. Nothing was done because of it.`;
    return { awaySince, decision: { action: 'DONE', outcome: 'NEEDS_HUMAN', reason } };
  }
  return { awaySince, decision: { action: 'WAIT', reason: `${why}: look again.`, waitSeconds } };
}
