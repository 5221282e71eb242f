import { beforeEach, expect, test, vi } from 'vitest';
import { type AlarmSpec, Alarms } from '../../local/desk/alarms.ts';
import { loadStack } from '../../local/desk/template.ts';

const MINUTE = 60_000;
const NOON = Date.parse('2026-11-02T12:00:20.000Z');
const TOPIC = 'arn:aws:sns:us-east-1:123456789012:topic';

beforeEach(() => {
  vi.useFakeTimers({ now: NOON });
  return () => {
    vi.useRealTimers();
  };
});

const spec = (more: Partial<AlarmSpec> = {}): AlarmSpec => ({
  name: 'errors',
  description: 'It failed.',
  metrics: [
    { namespace: 'AWS/Lambda', name: 'Errors', dimensions: { FunctionName: 'net' }, statistic: 'Sum' },
  ],
  periodSeconds: 300,
  evaluationPeriods: 1,
  datapointsToAlarm: 1,
  threshold: 2,
  comparison: 'GreaterThanOrEqualToThreshold',
  treatMissingData: 'notBreaching',
  actions: [TOPIC],
  ...more,
});

function watch(...specs: AlarmSpec[]) {
  const told: { at: number; topic: string; subject: string; message: unknown }[] = [];
  let held = 0;
  const alarms = new Alarms(specs, {
    region: 'us-east-1',
    account: '123456789012',
    later: (milliseconds, hold, task) => {
      if (hold) held++;
      setTimeout(() => {
        if (hold) held--;
        task();
      }, milliseconds);
    },
    publish: (topic, { subject, message }) =>
      told.push({ at: (Date.now() - NOON) / 1000, topic, subject, message: JSON.parse(message) }),
  });
  return { alarms, told, isHeld: () => held > 0 };
}

test('goes into ALARM at the end of the minute, once as long as it lasts, and again after it was over', async () => {
  const { alarms, told } = watch(spec());
  const fail = () => alarms.count('AWS/Lambda', 'Errors', 'net');
  fail();
  await vi.advanceTimersByTimeAsync(3 * MINUTE);
  expect(told).toEqual([]);
  // The second of five minutes.
  fail();
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(told.map(({ at, topic, subject }) => [at, topic, subject])).toEqual([
    [220, TOPIC, 'ALARM: "errors" in us-east-1'],
  ]);
  fail();
  await vi.advanceTimersByTimeAsync(10 * MINUTE);
  expect(told).toHaveLength(1);
  fail();
  fail();
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(told).toHaveLength(2);
});

test('other metrics and other functions are not its own', async () => {
  const { alarms, told } = watch(spec({ threshold: 1 }));
  alarms.count('AWS/Lambda', 'Errors', 'poll');
  alarms.count('AWS/Lambda', 'Throttles', 'net');
  await vi.advanceTimersByTimeAsync(10 * MINUTE);
  expect(told).toEqual([]);
});

test('two periods in a row take two periods', async () => {
  const queue = {
    namespace: 'AWS/SQS',
    name: 'Visible',
    dimensions: { QueueName: 'q' },
    statistic: 'Maximum',
  };
  const { alarms, told, isHeld } = watch(
    spec({ metrics: [queue], periodSeconds: 60, evaluationPeriods: 2, datapointsToAlarm: 2, threshold: 1 }),
  );
  alarms.gauge('AWS/SQS', 'Visible', 'q', 1);
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(told).toEqual([]);
  expect(isHeld()).toBe(true);
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(told).toMatchObject([{ at: 100, message: { Trigger: { MetricName: 'Visible', Period: 60 } } }]);
  await vi.advanceTimersByTimeAsync(60 * MINUTE);
  expect(told).toHaveLength(1);
  expect([vi.getTimerCount(), isHeld()]).toEqual([0, false]);
});

test.each(['Errors', 'Throttles'])('%s of Net alone go into ALARM, and the dead letters', async (metric) => {
  const stack = loadStack();
  const { alarms, told } = watch(...stack.alarms);
  for (const { name } of stack.functions) alarms.count('AWS/Lambda', metric, name);
  alarms.gauge('AWS/SQS', 'ApproximateNumberOfMessagesVisible', stack.deadLetterQueue, 1);
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(told.map(({ topic, subject }) => [topic, subject])).toEqual(
    ['NetErrorsAlarm', 'DeadLetterAlarm'].map((alarm) => [
      stack.topicArn,
      `ALARM: "workspaces-remediation-${alarm}" in us-east-1`,
    ]),
  );
});
