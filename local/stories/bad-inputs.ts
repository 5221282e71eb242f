/** What starts the workflow and must not make it act, by name: what people paste, and alarms about something else. */
import { alarmEvent } from './starts.ts';
import { START } from './story.ts';

const ID = 'ws-8kq3zn1yd';
const OTHER_ACCOUNT = '210987654321';

/** What the SNS topic of an alarm sends, as its subscribers get it. */
const BY_SNS = {
  Type: 'Notification',
  TopicArn: 'arn:aws:sns:us-east-1:123456789012:alarms',
  Subject: 'ALARM: "desk-unhealthy"',
  Message: JSON.stringify({
    AlarmName: 'desk-unhealthy',
    NewStateValue: 'ALARM',
    Trigger: {
      MetricName: 'Unhealthy',
      Namespace: 'AWS/WorkSpaces',
      Dimensions: [{ name: 'WorkspaceId', value: ID }],
    },
  }),
};

const BY_LAMBDA = {
  source: 'aws.cloudwatch',
  alarmArn: 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:desk-unhealthy',
  accountId: '123456789012',
  alarmData: { alarmName: 'desk-unhealthy' },
};

/** No input at all: to be rejected. */
export const PASTED = {
  'an empty object': {},
  "the console's comment": { Comment: 'Insert your JSON here' },
  'an id in upper case': { WorkspaceId: ID },
  'ids of the CLI': { WorkspaceIds: [ID, 'ws-0second001'] },
  'a request of the CLI': { RebuildWorkspaceRequests: [{ WorkspaceId: ID }] },
  'a list of ids': { workspaceId: [ID, 'ws-0second001'] },
  'an SNS message': BY_SNS,
  'an SNS record': { Records: [{ EventSource: 'aws:sns', Sns: BY_SNS }] },
  'an SQS record': { Records: [{ eventSource: 'aws:sqs', body: JSON.stringify(BY_SNS) }] },
  'an alarm as SNS sends it': JSON.parse(BY_SNS.Message),
  'an alarm as Lambda gets it': BY_LAMBDA,
  'an input in a text': `{"workspaceId": "${ID}"}`,
  'half an input in a text': `{"workspaceId": "${ID}"`,
} as const satisfies Record<string, unknown>;

interface AlarmEvent {
  detail: Record<string, unknown> & { state: Record<string, unknown> };
}

const isAlarm = (event: unknown): event is AlarmEvent =>
  typeof event === 'object' && event !== null && 'detail' in event;

/** The alarm of one WorkSpace, changed by hand. */
export function alarm(change: (event: AlarmEvent) => void, workspaceId = ID): unknown {
  const event = alarmEvent('workspace', workspaceId, START);
  if (isAlarm(event)) change(event);
  return event;
}

/** The health of one WorkSpace, in an alarm's configuration. */
export const metric = (WorkspaceId: string) => ({
  metricStat: {
    metric: { dimensions: { WorkspaceId }, name: 'Unhealthy', namespace: 'AWS/WorkSpaces' },
  },
});

/** A contributor of an alarm with another query. */
function contributor(expression: string, labels: Record<string, string> = {}): unknown {
  const event = alarmEvent('contributor', ID, START);
  if (isAlarm(event)) {
    event.detail.alarmContributor = { id: '6d442278dba546f6', attributes: { WorkspaceId: ID, ...labels } };
    event.detail.configuration = { metrics: [{ id: 'q1', expression, returnData: true, period: 300 }] };
  }
  return event;
}

const HEALTH = 'SELECT MAX(Unhealthy) FROM';
const EACH = 'GROUP BY WorkspaceId';

/** A rule matches them, and they are not about the health of a WorkSpace of this account: to be skipped. */
export const OTHER_ALARMS = {
  'a query on another metric': () =>
    contributor(`SELECT MAX(ConnectionFailure) FROM "AWS/WorkSpaces" ${EACH}`),
  'a query on another namespace': () => contributor(`${HEALTH} SCHEMA("My/WorkSpaces", WorkspaceId) ${EACH}`),
  'a contributor of another account': () =>
    contributor(`${HEALTH} "AWS/WorkSpaces" ${EACH}, AWS.AccountId`, { 'AWS.AccountId': OTHER_ACCOUNT }),
  'a query on another account': () =>
    contributor(`${HEALTH} "AWS/WorkSpaces" WHERE AWS.AccountId = '${OTHER_ACCOUNT}' ${EACH}`),
  'a metric of another account': () =>
    alarm(({ detail }) => {
      detail.configuration = { metrics: [{ ...metric(ID), accountId: OTHER_ACCOUNT }] };
    }),
} as const satisfies Record<string, () => unknown>;
