/**
 * The fields of AWS's documented sample events, by kind: fixtures have these and no others, so that no rule and no code
 * is tested against a field that AWS does not send. `[]` is an element of a list, `*` any name, `{}` JSON in a text.
 */
interface Source {
  page: string;
  fields: readonly string[];
}

const ENVELOPE = ['version', 'id', 'detail-type', 'source', 'account', 'time', 'region', 'resources[]'];
const CLOUDWATCH =
  'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html';
const STATE = ['value', 'reason', 'timestamp'];
const REASON_DATA = [
  'version',
  'queryDate',
  'startDate',
  'statistic',
  'period',
  'recentDatapoints[]',
  'threshold',
  'recentLowerThresholds[]',
  'recentUpperThresholds[]',
];
const METRIC = ['namespace', 'name', 'dimensions.*'];

const below = (path: string, fields: readonly string[]) => fields.map((field) => `${path}.${field}`);

const MUTE = below('detail.muteDetail', ['mutedByArn', 'muteWindowStart', 'muteWindowEnd']);
const ENTRY = 'detail.configuration.metrics[]';
const QUERY = below(ENTRY, ['id', 'expression', 'returnData', 'period']);

/** Of every alarm whose tags are propagated. */
const ALARM_TAGS: Source = {
  page: 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-tags-in-notifications.html',
  fields: ['detail.alarmTags.*', 'detail.alarmTagsStatus'],
};
/** Of a metric of another account: as `PutMetricAlarm` takes it. */
const OF_ANOTHER_ACCOUNT: Source = {
  page: 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html',
  fields: [`${ENTRY}.accountId`],
};
/** Of a query that is grouped by it, or by more: the labels are the contributor's attributes. */
const LABELS: Source = {
  page: 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html',
  fields: ['detail.alarmContributor.attributes.*'],
};

const KINDS = {
  /** On metrics: one, several with metric math, with a band of anomalies, or the summary of a query's contributors. */
  metric: [
    {
      page: CLOUDWATCH,
      fields: [
        ...ENVELOPE,
        'detail.alarmName',
        'detail.configuration.description',
        ...QUERY,
        ...below(ENTRY, ['label', 'metricStat.period', 'metricStat.stat']),
        ...below(`${ENTRY}.metricStat.metric`, METRIC),
        ...['state', 'previousState'].flatMap((state) => [
          ...below(`detail.${state}`, STATE),
          ...below(`detail.${state}.reasonData{}`, REASON_DATA),
        ]),
        ...MUTE,
      ],
    },
    ALARM_TAGS,
    OF_ANOTHER_ACCOUNT,
  ],
  contributor: [
    {
      page: CLOUDWATCH,
      fields: [
        ...ENVELOPE,
        'detail.alarmName',
        'detail.alarmContributor.id',
        'detail.configuration.description',
        ...below('detail.state', STATE),
        ...QUERY,
        ...MUTE,
      ],
    },
    LABELS,
    ALARM_TAGS,
    OF_ANOTHER_ACCOUNT,
  ],
  execution: [
    {
      page: 'https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html',
      fields: [
        ...ENVELOPE,
        ...below('detail', ['executionArn', 'stateMachineArn', 'name', 'status', 'startDate', 'stopDate']),
        ...below('detail', ['input', 'inputDetails.included', 'output', 'outputDetails.included']),
      ],
    },
  ],
} as const satisfies Record<string, readonly Source[]>;
type Kind = keyof typeof KINDS;

const BY_TYPE: Readonly<Record<string, Kind>> = {
  'CloudWatch Alarm State Change': 'metric',
  'CloudWatch Alarm Contributor State Change': 'contributor',
  'Step Functions Execution Status Change': 'execution',
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The paths of a value's leaves. */
function paths(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((inner) => paths(inner, `${path}[]`));
  if (isObject(value))
    return Object.entries(value).flatMap(([key, inner]) =>
      paths(inner, path === '' ? key : `${path}.${key}`),
    );
  if (path.endsWith('.reasonData') && typeof value === 'string') return paths(JSON.parse(value), `${path}{}`);
  return [path];
}

const escaped = (field: string) => field.replaceAll(/[.[\]{}]/g, '\\$&').replace('*', '.+');

/** The fields of an event that AWS's samples of its kind do not have. */
export function strangeFields(event: unknown): string[] {
  const kind = isObject(event) ? BY_TYPE[String(event['detail-type'])] : undefined;
  if (kind === undefined) throw new Error('This is no event of a kind that is known.');
  const known = new RegExp(
    `^(?:${KINDS[kind]
      .flatMap(({ fields }) => fields)
      .map(escaped)
      .join('|')})$`,
  );
  return [...new Set(paths(event, '').filter((path) => !known.test(path)))];
}
