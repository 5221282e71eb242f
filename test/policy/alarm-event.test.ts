import { describe, expect, test } from 'vitest';
import { sample } from '../../local/stories/samples.ts';
import { changed } from '../events.ts';
import { ID, METRICS, metricOf, OTHER_ACCOUNT, parse, refusal } from './inputs.ts';

const alarm = sample('alarm-workspace.json');
const contributor = sample('alarm-contributor.json');
const ATTRIBUTES = 'detail.alarmContributor.attributes';
const queried = (expression: string, more: object = {}) =>
  changed(contributor, METRICS, [{ id: 'q1', expression, returnData: true, period: 300, ...more }]);

test.each<[string, unknown, string]>([
  ['an OK event', sample('alarm-workspace-ok.json'), 'detail.state.value must be "ALARM", and is "OK".'],
  ['a directory alarm', sample('alarm-directory.json'), 'names no WorkSpace'],
  ['an unrelated alarm', sample('alarm-unrelated.json'), 'names no WorkSpace'],
  [
    'another source',
    changed(alarm, 'source', 'my.app'),
    'In the event source is "my.app"; it must be "aws.cloudwatch".',
  ],
  [
    'a source alone',
    { source: 'aws.cloudwatch' },
    'The event has no detail-type; it must be "CloudWatch Alarm State Change" or "CloudWatch Alarm Contributor State Change".',
  ],
  [
    'a type alone',
    { 'detail-type': 'CloudWatch Alarm State Change' },
    'The event has no source; it must be "aws.cloudwatch".',
  ],
  ['another type', changed(alarm, 'detail-type', 'X'), 'In the event detail-type is "X"'],
  ['no detail', changed(alarm, 'detail', undefined), 'The event has no detail; it must be an object.'],
  [
    'a text as state',
    changed(alarm, 'detail.state', 'ALARM'),
    'In the event detail.state is "ALARM"; it must be an object.',
  ],
  [
    'no name',
    changed(alarm, 'detail.alarmName', undefined),
    'The event has no detail.alarmName; it must be text.',
  ],
  [
    'a number as reason',
    changed(alarm, 'detail.state.reason', 5),
    'In the event detail.state.reason is 5; it must be text.',
  ],
  ['a number as account', changed(alarm, 'account', 5), 'In the event account is 5; it must be text.'],
  [
    'metrics that are no list',
    changed(alarm, METRICS, {}),
    'In the event detail.configuration.metrics is {}; it must be a list.',
  ],
  [
    'a number as WorkSpace',
    changed(contributor, `${ATTRIBUTES}.WorkspaceId`, 5),
    'attributes.WorkspaceId is 5; it must be text.',
  ],
  [
    'a bad time',
    changed(alarm, 'detail.state.timestamp', 'soon'),
    'detail.state.timestamp must be a time, and is "soon".',
  ],
  ['a bad id', changed(alarm, `${METRICS}.0.metricStat.metric.dimensions.WorkspaceId`, '../x'), '"../x"'],
  [
    'a bad id of a contributor',
    changed(contributor, `${ATTRIBUTES}.WorkspaceId`, 'ws-NO'),
    'WorkspaceId must look like ws-',
  ],
  ['other metric', changed(alarm, `${METRICS}.0.metricStat.metric.name`, 'Available'), 'names no WorkSpace'],
  ['no configuration', changed(alarm, 'detail.configuration', undefined), 'names no WorkSpace'],
  ['no metrics', changed(alarm, 'detail.configuration', {}), 'names no WorkSpace'],
  [
    'the alarm of many, of itself',
    changed(
      changed(contributor, 'detail.alarmContributor', undefined),
      'detail-type',
      'CloudWatch Alarm State Change',
    ),
    'names no WorkSpace',
  ],
  [
    'two WorkSpaces',
    changed(
      alarm,
      METRICS,
      ['ws-aaaaaaaaa', 'ws-bbbbbbbbb'].map((id) => metricOf(id)),
    ),
    'more than one WorkSpace (["ws-aaaaaaaaa","ws-bbbbbbbbb"])',
  ],
  [
    'an event of another account',
    changed(alarm, 'account', OTHER_ACCOUNT),
    `is of account "${OTHER_ACCOUNT}" in "us-east-1", and this service heals WorkSpaces of account 123456789012 in us-east-1 only.`,
  ],
  [
    'an event of another Region',
    changed(contributor, 'region', 'eu-west-1'),
    'of account "123456789012" in "eu-west-1"',
  ],
])('rejects %s', (_, input, words) => {
  const said = refusal(parse(input));
  expect(said).toContain('rejected: ');
  expect(said).toContain(words);
  expect(said).not.toMatch(/Invalid|Expected/);
});

test('an event without account and Region is taken to be of ours', () => {
  const bare = changed(changed(alarm, 'account', undefined), 'region', undefined);
  expect(parse(bare)).toMatchObject({ request: { workspaceId: ID } });
});

test.each<[string, unknown[]]>([
  ['one metric of metric math', [{ id: 'e1', expression: 'm1 > 0', returnData: true }, metricOf(ID)]],
  ['beside another metric of it', [metricOf(ID), { ...metricOf(ID), id: 'm2' }]],
  [
    'beside strange entries',
    [null, 5, { metricStat: 5 }, { metricStat: { metric: { dimensions: 5 } } }, metricOf(ID)],
  ],
  ['with its own account', [metricOf(ID, { accountId: '123456789012' })]],
  ['beside one of another account', [metricOf('ws-0otheracct', { accountId: OTHER_ACCOUNT }), metricOf(ID)]],
])('the WorkSpace of an alarm: %s', (_, metrics) => {
  expect(parse(changed(alarm, METRICS, metrics))).toMatchObject({ request: { workspaceId: ID } });
});

test.each([
  [undefined, 'No reason given'],
  ['Crossed', 'Crossed'],
])('the reason of an alarm: %j', (given, reason) => {
  expect(parse(changed(alarm, 'detail.state.reason', given))).toMatchObject({ request: { reason } });
});

describe('nobody is told of what is plainly no business of this service', () => {
  const otherAccount = `watches a WorkSpace of another account ("${OTHER_ACCOUNT}"), and this service heals those of account 123456789012 only.`;
  const other = (metric: string, namespace = 'AWS/WorkSpaces') =>
    `is not about the health of WorkSpaces: it watches "${metric}" of "${namespace}", not "Unhealthy" of "AWS/WorkSpaces".`;
  const mutedByArn = 'arn:aws:cloudwatch:us-east-1:123456789012:alarm-mute-rule:night';
  test.each<[string, unknown, string]>([
    [
      'a muted alarm',
      changed(alarm, 'detail.muteDetail', { mutedByArn }),
      `is muted: {"mutedByArn":"${mutedByArn}"}.`,
    ],
    ['a muted contributor', changed(contributor, 'detail.muteDetail', { mutedByArn }), 'is muted'],
    [
      'a metric of another account',
      changed(alarm, METRICS, [metricOf('ws-0otheracct', { accountId: OTHER_ACCOUNT })]),
      otherAccount,
    ],
    [
      'a query in another account',
      queried('SELECT MAX(Unhealthy) FROM "AWS/WorkSpaces" GROUP BY WorkspaceId', {
        accountId: OTHER_ACCOUNT,
      }),
      otherAccount,
    ],
    [
      'a query on another account',
      queried(
        `SELECT MAX(Unhealthy) FROM "AWS/WorkSpaces" WHERE AWS.AccountId = '${OTHER_ACCOUNT}' GROUP BY WorkspaceId`,
      ),
      otherAccount,
    ],
    [
      'a contributor of another account',
      changed(contributor, ATTRIBUTES, { WorkspaceId: ID, 'AWS.AccountId': OTHER_ACCOUNT }),
      otherAccount,
    ],
    [
      'another metric',
      queried('SELECT MAX(Available) FROM SCHEMA("AWS/WorkSpaces", WorkspaceId) GROUP BY WorkspaceId'),
      other('Available'),
    ],
    [
      'another namespace',
      queried('SELECT MAX(Unhealthy) FROM "My/WorkSpaces" GROUP BY WorkspaceId'),
      other('Unhealthy', 'My/WorkSpaces'),
    ],
    [
      'a plain metric',
      changed(contributor, METRICS, [{ metricStat: { metric: { namespace: 'My/App', name: 'Errors' } } }]),
      other('Errors', 'My/App'),
    ],
  ])('%s', (_, input, words) => {
    const said = refusal(parse(input));
    expect(said).toMatch(/^skipped: The alarm "/);
    expect(said).toContain(words);
  });
});

test.each<[string, unknown]>([
  ['quotes', queried('SELECT MAX("Unhealthy") FROM "AWS/WorkSpaces" GROUP BY WorkspaceId')],
  [
    'lower case',
    queried('select max(unhealthy) from schema("aws/workspaces", workspaceid) group by workspaceid'),
  ],
  [
    'both accounts',
    queried(
      `SELECT MAX(Unhealthy) FROM "AWS/WorkSpaces" WHERE AWS.AccountId = '${OTHER_ACCOUNT}' OR AWS.AccountId = '123456789012' GROUP BY WorkspaceId`,
    ),
  ],
  [
    'grouped by account, and of ours',
    changed(contributor, ATTRIBUTES, { 'AWS.AccountId': '123456789012', WorkspaceId: ID }),
  ],
  [
    'grouped by more',
    changed(contributor, ATTRIBUTES, { DirectoryId: 'd-9067206a1f', WorkspaceId: ID, UserName: 'mmajor' }),
  ],
  [
    'in metric math',
    changed(contributor, METRICS, [
      { id: 'e1', expression: 'FILL(q1, 0)' },
      { id: 'q1', expression: 'SELECT MAX(Unhealthy) FROM "AWS/WorkSpaces" GROUP BY WorkspaceId' },
    ]),
  ],
  ['a query that cannot be read: the WorkSpace is looked at', queried('max(Unhealthy{WorkspaceId="x"})')],
  ['no query', changed(contributor, METRICS, [])],
  ['no configuration', changed(contributor, 'detail.configuration', undefined)],
])('a contributor: %s', (_, input) => {
  expect(parse(input)).toMatchObject({ kind: 'request', request: { source: 'alarm', workspaceId: ID } });
});
