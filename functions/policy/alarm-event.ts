/**
 * An alarm's EventBridge event: of an alarm on one WorkSpace, or of one contributor of an alarm on many.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
 */
import * as v from 'valibot';
import { show } from '../text.ts';
import { badId } from './manual-start.ts';
import { readQuery } from './metrics-query.ts';
import { type Home, type Parsed, rejected, skipped, wellFormed } from './parsed.ts';
import { startAgain } from './right-input.ts';

const text = v.pipe(v.string(), v.transform(wellFormed));

// Only what is relied on: AWS adds fields to its events.
const alarmEvent = v.object({
  source: v.literal('aws.cloudwatch'),
  'detail-type': v.picklist(['CloudWatch Alarm State Change', 'CloudWatch Alarm Contributor State Change']),
  account: v.optional(v.string()),
  region: v.optional(v.string()),
  detail: v.object({
    alarmName: text,
    state: v.object({ value: v.string(), reason: v.optional(text), timestamp: v.string() }),
    muteDetail: v.optional(v.unknown()),
    alarmContributor: v.optional(
      v.object({
        attributes: v.object({
          WorkspaceId: v.optional(v.string()),
          'AWS.AccountId': v.optional(v.string()),
        }),
      }),
    ),
    configuration: v.optional(v.object({ metrics: v.optional(v.array(v.unknown())) })),
  }),
});
type Detail = v.InferOutput<typeof alarmEvent>['detail'];

/** In our own words, by the path of the field; the rest are objects. */
const MUST: Readonly<Record<string, string>> = {
  source: '"aws.cloudwatch"',
  'detail-type': '"CloudWatch Alarm State Change" or "CloudWatch Alarm Contributor State Change"',
  account: 'text',
  region: 'text',
  'detail.alarmName': 'text',
  'detail.state.value': 'text',
  'detail.state.reason': 'text',
  'detail.state.timestamp': 'text',
  'detail.alarmContributor.attributes.WorkspaceId': 'text',
  'detail.alarmContributor.attributes.AWS.AccountId': 'text',
  'detail.configuration.metrics': 'a list',
};

/**
 * One entry of `configuration.metrics`: a metric, or an expression.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html
 */
const metricEntry = v.object({
  expression: v.optional(v.string()),
  accountId: v.optional(v.string()),
  metricStat: v.optional(
    v.object({
      metric: v.object({
        namespace: v.string(),
        name: v.string(),
        dimensions: v.optional(v.object({ WorkspaceId: v.optional(v.string()) }), {}),
      }),
    }),
  ),
});

/** What an alarm watches: a metric, of which WorkSpace where it is that of one, and in which accounts if they are named. */
interface Watched {
  namespace: string;
  name: string;
  workspaceId?: string | undefined;
  accounts: string[];
}

export function parseAlarm(input: object, home: Home): Parsed {
  const parsed = v.safeParse(alarmEvent, input);
  if (!parsed.success) return rejected(`${wrongField(parsed.issues[0])} ${startAgain(input)}`);
  const { detail, account = home.account, region = home.region } = parsed.output;
  const alarm = `alarm ${show(detail.alarmName)}`;
  // The rules leave these out already; an event that a person pastes does not pass a rule.
  if (account !== home.account || region !== home.region) {
    return rejected(
      `The event of ${alarm} is of account ${show(account)} in ${show(region)}, and this service heals WorkSpaces of account ${home.account} in ${home.region} only.`,
    );
  }
  const { value, timestamp, reason = 'No reason given' } = detail.state;
  if (value !== 'ALARM') return rejected(`detail.state.value must be "ALARM", and is ${show(value)}.`);
  if (detail.muteDetail) return skipped(`The ${alarm} is muted: ${show(detail.muteDetail, 200)}.`);
  const time = Date.parse(timestamp);
  if (Number.isNaN(time)) {
    return rejected(`detail.state.timestamp must be a time, and is ${show(timestamp)}.`);
  }
  const watched = watchedBy(detail);
  const about = detail.alarmContributor?.attributes.WorkspaceId;
  const meant = about === undefined ? plain(watched, alarm, home) : contributor(about, detail, watched, home);
  if ('kind' in meant) return meant;
  const { workspaceId } = meant;
  return (
    badId('WorkspaceId', workspaceId) ?? {
      kind: 'request',
      request: {
        source: 'alarm',
        workspaceId,
        alarmName: detail.alarmName,
        alarmTime: new Date(time).toISOString(),
        reason,
      },
    }
  );
}

type Meant = { workspaceId: string } | Parsed;

/** Of an alarm on metrics of their own: the one WorkSpace that they are about. */
function plain(watched: readonly Watched[], alarm: string, home: Home): Meant {
  const named = watched.filter(isUnhealthy).filter(({ workspaceId }) => workspaceId !== undefined);
  const own = named.filter((one) => isAt(home, one.accounts));
  const ids = [...new Set(own.flatMap(({ workspaceId }) => workspaceId ?? []))];
  const [workspaceId, ...others] = ids;
  if (workspaceId !== undefined && others.length === 0) return { workspaceId };
  if (workspaceId !== undefined) {
    return rejected(
      `The event of ${alarm} names more than one WorkSpace (${show(ids)}); an alarm must watch one. ${startAgain(undefined)}`,
    );
  }
  const [foreign] = named;
  if (foreign) return ofAnother(alarm, foreign.accounts, home);
  return rejected(
    `The event of ${alarm} names no WorkSpace: neither detail.alarmContributor.attributes.WorkspaceId nor an AWS/WorkSpaces Unhealthy metric by WorkspaceId in detail.configuration.metrics. ${startAgain(undefined)}`,
  );
}

/**
 * Of a contributor: the rule cannot read its query, so what is plainly of another alarm comes here too, and is nobody's
 * news. What cannot be told is looked at: reading the WorkSpace harms nobody.
 */
function contributor(
  workspaceId: string,
  { alarmName, alarmContributor }: Detail,
  watched: readonly Watched[],
  home: Home,
): Meant {
  const alarm = `alarm ${show(alarmName)}`;
  const ours = watched.filter(isUnhealthy);
  const [other] = watched;
  if (other && ours.length === 0) {
    return skipped(
      `The ${alarm} is not about the health of WorkSpaces: it watches ${show(other.name)} of ${show(other.namespace)}, not "Unhealthy" of "AWS/WorkSpaces".`,
    );
  }
  // A query that is grouped by account says whose this one is.
  const account = alarmContributor?.attributes['AWS.AccountId'];
  const whose = account === undefined ? ours.map(({ accounts }) => accounts) : [[account]];
  if (whose.length === 0 || whose.some((accounts) => isAt(home, accounts))) return { workspaceId };
  return ofAnother(alarm, whose.flat(), home);
}

const ofAnother = (alarm: string, accounts: readonly string[], home: Home): Parsed =>
  skipped(
    `The ${alarm} watches a WorkSpace of another account (${show(accounts.join(', '))}), and this service heals those of account ${home.account} only.`,
  );

function watchedBy({ configuration }: Detail): Watched[] {
  return (configuration?.metrics ?? []).flatMap((entry) => {
    const parsed = v.safeParse(metricEntry, entry);
    if (!parsed.success) return [];
    const { expression, accountId, metricStat } = parsed.output;
    const accounts = accountId === undefined ? [] : [accountId];
    if (metricStat) {
      const { namespace, name, dimensions } = metricStat.metric;
      return [{ namespace, name, workspaceId: dimensions.WorkspaceId, accounts }];
    }
    const query = expression === undefined ? undefined : readQuery(expression);
    return query ? [{ ...query, accounts: [...accounts, ...query.accounts] }] : [];
  });
}

/** Without regard to case: CloudWatch tells names apart by it, but a metric of AWS has no namesake. */
const isUnhealthy = ({ namespace, name }: Watched): boolean =>
  namespace.toLowerCase() === 'aws/workspaces' && name.toLowerCase() === 'unhealthy';

const isAt = ({ account }: Home, accounts: readonly string[]): boolean =>
  accounts.length === 0 || accounts.includes(account);

function wrongField(issue: v.InferIssue<typeof alarmEvent>): string {
  const path = v.getDotPath(issue) ?? 'The event';
  const must = `it must be ${MUST[path] ?? 'an object'}`;
  return issue.input === undefined
    ? `The event has no ${path}; ${must}.`
    : `In the event ${path} is ${show(issue.input)}; ${must}.`;
}
