/**
 * Every setting, with its meaning, default and bounds. The template's parameters carry the same bounds; a test
 * compares them. A step reads only what its environment gives it.
 */
import * as v from 'valibot';
import type { Rung } from './incident.ts';
import type { Pacing } from './policy/pacing.ts';
import { parseLadder } from './rungs.ts';
import { show } from './text.ts';

/** A function's environment lacks a setting or has one out of bounds: the deployment is wrong. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** Bounds of each numeric setting, in the unit of its name. */
export const BOUNDS = {
  /** Rebuild requests an incident may make, and tries of another rung that is refused for now. Not for API calls. */
  MAX_ATTEMPTS: { minimum: 1, maximum: 5, default: 3 },
  /** Longest wait for a WorkSpace that is busy with something else. */
  BUSY_LIMIT_MINUTES: { minimum: 5, maximum: 60, default: 60 },
  /** Wait after an accepted rebuild before the first look. */
  FIRST_WAIT_SECONDS: { minimum: 20, maximum: 900, default: 120 },
  /** Wait between two looks, as a share of the time elapsed. */
  POLL_GROWTH_PERCENT: { minimum: 5, maximum: 100, default: 10 },
  /** Shortest and longest wait between two looks. */
  POLL_FLOOR_SECONDS: { minimum: 5, maximum: 300, default: 20 },
  POLL_CEILING_SECONDS: { minimum: 60, maximum: 900, default: 60 },
  /** How long an accepted rebuild may take to show as `REBUILDING`. Not the length of a rebuild. */
  NOT_STARTED_MINUTES: { minimum: 5, maximum: 60, default: 15 },
  /** Longest time from the request to a healthy WorkSpace. */
  DEADLINE_MINUTES: { minimum: 30, maximum: 240, default: 120 },
  /** The same for a reboot. */
  REBOOT_DEADLINE_MINUTES: { minimum: 5, maximum: 60, default: 20 },
  /** Time between two bad reads before anything is done. Not a delay of every alarm: it counts from the first read. */
  CONFIRM_SECONDS: { minimum: 30, maximum: 900, default: 120 },
  /** Share of a directory that may be unhealthy; more is a storm. One WorkSpace always may. */
  MAX_UNHEALTHY_PERCENT: { minimum: 1, maximum: 100, default: 20 },
  /** Number of WorkSpaces of a directory that may be unhealthy, however large it is. */
  MAX_UNHEALTHY_COUNT: { minimum: 1, maximum: 500, default: 50 },
  /** How long nothing is done in a directory after a storm. */
  STORM_COOLDOWN_MINUTES: { minimum: 5, maximum: 120, default: 15 },
  /** Incidents of the stack that may have sent a request at a time. */
  MAX_CONCURRENT_REBUILDS: { minimum: 1, maximum: 50, default: 10 },
  /** Longest wait for a turn among them. */
  TURN_LIMIT_MINUTES: { minimum: 5, maximum: 240, default: 120 },
  /** Time after a rebuild or restore in which there is no other by itself. Not for attempts of one incident. */
  COOLDOWN_HOURS: { minimum: 1, maximum: 168, default: 24 },
  /** Rebuilds and restores of a WorkSpace in seven days; beyond that it is for a person. */
  MAX_REBUILDS_PER_WEEK: { minimum: 1, maximum: 20, default: 2 },
  /** Oldest snapshot that a rebuild or restore may go back to. */
  MAX_SNAPSHOT_AGE_HOURS: { minimum: 1, maximum: 720, default: 24 },
  /** Longest wait for somebody who works on it to leave. */
  CONNECTED_LIMIT_MINUTES: { minimum: 5, maximum: 240, default: 60 },
  /** Longest wait for a maintenance window to open. */
  WINDOW_LIMIT_HOURS: { minimum: 1, maximum: 72, default: 24 },
} as const;

/**
 * How long a lease may be held, in seconds: the workflow's TimeoutSeconds and an hour. No running execution
 * outlives its lease, and no lease its execution by much.
 */
export const LEASE_SECONDS = 432_000 + 3_600;

/** How long the table remembers a WorkSpace, in seconds: 90 days, as long as Step Functions keeps executions. */
export const RECORD_SECONDS = 90 * 86_400;

/** One whole number of the environment. @throws SettingsError */
export function numberSetting(name: keyof typeof BOUNDS): number {
  const { minimum, maximum } = BOUNDS[name];
  const schema = v.pipe(
    v.string(),
    v.regex(/^\d+$/),
    v.transform(Number),
    v.minValue(minimum),
    v.maxValue(maximum),
  );
  const parsed = v.safeParse(schema, process.env[name]);
  if (parsed.success) return parsed.output;
  throw new SettingsError(
    `Environment variable ${name} must be a whole number from ${minimum} to ${maximum}, and is ${show(process.env[name])}. Set it by the stack's parameter.`,
  );
}

/** One text of the environment. @throws SettingsError */
export function textSetting(name: 'TABLE_NAME' | 'TOPIC_ARN' | 'SCOPE_TAG_KEY' | 'MODE_PARAMETER'): string {
  const value = process.env[name];
  if (value) return value;
  throw new SettingsError(`Environment variable ${name} is missing. Deploy the stack again.`);
}

/** @throws SettingsError */
export function pacingSettings(): Pacing {
  return {
    growthPercent: numberSetting('POLL_GROWTH_PERCENT'),
    floorSeconds: numberSetting('POLL_FLOOR_SECONDS'),
    ceilingSeconds: numberSetting('POLL_CEILING_SECONDS'),
  };
}

/** What may be done, and in which order. @throws SettingsError */
export function ladderSetting(): Rung[] {
  const ladder = parseLadder(process.env.LADDER ?? '');
  if (ladder) return ladder;
  throw new SettingsError(
    `Environment variable LADDER must be reboot, restore, rebuild or some of them in this order, and is ${show(process.env.LADDER)}. Set it by the stack's parameter.`,
  );
}

export interface ScopeSettings {
  /** `tagged`: only WorkSpaces that ask for it. `all`: every one that does not refuse. */
  scope: 'tagged' | 'all';
  tagKey: string;
}

/** Which WorkSpaces are this service's to touch. @throws SettingsError */
export function scopeSettings(): ScopeSettings {
  const parsed = v.safeParse(v.picklist(['tagged', 'all']), process.env.SCOPE);
  if (!parsed.success) {
    throw new SettingsError(
      `Environment variable SCOPE must be tagged or all, and is ${show(process.env.SCOPE)}. Set it by the stack's parameter.`,
    );
  }
  return { scope: parsed.output, tagKey: textSetting('SCOPE_TAG_KEY') };
}
