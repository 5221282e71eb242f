/** What starts the workflow in random stories and is no good: inputs that people typed or pasted, and events that no rule may match. */
import type { Random } from '../../simulation/random.ts';
import { sample } from '../samples.ts';
import { alarmEvent, type Start } from '../starts.ts';
import { START } from '../story.ts';
import { SECOND } from './times.ts';

const ID = 'ws-8kq3zn1yd';
/** Turns the direction of what follows; ends a line; clears a terminal. */
const HOSTILE = '\u202e\u2066gpj.exe\n\u001b[2J\u0000';

type List<T> = readonly [T, ...T[]];

const NO_OBJECTS: List<unknown> = [null, 42, true, ID, [], [{ workspaceId: ID }]];

const WRONG_FIELDS: List<Record<string, unknown>> = [
  { workspaceId: 'WS-8KQ3ZN1YD' },
  { workspaceId: `${ID}${HOSTILE}` },
  { workspaceId: 42 },
  { workspaceId: null },
  { force: 'yes' },
  { reason: 'x'.repeat(501) },
  { [HOSTILE]: true },
  { '': true },
  { workspaceIds: [ID] },
  { dryRun: 1 },
  { ladder: 'rebuild,reboot' },
  { ladder: [] },
  { ladder: ['rebuild', 'rebuild'] },
  { override: ['scope'], requestedBy: 'ops@example.com' },
  { override: 'cooldown', requestedBy: 'ops@example.com' },
  { override: ['cooldown'] },
  { force: true },
  { force: true, requestedBy: '  ' },
  { requestedBy: 'x'.repeat(101) },
  { workspaceId: [ID, 'ws-0second001'] },
  { workspaceId: `arn:aws:workspaces:eu-central-1:123456789012:workspace/${ID}` },
  { Force: true },
  { RebuildWorkspaceRequests: [{ WorkspaceId: ID }] },
];

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

const alarmArn = 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:desk-unhealthy';

/** What people paste that is no input at all. */
const PASTED: List<unknown> = [
  {},
  { Comment: 'Insert your JSON here' },
  { WorkspaceId: ID },
  { WorkspaceIds: [ID, 'ws-0second001'] },
  BY_SNS,
  { Records: [{ EventSource: 'aws:sns', Sns: BY_SNS }] },
  { Records: [{ eventSource: 'aws:sqs', body: JSON.stringify(BY_SNS) }] },
  JSON.parse(BY_SNS.Message),
  {
    source: 'aws.cloudwatch',
    alarmArn,
    accountId: '123456789012',
    alarmData: { alarmName: 'desk-unhealthy' },
  },
  `{"workspaceId": "${ID}"}`,
  `{"workspaceId": "${ID}"`,
];

interface AlarmEvent {
  detail: Record<string, unknown> & { state: Record<string, unknown> };
}

/** The alarm of one WorkSpace, changed by hand. */
function alarm(change: (event: AlarmEvent) => void, workspaceId = ID): unknown {
  const event = alarmEvent('workspace', workspaceId, START);
  if (isAlarm(event)) change(event);
  return event;
}

const isAlarm = (event: unknown): event is AlarmEvent =>
  typeof event === 'object' && event !== null && 'detail' in event;

const metric = (WorkspaceId: string) => ({
  metricStat: {
    metric: { dimensions: { WorkspaceId }, name: 'Unhealthy', namespace: 'AWS/WorkSpaces' },
  },
});

/** A contributor of an alarm with another query. */
function contributor(expression: string, attributes: Record<string, string> = {}): unknown {
  const event = alarmEvent('contributor', ID, START);
  if (isAlarm(event)) {
    event.detail.alarmContributor = {
      id: '6d442278dba546f6',
      attributes: { WorkspaceId: ID, ...attributes },
    };
    event.detail.configuration = { metrics: [{ id: 'q1', expression, returnData: true, period: 300 }] };
  }
  return event;
}

const WRONG_ALARMS: List<() => unknown> = [
  () => sample('alarm-directory.json'),
  () => sample('alarm-workspace-ok.json'),
  () => ({ source: 'aws.cloudwatch', 'detail-type': 'CloudWatch Alarm State Change' }),
  () => ({ source: 'aws.ec2' }),
  () => alarmEvent('contributor', 'ws-8KQ3ZN1YD', START),
  () =>
    alarm(({ detail }) => {
      detail.state.timestamp = `yesterday${HOSTILE}`;
    }),
  () =>
    alarm(({ detail }) => {
      detail.configuration = { metrics: [metric(ID), metric('ws-second000')] };
    }),
  () => ({ ...Object(alarmEvent('workspace', ID, START)), account: '210987654321' }),
];

/** An alarm that a person has muted. */
const muted = () =>
  alarm(({ detail }) => {
    detail.muteDetail = { mutedByArn: 'arn:aws:cloudwatch:us-east-1:123456789012:alarm-mute-rule:nights' };
  });

const OF_WORKSPACES = 'FROM "AWS/WorkSpaces" GROUP BY WorkspaceId';

/** Alarms that a rule matches, and that are not about the health of a WorkSpace of this account. */
const OTHER_ALARMS: List<() => unknown> = [
  () => contributor(`SELECT MAX(ConnectionFailure) ${OF_WORKSPACES}`),
  () => contributor('SELECT MAX(Unhealthy) FROM SCHEMA("My/WorkSpaces", WorkspaceId) GROUP BY WorkspaceId'),
  () => contributor(`SELECT MAX(Unhealthy) ${OF_WORKSPACES}`, { 'AWS.AccountId': '210987654321' }),
  () =>
    contributor(
      `SELECT MAX(Unhealthy) FROM "AWS/WorkSpaces" WHERE AWS.AccountId = '210987654321' GROUP BY WorkspaceId`,
    ),
  () =>
    alarm(({ detail }) => {
      detail.configuration = { metrics: [{ ...metric(ID), accountId: '210987654321' }] };
    }),
];

const UNMATCHED: List<() => unknown> = [
  () => sample('alarm-workspace-ok.json'),
  () => sample('alarm-unrelated.json'),
  () => sample('alarm-directory.json'),
  muted,
];

export function badStart(random: Random): Start {
  const at = random.integer(0, 1_200) * SECOND;
  const byHand = (bad: 'rejected' | 'held', input: unknown): Start => ({ at, via: 'console', bad, input });
  switch (random.weighted({ value: 1, field: 4, pasted: 3, alarm: 2, muted: 1, other: 2, unmatched: 2 })) {
    case 'value':
      return byHand('rejected', random.pick(NO_OBJECTS));
    case 'field':
      return byHand('rejected', { workspaceId: ID, ...random.pick(WRONG_FIELDS) });
    case 'pasted':
      return byHand('rejected', random.pick(PASTED));
    case 'alarm':
      return byHand('rejected', random.pick(WRONG_ALARMS)());
    case 'muted':
      return byHand('held', muted());
    case 'other':
      return { at, via: 'bus', bad: 'held', input: random.pick(OTHER_ALARMS)() };
    case 'unmatched':
      return { at, via: 'bus', bad: 'unmatched', input: random.pick(UNMATCHED)() };
  }
}
