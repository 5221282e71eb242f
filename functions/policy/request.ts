import * as v from 'valibot';
import { OVERRIDABLE, type Request, WORKSPACE_ID } from '../incident.ts';
import { parseLadder } from '../rungs.ts';
import { show } from '../text.ts';

/** The request that an input stands for, or why it is none, or why a person wanted no action. */
export type Parsed =
  | { kind: 'request'; request: Request }
  | { kind: 'rejected'; reason: string }
  | { kind: 'held'; reason: string };

/** Longest reason that a person may give, in characters. */
const REASON_LENGTH = 500;

/** Longest input to paste that is shown: one with the longest reason. */
const RIGHT_LENGTH = 1000;

/** Longest name of who asks, in characters. */
const NAME_LENGTH = 100;

/** JSON can hold half a surrogate pair, which no protocol further on takes. */
const wellFormed = v.transform((text: string) => text.toWellFormed());

const manual = v.strictObject({
  workspaceId: v.string(),
  reason: v.optional(v.pipe(v.string(), v.maxLength(REASON_LENGTH), wellFormed)),
  requestedBy: v.optional(v.pipe(v.string(), v.trim(), wellFormed)),
  force: v.optional(v.boolean()),
  dryRun: v.optional(v.boolean()),
  override: v.optional(v.array(v.picklist(OVERRIDABLE))),
  /** As the tag and the parameter have it, or a list. */
  ladder: v.optional(v.union([v.string(), v.array(v.string())])),
});

// Only what is relied on: AWS adds fields to its events.
const alarm = v.object({
  source: v.literal('aws.cloudwatch'),
  'detail-type': v.picklist(['CloudWatch Alarm State Change', 'CloudWatch Alarm Contributor State Change']),
  detail: v.object({
    alarmName: v.pipe(v.string(), wellFormed),
    state: v.object({
      value: v.string(),
      reason: v.optional(v.pipe(v.string(), wellFormed)),
      timestamp: v.string(),
      actionsSuppressedBy: v.optional(v.unknown()),
    }),
    muteDetail: v.optional(v.unknown()),
    alarmContributor: v.optional(v.object({ attributes: v.record(v.string(), v.string()) })),
    configuration: v.optional(v.object({ metrics: v.optional(v.array(v.unknown())) })),
  }),
});
type Alarm = v.InferOutput<typeof alarm>['detail'];

const workspaceMetric = v.object({
  metricStat: v.object({
    metric: v.object({
      namespace: v.literal('AWS/WorkSpaces'),
      name: v.literal('Unhealthy'),
      dimensions: v.object({ WorkspaceId: v.string() }),
    }),
  }),
});

/** Reads an execution's input: an EventBridge alarm event as it is, or what a person typed. Never throws. */
export function parseRequest(input: unknown): Parsed {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return rejected(`The input must be an object, and is ${show(input)}.`);
  }
  return 'detail-type' in input || 'source' in input ? parseAlarm(input) : parseManual(input);
}

function parseManual(input: object): Parsed {
  const parsed = v.safeParse(manual, input);
  if (!parsed.success) return rejected(firstIssue(parsed.issues));
  const { workspaceId, reason = 'No reason given', force = false, dryRun = false } = parsed.output;
  const { override = [], ladder: rungs, requestedBy } = parsed.output;
  const bad = badId('workspaceId', workspaceId) ?? badName(parsed.output);
  if (bad) return bad;
  const ladder = rungs === undefined ? undefined : parseLadder([rungs].flat().join(','));
  if (rungs !== undefined && !ladder) {
    return rejected(
      `ladder must be reboot, restore, rebuild or some of them in this order, and is ${show(rungs)}.`,
    );
  }
  const wishes = {
    reason,
    ...(requestedBy && { requestedBy }),
    force,
    dryRun,
    override,
    ...(ladder && { ladder }),
  };
  return { kind: 'request', request: { source: 'manual', workspaceId, ...wishes } };
}

/** Whoever passes over what protects a WorkSpace is named. */
function badName(given: v.InferOutput<typeof manual>): Parsed | undefined {
  const { requestedBy, force, override } = given;
  if (requestedBy !== undefined) {
    const isGood = requestedBy !== '' && requestedBy.length <= NAME_LENGTH;
    return isGood
      ? undefined
      : rejected(
          `requestedBy must say who asks, in 1 to ${NAME_LENGTH} characters, and is ${show(requestedBy)}.`,
        );
  }
  if (!force && !override?.length) return undefined;
  const right = show({ ...given, requestedBy: 'your name' }, RIGHT_LENGTH);
  return rejected(
    `requestedBy must say who asks when force or override is given, and is missing. Start it again with ${right}.`,
  );
}

function parseAlarm(input: object): Parsed {
  const parsed = v.safeParse(alarm, input);
  if (!parsed.success) return rejected(firstIssue(parsed.issues));
  const { detail } = parsed.output;
  // The rule leaves these out already; an event sent in by hand does not pass a rule.
  if (detail.state.value !== 'ALARM') {
    return rejected(`detail.state.value must be "ALARM", and is ${show(detail.state.value)}.`);
  }
  if (detail.muteDetail) return { kind: 'held', reason: `Alarm ${show(detail.alarmName)} is muted.` };
  if (detail.state.actionsSuppressedBy) {
    return { kind: 'held', reason: `Actions of alarm ${show(detail.alarmName)} are suppressed.` };
  }
  const time = Date.parse(detail.state.timestamp);
  if (Number.isNaN(time)) {
    return rejected(`detail.state.timestamp must be a time, and is ${show(detail.state.timestamp)}.`);
  }
  const ids = workspaceIds(detail);
  const [workspaceId] = ids;
  if (workspaceId === undefined) {
    return rejected(
      `The event of alarm ${show(detail.alarmName)} names no WorkSpace: neither detail.alarmContributor.attributes.WorkspaceId nor an AWS/WorkSpaces Unhealthy metric by WorkspaceId in detail.configuration.metrics.`,
    );
  }
  if (ids.length > 1) {
    return rejected(
      `The event of alarm ${show(detail.alarmName)} names more than one WorkSpace (${show(ids)}); an alarm must watch one.`,
    );
  }
  const bad = badId('WorkspaceId', workspaceId);
  if (bad) return bad;
  return {
    kind: 'request',
    request: {
      source: 'alarm',
      workspaceId,
      alarmName: detail.alarmName,
      alarmTime: new Date(time).toISOString(),
      reason: detail.state.reason ?? 'No reason given',
    },
  };
}

function workspaceIds(detail: Alarm): string[] {
  const contributor = detail.alarmContributor?.attributes.WorkspaceId;
  if (contributor !== undefined) return [contributor];
  const named = (detail.configuration?.metrics ?? []).flatMap((metric) => {
    const parsed = v.safeParse(workspaceMetric, metric);
    return parsed.success ? [parsed.output.metricStat.metric.dimensions.WorkspaceId] : [];
  });
  return [...new Set(named)];
}

function badId(field: string, id: string): Parsed | undefined {
  if (WORKSPACE_ID.test(id)) return undefined;
  return rejected(
    `${field} must look like ws- and 8 to 63 lower-case letters or digits, and is ${show(id)}.`,
  );
}

function firstIssue([issue]: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]]): string {
  const path = v.getDotPath(issue);
  const field = path ? show(path).slice(1, -1) : 'The input';
  if (issue.expected === 'never') return `${field} is not a field of a manual start.`;
  return `${field} must be ${issue.expected ?? 'valid'}, and is ${show(issue.input)}.`;
}

function rejected(reason: string): Parsed {
  return { kind: 'rejected', reason };
}
