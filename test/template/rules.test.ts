import { expect, test } from 'vitest';
import { matches, PatternError } from '../../local/desk/event-pattern.ts';
import { loadStack } from '../../local/desk/template.ts';
import { sample } from '../../local/stories/samples.ts';
import { changed } from '../events.ts';

const stack = loadStack();
const started = (event: unknown) =>
  stack.rules
    .filter(({ targets }) => targets.some(({ arn }) => arn === stack.stateMachine.arn))
    .filter(({ pattern }) => matches(pattern, event))
    .map(({ name }) => name);

const alarm = sample('alarm-workspace.json');
const contributor = sample('alarm-contributor.json');
const METRICS = 'detail.configuration.metrics';
const metric = (namespace: string, name: string, dimensions: object) => ({
  id: 'm1',
  metricStat: { metric: { namespace, name, dimensions }, period: 300, stat: 'Maximum' },
  returnData: false,
});
const expression = { id: 'e1', expression: 'IF(m1 > 0, 1, 0)', returnData: true };
const unhealthy = metric('AWS/WorkSpaces', 'Unhealthy', { WorkspaceId: 'ws-8kq3zn1yd' });
// Alarm events and EventBridge: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
const muted = {
  mutedByArn: 'arn:aws:cloudwatch:us-east-1:123456789012:alarm-mute-rule:night',
  muteWindowStart: '2026-11-02T10:00:00.000+0000',
  muteWindowEnd: '2026-11-02T20:00:00.000+0000',
};

/** It suppresses the actions of its children, not their events; and names no metric that a rule could match. */
const composite = changed(
  changed(alarm, 'detail.state.actionsSuppressedBy', 'WaitPeriod'),
  'detail.configuration',
  { alarmRule: 'ALARM("workspace-unhealthy-ws-8kq3zn1yd")' },
);

test.each<[string, unknown, string[]]>([
  ['a plain alarm', alarm, ['AlarmRule']],
  ['a metric-math alarm', changed(alarm, METRICS, [expression, unhealthy]), ['AlarmRule']],
  [
    'an alarm with a further metric',
    changed(alarm, METRICS, [metric('AWS/EC2', 'CPUUtilization', { InstanceId: 'i-1' }), unhealthy]),
    ['AlarmRule'],
  ],
  ['a contributor', contributor, ['ContributorRule']],
  ['OK', sample('alarm-workspace-ok.json'), []],
  ['a directory', sample('alarm-directory.json'), []],
  ['another namespace', sample('alarm-unrelated.json'), []],
  ['a manual input', sample('manual.json'), []],
  ['INSUFFICIENT_DATA', changed(alarm, 'detail.state.value', 'INSUFFICIENT_DATA'), []],
  ['muted', changed(alarm, 'detail.muteDetail', muted), []],
  ['a muted contributor', changed(contributor, 'detail.muteDetail', muted), []],
  ['a composite alarm', composite, []],
  ['a contributor back to OK', changed(contributor, 'detail.state.value', 'OK'), []],
  ...[
    'SELECT MAX("Unhealthy") FROM "AWS/WorkSpaces" GROUP BY WorkspaceId',
    'select max( Unhealthy )\nfrom schema("AWS/WorkSpaces",WorkspaceId) group by "WorkspaceId"',
    // Intake says that it is about something else.
    'SELECT MAX(Available) FROM SCHEMA("AWS/WorkSpaces", WorkspaceId) GROUP BY WorkspaceId',
  ].map((query): [string, unknown, string[]] => [
    `a contributor, however its query is written: ${query}`,
    changed(contributor, `${METRICS}.0.expression`, query),
    ['ContributorRule'],
  ]),
  [
    'a contributor with more labels',
    changed(contributor, 'detail.alarmContributor.attributes', {
      DirectoryId: 'd-9067206a1f',
      WorkspaceId: 'ws-8kq3zn1yd',
    }),
    ['ContributorRule'],
  ],
  [
    'tags of the alarm',
    changed(changed(contributor, 'detail.alarmTags', { team: 'euc' }), 'detail.alarmTagsStatus', 'SUCCESS'),
    ['ContributorRule'],
  ],
  [
    'a metric of another account: Intake says whose it is',
    changed(alarm, METRICS, [{ ...unhealthy, accountId: '210987654321' }]),
    ['AlarmRule'],
  ],
  [
    'a contributor without a WorkSpace',
    changed(contributor, 'detail.alarmContributor.attributes', { InstanceId: 'i-1' }),
    [],
  ],
  [
    'the alarm-level event of the fleet alarm',
    changed(
      changed(contributor, 'detail.alarmContributor', undefined),
      'detail-type',
      'CloudWatch Alarm State Change',
    ),
    [],
  ],
  [
    'Available',
    changed(alarm, METRICS, [metric('AWS/WorkSpaces', 'Available', { WorkspaceId: 'ws-8kq3zn1yd' })]),
    [],
  ],
  [
    'another namespace with a WorkspaceId',
    changed(alarm, METRICS, [metric('My/WorkSpaces', 'Unhealthy', { WorkspaceId: 'ws-8kq3zn1yd' })]),
    [],
  ],
  [
    'namespace and id in different metrics',
    changed(alarm, METRICS, [
      metric('AWS/WorkSpaces', 'Unhealthy', { DirectoryId: 'd-1' }),
      metric('My/App', 'Unhealthy', { WorkspaceId: 'ws-8kq3zn1yd' }),
    ]),
    [],
  ],
  [
    'namespace and id in metrics of different inner arrays',
    changed(alarm, METRICS, [
      [metric('AWS/WorkSpaces', 'Unhealthy', { DirectoryId: 'd-1' })],
      [metric('My/App', 'Unhealthy', { WorkspaceId: 'ws-8kq3zn1yd' })],
    ]),
    [],
  ],
  ['another source', changed(alarm, 'source', 'my.app'), []],
  ['another account', changed(alarm, 'account', '210987654321'), []],
  ['another Region', changed(alarm, 'region', 'eu-central-1'), []],
  ['a contributor of another account', changed(contributor, 'account', '210987654321'), []],
  ['a contributor of another Region', changed(contributor, 'region', 'eu-central-1'), []],
])('%s', (_, event, expected) => {
  expect(started(event)).toEqual(expected);
});

test.each(['TIMED_OUT', 'ABORTED', 'FAILED', 'SUCCEEDED', 'RUNNING'])('execution status %s', (status) => {
  const event = {
    account: '123456789012',
    region: 'us-east-1',
    source: 'aws.states',
    'detail-type': 'Step Functions Execution Status Change',
    detail: { status, stateMachineArn: stack.stateMachine.arn },
  };
  const netArn = stack.functions.find(({ artifact }) => artifact === 'net')?.arn;
  const net = stack.rules.filter(({ targets }) => targets.some(({ arn }) => arn === netArn));
  const told = (of: unknown) => net.some(({ pattern }) => matches(pattern, of));
  expect(told(event)).toBe(['TIMED_OUT', 'ABORTED', 'FAILED'].includes(status));
  expect(told(changed(event, 'detail.stateMachineArn', 'another'))).toBe(false);
  expect(told(changed(event, 'account', '210987654321'))).toBe(false);
  expect(told(changed(event, 'region', 'eu-central-1'))).toBe(false);
});

test('an operator that is not known is an error, not a mismatch', () => {
  expect(() => matches({ a: [{ cidr: '10.0.0.0/8' }] }, { a: '10.0.0.1' })).toThrow(PatternError);
  expect(() => matches({ a: 'text' }, { a: 'text' })).toThrow(PatternError);
});

test.each<[unknown, unknown, boolean]>([
  [{ a: [{ exists: true }] }, { a: null }, true],
  [{ a: [{ exists: true }] }, {}, false],
  [{ a: [{ exists: false }] }, { a: 0 }, false],
  [{ a: [1] }, { a: [0, 1] }, true],
  [{ a: ['1'] }, { a: 1 }, false],
  [{ a: [{ prefix: 'ws-' }] }, { a: 5 }, false],
  [{ a: { b: [1], c: [2] } }, { a: [[{ b: 1 }], [{ c: 2 }]] }, false],
  [{ a: { b: [1], c: [2] } }, { a: [[{ b: 1, c: 2 }], [{ c: 3 }]] }, true],
  [{ a: { b: [1], c: [{ exists: false }] } }, { a: [{ b: 1 }, { c: 2 }] }, true],
  [{ a: { c: [{ exists: false }], b: [1] } }, { a: [{ b: 1 }, { c: 2 }] }, true],
  [{ a: { b: [1], c: [{ exists: false }] } }, { a: [{ b: 1, c: 2 }] }, false],
  [{ a: { b: [{ exists: false }], c: [1] } }, { a: [{ b: 2 }, { c: 1 }] }, false],
  [{ a: { b: [1] } }, { 'a.b': 1 }, true],
])('%j on %j: %s', (pattern, event, expected) => {
  expect(matches(pattern, event)).toBe(expected);
});
