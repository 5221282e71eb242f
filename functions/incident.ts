/**
 * The vocabulary: what travels through the workflow. Each step gets the whole case, checks it against these
 * schemas, and returns the whole next case; the types inside are inferred from the schemas and so are true.
 */
import * as v from 'valibot';
import { course, instant, observation } from './observation.ts';

/** How an execution ended. The last three reach SNS; `FAILED` and `REJECTED` fail the execution. */
const OUTCOMES = [
  'RECOVERED',
  'ALREADY_HEALTHY',
  'DUPLICATE',
  'SKIPPED',
  'NEEDS_HUMAN',
  'REJECTED',
  'FAILED',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** `ws-` and 8 to 63 lower-case letters or digits (API reference, WorkspaceId pattern). */
export const WORKSPACE_ID = /^ws-[0-9a-z]{8,63}$/;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** The Step Functions execution that handles this incident. */
const execution = v.object({
  id: v.string(),
  name: v.string(),
  startTime: v.string(),
  /** The role that it runs under. Step Functions does not say who started it; CloudTrail does. */
  roleArn: v.optional(v.string()),
});
export type Execution = v.InferOutput<typeof execution>;

/** What can be done about a broken WorkSpace, from the least harmful on. */
export const RUNGS = ['reboot', 'restore', 'rebuild'] as const;
export type Rung = (typeof RUNGS)[number];
const rung = v.picklist(RUNGS);

/** What is asked of AWS: a rung of the ladder, or to start one that is stopped, so that it can be judged. */
const REMEDIES = [...RUNGS, 'start'] as const;
export type Remedy = (typeof REMEDIES)[number];
const remedy = v.picklist(REMEDIES);

/** What holds an incident back, by the name that outcome, log and message use. */
const GUARDS = [
  'scope',
  'mode',
  'tags',
  'window',
  'flapping',
  'storm',
  'futile',
  'cooldown',
  'snapshot-age',
  'identity',
  'volume-key',
  'ladder',
  'connected',
  'turn',
] as const;
export type Guard = (typeof GUARDS)[number];

/** The guards that a person may override by name: never scope, never the at-most-once rule. */
export const OVERRIDABLE = [
  'cooldown',
  'identity',
  'snapshot-age',
  'connected',
  'storm',
  'futile',
  'window',
] as const;
export type Overridable = (typeof OVERRIDABLE)[number];
const overridable = v.picklist(OVERRIDABLE);

/** What the workflow was started for: by an alarm, or by a person in the console. */
const request = v.variant('source', [
  v.object({
    source: v.literal('alarm'),
    workspaceId: v.pipe(v.string(), v.regex(WORKSPACE_ID)),
    alarmName: v.string(),
    /** When the alarm changed state; a state change reported late is recognised by it. */
    alarmTime: instant,
    reason: v.string(),
  }),
  v.object({
    source: v.literal('manual'),
    workspaceId: v.pipe(v.string(), v.regex(WORKSPACE_ID)),
    reason: v.string(),
    /** Who asks; always there with `force` or `override`. */
    requestedBy: v.optional(v.string()),
    /** In every state in which AWS takes it. */
    force: v.boolean(),
    /** Decide and log, touch nothing. */
    dryRun: v.boolean(),
    override: v.array(overridable),
    /** Replaces the ladder of the tag; can only narrow that of the stack. */
    ladder: v.optional(v.array(rung)),
  }),
]);
export type Request = v.InferOutput<typeof request>;

/**
 * One `RebootWorkspaces`, `RestoreWorkspace`, `RebuildWorkspaces` or `StartWorkspaces` request, as far as people are told of it.
 * `unknown`: it may have left, nobody knows; polling settles it.
 */
export const asked = v.object({
  /** Counted over the whole incident: what the claim compares. */
  number: v.pipe(v.number(), v.integer(), v.minValue(1)),
  rung: remedy,
  /** From when the user's data is afterwards; missing when it is as it was, or not known. */
  dataFrom: v.optional(instant),
  claimedAt: instant,
  result: v.picklist(['accepted', 'unknown', 'refused']),
  /** What AWS answered. */
  detail: v.string(),
  /** Whether it was read as under way after it: `REBUILDING`, for a rebuild. */
  seenUnderWay: v.boolean(),
  /** Whether it was read in another state afterwards: the request took effect, however briefly. */
  changed: v.optional(v.boolean(), false),
  /** It did not help, by evidence, or is not for this WorkSpace: the next rung follows. */
  spent: v.optional(v.boolean(), false),
  /** What came of it, once that is known. */
  end: v.optional(v.string()),
});
export type Asked = v.InferOutput<typeof asked>;

const attempt = v.object({
  ...asked.entries,
  /** Which try of this rung it is. */
  tries: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** State that the WorkSpace had when the request was made. */
  before: v.string(),
  /** When it was read last. */
  readAt: v.optional(instant),
  /** For a while nobody could read it: what was not seen may have been made all the same. */
  unwatched: v.optional(v.boolean(), false),
  /** Since when AWS has refused the rung for now. */
  refusedSince: v.optional(instant),
});
export type Attempt = v.InferOutput<typeof attempt>;

const waitSeconds = v.pipe(v.number(), v.integer(), v.minValue(1));
const guard = v.optional(v.picklist(GUARDS));
const decision = v.variant('action', [
  v.object({ action: v.literal('CHECK'), reason: v.string() }),
  /** No guard holds it back: Act may send the request. */
  v.object({ action: v.literal('ACT'), reason: v.string() }),
  /** A guard holds it back for now, or the last attempt came to nothing: check again. */
  v.object({ action: v.literal('WAIT'), reason: v.string(), waitSeconds, guard }),
  /** A request of ours is under way, or may be: poll it. */
  v.object({ action: v.literal('WATCH'), reason: v.string(), waitSeconds }),
  v.object({
    action: v.literal('DONE'),
    reason: v.string(),
    outcome: v.picklist(OUTCOMES),
    guard,
    /** The guard could not read its fact. */
    unread: v.optional(v.boolean()),
    /** The execution that has told people already: one message per storm. */
    toldBy: v.optional(v.string()),
  }),
]);
export type Decision = v.InferOutput<typeof decision>;

/** The form of what travels through the workflow; it grows with every change that an older step would misread. */
export const STATE_VERSION = 2;

const incident = v.object({
  version: v.literal(STATE_VERSION),
  execution,
  /** Missing when the input was rejected. */
  request: v.optional(request),
  /** The fencing token of the lease; missing when none is held (dry run, duplicate, rejected). */
  fence: v.optional(count),
  /** A request of an earlier execution that nothing has settled yet. */
  earlierRequestAt: v.optional(instant),
  /** The last thing seen. */
  seen: v.optional(observation),
  /** What the reads since the start, or since the last request, tell together. */
  course: v.optional(course, {}),
  /** Whether it was counted among the incidents of its directory. */
  counted: v.optional(v.boolean()),
  /** Since when a service of AWS has been away. */
  awaySince: v.optional(instant),
  /** What may be done, and in which order. */
  ladder: v.optional(v.array(rung)),
  /** `dry-run`: everything but the requests that change something. */
  mode: v.optional(v.picklist(['on', 'dry-run', 'paused'])),
  /** Since when each guard makes it wait. */
  waitingSince: v.optional(v.record(v.picklist(GUARDS), instant)),
  /** Passes in a row in which a guard could not read its fact. */
  unreadable: v.optional(count),
  /** What Act is to do, and from when the user's data is then. */
  next: v.optional(v.object({ rung: remedy, dataFrom: v.optional(instant) })),
  /** What people must be told before Act does it. */
  notice: v.optional(v.object({ subject: v.string(), message: v.string() })),
  /** The rungs of which they have been told so: once each. */
  noticed: v.optional(v.array(remedy)),
  /** Rungs that are skipped, and guards that were overridden, with the reasons. */
  notes: v.optional(v.array(v.string())),
  attempt: v.optional(attempt),
  /** Those before it, the oldest first. */
  attempts: v.optional(v.array(asked)),
  decision: v.optional(decision),
});
/** An incident: everything known about one WorkSpace's failure in one execution. */
export type Incident = v.InferOutput<typeof incident>;

/** What the workflow's error output looks like (Step Functions, error handling, Catch). */
const caught = v.object({ Error: v.string(), Cause: v.optional(v.string()) });
export type Caught = v.InferOutput<typeof caught>;

/** The input of Intake: the execution's own input, untouched, and the execution. */
export const intakeInput = v.object({ input: v.unknown(), execution });
export const incidentSchema = incident;
/** The input of Close: an incident, or whatever there was when a task failed, with the error caught. */
export const closeInput = v.object({
  ...incident.entries,
  // Missing when Intake failed.
  version: v.optional(v.literal(STATE_VERSION)),
  input: v.optional(v.unknown()),
  error: v.optional(caught),
});
/** All that is read of a state in another version: whose it is. */
export const foreignState = v.object({ execution, request: v.fallback(v.optional(request), undefined) });

/** An incident whose request was understood: every step after Intake works on one. */
export type OpenIncident = Incident & { request: Request };

export const isManual = (request: Request): request is Extract<Request, { source: 'manual' }> =>
  request.source === 'manual';

/** Whether a person asked for a dry run: it is answered at once, and leaves no trace. */
export const isDryByHand = ({ request }: Pick<OpenIncident, 'request'>): boolean =>
  isManual(request) && request.dryRun;

/** Whether nothing may be changed: a person asked for a dry run, or the service's mode is one. */
export const isDryRun = (incident: OpenIncident): boolean =>
  incident.mode === 'dry-run' || isDryByHand(incident);
