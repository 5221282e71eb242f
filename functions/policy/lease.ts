import type { Asked, Request } from '../incident.ts';
import type { Observation } from '../observation.ts';
import { secondsBetween } from './pacing.ts';

const WEEK = 7 * 86_400;

/** More than any setting of rebuilds per week allows. */
const REBUILDS_KEPT = 50;

/** What the table knows about one WorkSpace. */
export interface DesktopRecord {
  /** ARN of the execution that holds the lease, if any. */
  holder?: string | undefined;
  /** Epoch seconds at which the lease runs out. */
  leaseUntil: number;
  /** Grows by one with every lease: a fencing token. */
  fence: number;
  /** Number of the last attempt that the holder claimed. */
  lastAttempt: number;
  /** When the last request was claimed, by whomever, and whether AWS refused it. */
  requestedAt?: string | undefined;
  requestRefused: boolean;
  /** Every attempt of the incident, as far as it was known when the last was claimed; missing in older records. */
  attempts?: Asked[] | undefined;
  /** When a rebuild or restore was requested in earlier incidents of the last week, and was not refused. */
  rebuilds: string[];
  /** The same in the incident that holds the lease, or held it last. */
  requests: string[];
  /** What the WorkSpace looked like when it was claimed. */
  seen?: Observation | undefined;
  /** When the last incident was closed, and by which execution. */
  closedAt?: string | undefined;
  closedBy?: string | undefined;
}

export type LeaseVerdict =
  | { kind: 'take' }
  | { kind: 'held-already' }
  /** Only Step Functions knows whether the holder still runs. */
  | { kind: 'ask'; holder: string }
  | { kind: 'duplicate'; reason: string };

/** Whether an execution may take a WorkSpace, by what the table says. `now` is epoch milliseconds. */
export function leaseVerdict(
  record: DesktopRecord | undefined,
  executionId: string,
  request: Request,
  now: number,
): LeaseVerdict {
  if (!record) return { kind: 'take' };
  if (record.holder === executionId) return { kind: 'held-already' };
  if (record.holder !== undefined && record.leaseUntil * 1000 > now) {
    return { kind: 'ask', holder: record.holder };
  }
  return lateVerdict(record, request);
}

/** Whether the alarm is news, or was dealt with by an incident that has been closed since. */
export function lateVerdict(record: DesktopRecord, request: Request): LeaseVerdict {
  if (request.source === 'alarm' && record.closedAt !== undefined && request.alarmTime <= record.closedAt) {
    return {
      kind: 'duplicate',
      reason: `The alarm of ${request.alarmTime} is older than the end of the incident that dealt with it (${record.closedAt}, ${record.closedBy ?? 'unknown execution'}).`,
    };
  }
  return { kind: 'take' };
}

/** The rebuilds and restores of the last week, when a new incident begins. `now` in ISO. */
export function rebuildsOf(record: DesktopRecord | undefined, now: string): string[] {
  const all = new Set([...(record?.rebuilds ?? []), ...(record?.requests ?? [])]);
  return [...all]
    .filter((at) => secondsBetween(at, now) < WEEK)
    .sort()
    .slice(-REBUILDS_KEPT);
}
