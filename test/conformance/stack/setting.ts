/** The desktops of the stack's stories, and how all that lies between the product and its desktops is set up. */
import { PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { accepted, type DesktopSpec, refused } from '../../../local/stories/desktop.ts';
import { brokenDesktop, sample } from '../../../local/stories/samples.ts';
import { changed } from '../../events.ts';
import { ACCOUNT, REGION } from '../engines.ts';
import type { Clients } from './deploy.ts';

/** A rebuild that is under way at the first look, and over soon after it. */
export const REBUILT = { rebuild: [accepted('rebuild', { startsAfter: 2_000, takes: 130_000 })] };

/** Whom each story is about. */
export const IDS = {
  /** The WorkSpace of the sample events. */
  alarm: 'ws-8kq3zn1yd',
  contributor: 'ws-0contributor',
  byHand: 'ws-0byhand00',
  untagged: 'ws-0untagged',
  refused: 'ws-0refused0',
  aborted: 'ws-0aborted0',
  paused: 'ws-0paused00',
} as const;

const own: Partial<Record<keyof typeof IDS, Partial<DesktopSpec>>> = {
  untagged: { tags: { CostCenter: '4711' } },
  refused: { remedies: { rebuild: [refused('OperationNotSupported', 'Its image no longer exists.')] } },
};

/** Every one broken, and back soon after a rebuild. */
export const desktops = (): DesktopSpec[] =>
  Object.entries(IDS).map(([name, workspaceId]) =>
    brokenDesktop({
      workspaceId,
      remedies: REBUILT,
      ...Object.entries(own).find(([key]) => key === name)?.[1],
    }),
  );

export const ALARM = sample('alarm-workspace.json');
export const CONTRIBUTOR = sample('alarm-contributor.json');
/** The same event about a WorkSpace that no other event names. */
export const CONTRIBUTOR_OF_ITS_OWN = changed(
  CONTRIBUTOR,
  'detail.alarmContributor.attributes.WorkspaceId',
  IDS.contributor,
);
const muted = { mutedByArn: `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm-mute-rule:night` };

/** Events that must start nothing. */
export const NOT_OURS: [string, unknown][] = [
  ['an alarm back to OK', sample('alarm-workspace-ok.json')],
  ['an alarm on something else', sample('alarm-unrelated.json')],
  ['an alarm on a whole directory', sample('alarm-directory.json')],
  ['an alarm without data', changed(ALARM, 'detail.state.value', 'INSUFFICIENT_DATA')],
  ['a muted alarm', changed(ALARM, 'detail.muteDetail', muted)],
  ['a muted contributor', changed(CONTRIBUTOR, 'detail.muteDetail', muted)],
  ['a contributor back to OK', changed(CONTRIBUTOR, 'detail.state.value', 'OK')],
];

/** Says to CloudWatch what WorkSpaces says of a directory: one is unhealthy, forty are well. */
export async function putMetrics({ cloudWatch }: Clients): Promise<void> {
  const Dimensions = [{ Name: 'DirectoryId', Value: brokenDesktop().directoryId }];
  const Timestamp = new Date();
  const MetricData = [
    { MetricName: 'Unhealthy', Value: 1, Dimensions, Timestamp },
    { MetricName: 'Available', Value: 40, Dimensions, Timestamp },
  ];
  await cloudWatch.send(new PutMetricDataCommand({ Namespace: 'AWS/WorkSpaces', MetricData }));
}

/** Subscribes a queue to the topic, as a person does with an address; the queue's URL. */
export async function subscribe({ sqs, sns }: Clients, TopicArn: string): Promise<string> {
  const QueueName = 'conformance-inbox';
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName }));
  const Endpoint = `arn:aws:sqs:${REGION}:${ACCOUNT}:${QueueName}`;
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'sns.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: Endpoint,
        Condition: { ArnEquals: { 'aws:SourceArn': TopicArn } },
      },
    ],
  });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
  return QueueUrl;
}
