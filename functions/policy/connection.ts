import { secondsBetween } from './pacing.ts';

/** What `DescribeWorkspacesConnectionStatus` says; `UNKNOWN` also stands for no answer about it. */
export interface Connection {
  state: string;
  /** When AWS looked, ISO. */
  checkedAt?: string | undefined;
}

/** A check older than this says nothing about now, in seconds: a dead WorkSpace is not checked any more. */
const CHECK_SECONDS = 15 * 60;

/** Whether somebody is working on it: a WorkSpace with a live session is not dead. */
export function isLive({ state, checkedAt }: Connection, now: string): boolean {
  return state === 'CONNECTED' && (checkedAt === undefined || secondsBetween(checkedAt, now) < CHECK_SECONDS);
}
