/**
 * Every setting, with its meaning, default and bounds: one object, parsed once. The template's parameters carry the same
 * bounds; a test compares them.
 */
import * as v from 'valibot';
import type { Rung } from './incident.ts';
import { parseLadder } from './rungs.ts';
import { show } from './text.ts';

/** A function's environment lacks a setting or has one out of bounds: the deployment is wrong. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** Each number, by its variable in the environment: bounds and default are in the unit that its name ends with. */
export const BOUNDS = {
  /** Rebuild requests an incident may make, and tries of another rung that is refused for now. Not for API calls. */
  MAX_ATTEMPTS: { minimum: 1, maximum: 5, default: 3 },
  /** Longest wait for a WorkSpace that is busy with something else. */
  BUSY_LIMIT_MINUTES: { minimum: 5, maximum: 60, default: 60 },
  /** How long an accepted request may take to show, as `REBUILDING` for a rebuild. Not the length of a rebuild. */
  NOT_STARTED_MINUTES: { minimum: 5, maximum: 60, default: 15 },
  /** Longest time from the request to a healthy WorkSpace. */
  DEADLINE_MINUTES: { minimum: 30, maximum: 240, default: 120 },
  /** The same for a reboot. */
  REBOOT_DEADLINE_MINUTES: { minimum: 5, maximum: 60, default: 20 },
  /** Time after a reboot, a rebuild or another change in which a broken reading is no evidence. Not a delay of what breaks in calm. */
  SETTLE_MINUTES: { minimum: 1, maximum: 60, default: 10 },
  /** Time between two reads that make a verdict, good or bad. Not a delay of every alarm: it counts from the first read. */
  CONFIRM_SECONDS: { minimum: 30, maximum: 900, default: 120 },
  /** Percent of a directory that may be unhealthy; more is a storm. One unhealthy WorkSpace never is. */
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
  /** Longest wait before a rebuild for a snapshot that is due; 0 is off. */
  WAIT_FOR_SNAPSHOT_MINUTES: { minimum: 0, maximum: 720, default: 0 },
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

/** `tagged`: only WorkSpaces that ask for it. `all`: every one that does not refuse. */
const SCOPES = ['tagged', 'all'] as const;

export type Settings = ReturnType<typeof parse>;

let parsed: { from: NodeJS.ProcessEnv; settings: Settings } | undefined;

/** What the stack's parameters say, times in seconds. Parsed once per environment. @throws SettingsError */
export function settings(): Settings {
  if (parsed?.from !== process.env) parsed = { from: process.env, settings: parse() };
  return parsed.settings;
}

function parse() {
  return {
    tableName: text('TABLE_NAME'),
    topicArn: text('TOPIC_ARN'),
    modeParameter: text('MODE_PARAMETER'),
    scope: scope(),
    scopeTagKey: text('SCOPE_TAG_KEY'),
    ladder: ladder(),
    maxAttempts: number('MAX_ATTEMPTS'),
    busyLimitSeconds: number('BUSY_LIMIT_MINUTES'),
    notStartedSeconds: number('NOT_STARTED_MINUTES'),
    deadlineSeconds: number('DEADLINE_MINUTES'),
    rebootDeadlineSeconds: number('REBOOT_DEADLINE_MINUTES'),
    settleSeconds: number('SETTLE_MINUTES'),
    confirmSeconds: number('CONFIRM_SECONDS'),
    wakeStopped: wakeStopped(),
    maxUnhealthyPercent: number('MAX_UNHEALTHY_PERCENT'),
    maxUnhealthyCount: number('MAX_UNHEALTHY_COUNT'),
    stormCooldownSeconds: number('STORM_COOLDOWN_MINUTES'),
    maxConcurrentRebuilds: number('MAX_CONCURRENT_REBUILDS'),
    turnLimitSeconds: number('TURN_LIMIT_MINUTES'),
    cooldownSeconds: number('COOLDOWN_HOURS'),
    maxRebuildsPerWeek: number('MAX_REBUILDS_PER_WEEK'),
    maxSnapshotAgeSeconds: number('MAX_SNAPSHOT_AGE_HOURS'),
    waitForSnapshotSeconds: number('WAIT_FOR_SNAPSHOT_MINUTES'),
    connectedLimitSeconds: number('CONNECTED_LIMIT_MINUTES'),
    windowLimitSeconds: number('WINDOW_LIMIT_HOURS'),
  };
}

/** One whole number of the environment; a time in seconds. @throws SettingsError */
function number(name: keyof typeof BOUNDS): number {
  const { minimum, maximum } = BOUNDS[name];
  const schema = v.pipe(
    v.string(),
    v.regex(/^\d+$/),
    v.transform(Number),
    v.minValue(minimum),
    v.maxValue(maximum),
  );
  const given = v.safeParse(schema, process.env[name]);
  if (!given.success) throw wrong(name, `must be a whole number from ${minimum} to ${maximum}`);
  const unit = name.endsWith('_HOURS') ? 3600 : name.endsWith('_MINUTES') ? 60 : 1;
  return given.output * unit;
}

/** One text of the environment. @throws SettingsError */
function text(name: 'TABLE_NAME' | 'TOPIC_ARN' | 'SCOPE_TAG_KEY' | 'MODE_PARAMETER'): string {
  const value = process.env[name];
  if (value) return value;
  throw new SettingsError(`Environment variable ${name} is missing. Deploy the stack again.`);
}

/** What may be done, and in which order. @throws SettingsError */
function ladder(): Rung[] {
  const rungs = parseLadder(process.env.LADDER ?? '');
  if (rungs) return rungs;
  throw wrong('LADDER', 'must be reboot, restore, rebuild or some of them in this order');
}

/** Which WorkSpaces are this service's to touch. @throws SettingsError */
function scope(): (typeof SCOPES)[number] {
  const value = SCOPES.find((one) => one === process.env.SCOPE);
  if (value) return value;
  throw wrong('SCOPE', 'must be tagged or all');
}

/** Whether a WorkSpace that stopped while it was broken is started. @throws SettingsError */
function wakeStopped(): boolean {
  const value = process.env.WAKE_STOPPED;
  if (value === 'true' || value === 'false') return value === 'true';
  throw wrong('WAKE_STOPPED', 'must be true or false');
}

const wrong = (name: string, what: string) =>
  new SettingsError(
    `Environment variable ${name} ${what}, and is ${show(process.env[name])}. Set it by the stack's parameter.`,
  );
