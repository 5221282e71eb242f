/** Nobody's session is cut: a WorkSpace that somebody works on is left alone until they leave. */
import { type Connection, readConnection } from '../aws/workspaces.ts';
import { secondsBetween } from '../policy/pacing.ts';
import { GO, type GuardText, type Pass, type Verdict } from './guard.ts';

/** A check older than this says nothing about now, in seconds: a dead WorkSpace is not checked any more. */
const CHECK_SECONDS = 15 * 60;

export const name = 'connected';

export const text: GuardText & { risk: string } = {
  reads: '`DescribeWorkspacesConnectionStatus`',
  holdsBack: 'Somebody is connected, by a check that is less than 15 minutes old.',
  outcome: 'waits up to `ConnectedLimitMinutes`, then `NEEDS_HUMAN`',
  whatToDo: 'Ask the user to save their work and to disconnect.',
  risk: 'Whoever is connected loses what is open.',
};

export async function ask({ incident, now, settings }: Pass): Promise<Verdict> {
  const connection = await readConnection(incident.request.workspaceId);
  const at = now();
  if (!isLive(connection, at)) return GO;
  return {
    says: 'wait',
    reason: 'Somebody is working on it.',
    at,
    limitSeconds: settings.connectedLimitSeconds,
  };
}

/** Whether somebody is working on it: a WorkSpace with a live session is not dead. */
export function isLive({ state, checkedAt }: Connection, now: string): boolean {
  return state === 'CONNECTED' && (checkedAt === undefined || secondsBetween(checkedAt, now) < CHECK_SECONDS);
}
