import { describe, expect, test } from 'vitest';
import { idsIn } from '../../functions/policy/right-input.ts';
import { sample } from '../../local/stories/samples.ts';
import { ANY, ID, parse, RIGHT, refusal } from './inputs.ts';

const SECOND = 'ws-0second001';

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
const alarm = (...ids: string[]) => ({
  AlarmName: 'ws-unhealthy',
  AWSAccountId: '123456789012',
  NewStateValue: 'ALARM',
  Trigger: {
    MetricName: 'Unhealthy',
    Namespace: 'AWS/WorkSpaces',
    Dimensions: ids.map((value) => ({ value, name: 'WorkspaceId' })),
  },
});
const message = (of: unknown) => ({
  Type: 'Notification',
  TopicArn: 'arn:aws:sns:us-east-1:123456789012:alarms',
  Subject: 'ws-unhealthy',
  Message: JSON.stringify(of),
});
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
const lambda = {
  source: 'aws.cloudwatch',
  alarmArn: 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:ws-unhealthy',
  accountId: '123456789012',
  alarmData: {
    alarmName: 'ws-unhealthy',
    configuration: { metrics: [{ metricStat: { metric: { dimensions: { WorkspaceId: ID } } } }] },
  },
};

describe('known by its shape, refused by its name', () => {
  const takes = "This workflow takes an alarm's whole EventBridge event, or a start by hand.";
  test.each<[string, unknown, string]>([
    [
      'an SNS event',
      { Records: [{ EventSource: 'aws:sns', Sns: message(alarm(ID)) }] },
      'This is an SNS record.',
    ],
    ['one record of it', { EventSource: 'aws:sns', Sns: message(alarm(ID)) }, 'This is an SNS record.'],
    [
      'an SQS event',
      { Records: [{ eventSource: 'aws:sqs', body: JSON.stringify(message(alarm(ID))) }] },
      'This is an SQS record.',
    ],
    ['an SNS message', message(alarm(ID)), 'This is an SNS message.'],
    [
      'its type alone',
      { Type: 'Notification', Message: JSON.stringify(alarm(ID)) },
      'This is an SNS message.',
    ],
    ['an alarm as SNS sends it', alarm(ID), 'This is an alarm as SNS sends it.'],
    ["an alarm's Lambda action", lambda, 'This is an alarm as it invokes a Lambda function.'],
    [
      'the detail of an event',
      Object(sample('alarm-contributor.json')).detail,
      "This is a part of an alarm's EventBridge event.",
    ],
  ])('%s', (_, input, words) => {
    expect(refusal(parse(input))).toBe(`rejected: ${words} ${takes} ${RIGHT}`);
  });

  const ofTheApi = 'is a field of the WorkSpaces API and its CLI; this workflow takes "workspaceId".';
  test.each<[string, unknown]>([
    ['RebuildWorkspaceRequests', [{ WorkspaceId: ID }]],
    ['RebootWorkspaceRequests', [{ WorkspaceId: ID }]],
    ['rebuildWorkspaceRequests', [{ workspaceId: ID }]],
    ['StartWorkspaceRequests', [{ WorkspaceId: ID }]],
    ['WorkspaceIds', [ID]],
    ['workspaceIds', [ID]],
    ['workspace-ids', ID],
    ['Workspaces', [{ WorkspaceId: ID, State: 'UNHEALTHY' }]],
    ['FailedRequests', [{ WorkspaceRequest: { WorkspaceId: ID } }]],
  ])('%s', (name, value) => {
    expect(refusal(parse({ [name]: value }))).toBe(`rejected: "${name}" ${ofTheApi} ${RIGHT}`);
  });

  test.each<[string, unknown, string]>([
    [
      'a list as id',
      { workspaceId: [ID] },
      `"workspaceId" must be one id, and is the list ["${ID}"]. ${RIGHT}`,
    ],
    [
      'two ids',
      { workspaceId: [ID, SECOND] },
      `and is the list ["${ID}","${SECOND}"]. It names 2 WorkSpaces, and one execution heals one. Start each ${ANY}`,
    ],
    [
      'two of the CLI',
      { WorkspaceIds: [ID, SECOND] },
      `It names 2 WorkSpaces, and one execution heals one. Start each ${ANY}`,
    ],
    ['two dimensions', alarm(ID, SECOND), 'It names 2 WorkSpaces'],
    ['a list', [ID], `The input must be an object with "workspaceId", and is the list ["${ID}"]. ${RIGHT}`],
    ['a list of inputs', [{ workspaceId: ID }], RIGHT],
    ['an empty list', [], `and is the list []. Start it again ${ANY}`],
    ['a text', ID, `The input must be an object with "workspaceId", and is "${ID}". ${RIGHT}`],
    ['a text that holds the input', `{"workspaceId": "${ID}"}`, RIGHT],
    ['a text that nearly does', `{"workspaceId": "${ID}"`, ANY],
    [
      'nothing',
      undefined,
      `The input must be an object with "workspaceId", and is nothing. Start it again ${ANY}`,
    ],
    ['null', null, 'and is null.'],
    ['a number', 42, 'and is 42.'],
  ])('%s', (_, input, words) => {
    expect(refusal(parse(input))).toContain(words);
    expect(parse(input).kind).toBe('rejected');
  });
});

test.each<[unknown, string[]]>([
  [{ a: [{ b: ID }], c: ` ${SECOND}\n` }, [SECOND, ID]],
  [{ a: ID, b: ID }, [ID]],
  [`arn:aws:workspaces:us-east-1:123456789012:workspace/${ID}`, [ID]],
  [{ AlarmName: ID, alarmName: ID, Subject: ID }, []],
  [`see ${ID}`, []],
  [message(message(message(ID))), []],
  [message(message(alarm(ID))), [ID]],
])('ids in %j', (given, ids) => {
  expect(idsIn(given)).toEqual(ids);
});

test('no depth and no length is too much', () => {
  const deep = JSON.parse(`${'['.repeat(100_000)}"${ID}"${']'.repeat(100_000)}`);
  expect(refusal(parse(deep))).toContain('and is the list nested too deep to be shown.');
  expect(refusal(parse({ workspaceId: ID, reason: deep }))).toContain('and is nested too deep to be shown.');
  const long = Array.from({ length: 130_000 }, () => 1);
  expect(refusal(parse({ Records: long }))).toContain(ANY);
});
