/** The settings of a stack that the judge holds it to, in milliseconds where they are times. */
import type { Stack } from '../desk/template.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** No settings: when a request is first looked at, and how far two looks are apart then. */
export const LOOKS = { first: 2 * MINUTE, shortest: 20 * SECOND, longest: MINUTE } as const;

export interface Settings {
  maxAttempts: number;
  notStartedMs: number;
  deadlineMs: number;
  rebootDeadlineMs: number;
  busyLimitMs: number;
  confirmMs: number;
  /** From the end of a busy state until a broken reading says something. */
  settleMs: number;
  maxUnhealthyPercent: number;
  maxUnhealthyCount: number;
  stormCooldownMs: number;
  maxConcurrent: number;
  turnLimitMs: number;
  cooldownMs: number;
  maxPerWeek: number;
  maxSnapshotAgeMs: number;
  connectedLimitMs: number;
  windowLimitMs: number;
  ladder: string;
  /** A WorkSpace that stopped while it was broken is started. */
  wakeStopped: boolean;
  waitForSnapshotMs: number;
}

export function settingsOf({ functions }: Stack): Settings {
  const setting = (name: string) => functions.map(({ environment }) => environment[name]).find(Boolean);
  const numeric = (name: string, other = Number.NaN) => Number(setting(name) ?? other);
  return {
    maxAttempts: numeric('MAX_ATTEMPTS'),
    notStartedMs: numeric('NOT_STARTED_MINUTES') * MINUTE,
    deadlineMs: numeric('DEADLINE_MINUTES') * MINUTE,
    rebootDeadlineMs: numeric('REBOOT_DEADLINE_MINUTES') * MINUTE,
    busyLimitMs: numeric('BUSY_LIMIT_MINUTES') * MINUTE,
    confirmMs: numeric('CONFIRM_SECONDS') * SECOND,
    settleMs: numeric('SETTLE_MINUTES', 10) * MINUTE,
    maxUnhealthyPercent: numeric('MAX_UNHEALTHY_PERCENT'),
    maxUnhealthyCount: numeric('MAX_UNHEALTHY_COUNT'),
    stormCooldownMs: numeric('STORM_COOLDOWN_MINUTES') * MINUTE,
    maxConcurrent: numeric('MAX_CONCURRENT_REBUILDS'),
    turnLimitMs: numeric('TURN_LIMIT_MINUTES') * MINUTE,
    cooldownMs: numeric('COOLDOWN_HOURS') * HOUR,
    maxPerWeek: numeric('MAX_REBUILDS_PER_WEEK'),
    maxSnapshotAgeMs: numeric('MAX_SNAPSHOT_AGE_HOURS') * HOUR,
    connectedLimitMs: numeric('CONNECTED_LIMIT_MINUTES') * MINUTE,
    windowLimitMs: numeric('WINDOW_LIMIT_HOURS') * HOUR,
    ladder: setting('LADDER') ?? '',
    wakeStopped: setting('WAKE_STOPPED') !== 'false',
    waitForSnapshotMs: numeric('WAIT_FOR_SNAPSHOT_MINUTES', 0) * MINUTE,
  };
}
