/**
 * Every setting, with its meaning, default and bounds. The template's parameters carry the same bounds; a test
 * compares them. A step reads only what its environment gives it.
 */
import * as v from 'valibot';
import type { Pacing } from './policy/pacing.ts';
import type { ScopeSettings } from './policy/scope.ts';
import { show } from './text.ts';

/** A function's environment lacks a setting or has one out of bounds: the deployment is wrong. */
class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** Bounds of each numeric setting, in the unit of its name. */
export const BOUNDS = {
  /** Rebuild requests an incident may make. Not a retry count for API calls. */
  MAX_ATTEMPTS: { minimum: 1, maximum: 5, default: 3 },
  /** Longest wait for a WorkSpace that is busy with something else. */
  BUSY_LIMIT_MINUTES: { minimum: 5, maximum: 60, default: 60 },
  /** Wait after an accepted rebuild before the first look. */
  FIRST_WAIT_SECONDS: { minimum: 20, maximum: 900, default: 120 },
  /** Wait between two looks, as a share of the time elapsed. */
  POLL_GROWTH_PERCENT: { minimum: 1, maximum: 100, default: 10 },
  /** Shortest and longest wait between two looks. */
  POLL_FLOOR_SECONDS: { minimum: 5, maximum: 300, default: 20 },
  POLL_CEILING_SECONDS: { minimum: 20, maximum: 900, default: 60 },
  /** How long an accepted rebuild may take to show as `REBUILDING`. Not the length of a rebuild. */
  NOT_STARTED_MINUTES: { minimum: 5, maximum: 60, default: 15 },
  /** Longest time from the request to a healthy WorkSpace. */
  DEADLINE_MINUTES: { minimum: 30, maximum: 240, default: 120 },
} as const;

/**
 * How long a lease may be held, in seconds: the workflow's TimeoutSeconds and an hour. No running execution
 * outlives its lease, and no lease its execution by much.
 */
export const LEASE_SECONDS = 25_200 + 3_600;

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
export function textSetting(name: 'TABLE_NAME' | 'TOPIC_ARN' | 'SCOPE_TAG_KEY'): string {
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
