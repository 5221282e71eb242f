/** Whether people learn of what ended in the dead-letter queue: by its alarm alone. */
import * as v from 'valibot';
import type { Happening } from '../trace.ts';

const SECOND = 1_000;
/** CloudWatch looks once a minute; the message is on its way for a moment. */
const EVALUATION = 61 * SECOND;

/** What CloudWatch publishes of an alarm on a queue. */
const queueAlarm = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    NewStateValue: v.literal('ALARM'),
    Trigger: v.object({
      Namespace: v.literal('AWS/SQS'),
      MetricName: v.literal('ApproximateNumberOfMessagesVisible'),
      Period: v.number(),
      EvaluationPeriods: v.number(),
    }),
  }),
);

/**
 * Names of the executions whose end is in the queue and whose queue's alarm reached the topic in time. An alarm that
 * stands counts too: as long as nobody has emptied the queue, who was told of it has it still to read.
 */
export function toldByAlarm(happenings: readonly Happening[]): Set<string> {
  const alarms = happenings.flatMap((one) => {
    const parsed = one.kind === 'published' ? v.safeParse(queueAlarm, one.message) : undefined;
    if (!parsed?.success) return [];
    const { Period, EvaluationPeriods } = parsed.output.Trigger;
    return [{ at: one.at, within: Period * EvaluationPeriods * SECOND + EVALUATION }];
  });
  const dead = happenings.filter((one) => one.kind === 'dead-letter');
  return new Set(
    dead
      .filter(({ at: since }) => alarms.some(({ at, within }) => at <= since + within))
      .map(({ about }) => about),
  );
}
