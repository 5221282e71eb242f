/** One WorkSpace, three executions, and what they leave in its item. */
import type { Rung } from '../../../functions/incident.ts';
import { at, type Engine, executionId, START, seconds, workspaceId } from './engine.ts';

export const DAY = 86_400;
export const ID = workspaceId(1);
export const ITEM = `WORKSPACE#${ID}`;
export const A = executionId('a');
export const B = executionId('b');
export const C = executionId('c');
export const SEEN = { at: at(-60), state: 'UNHEALTHY' };

/** A lease of five days and an hour, in a record that is kept for 90 days. */
export const LEASE = {
  leaseUntil: seconds(START) + 5 * DAY + 3_600,
  expiration: seconds(START) + 90 * DAY,
};

interface ClaimOptions {
  number?: number;
  rung?: Rung;
  at?: string;
  token?: string;
  fence?: number;
  workspaceId?: string;
}

export const claim = ({ product }: Engine, holder: string, options: ClaimOptions = {}) =>
  product.claimAttempt(
    options.workspaceId ?? ID,
    { executionId: holder, fence: options.fence ?? 1 },
    { number: options.number ?? 1, rung: options.rung ?? 'rebuild', claimedAt: options.at ?? at(0) },
    [],
    SEEN,
    options.token ?? `token of ${holder}`,
  );

/** What a claim leaves beside the lease. */
export const claimed = (token: string, rung: Rung = 'rebuild', number = 1) => ({
  lastAttempt: number,
  claimToken: token,
  requestedAt: at(0),
  requestRefused: false,
  attempts: JSON.stringify([
    {
      number,
      rung,
      claimedAt: at(0),
      result: 'unknown',
      detail: '',
      seenUnderWay: false,
      changed: false,
      spent: false,
    },
  ]),
  seen: JSON.stringify(SEEN),
});
