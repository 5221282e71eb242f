/**
 * Amazon CloudWatch alarms on a desk: on one metric, or on a sum of some, with a static threshold. Their actions are
 * messages to an SNS topic.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
 */
import type { Notification } from './sns-server.ts';

export interface AlarmMetric {
  namespace: string;
  name: string;
  dimensions: Readonly<Record<string, string>>;
  statistic: string;
}

export interface AlarmSpec {
  name: string;
  description: string;
  /** What is added up; mostly one. */
  metrics: readonly AlarmMetric[];
  periodSeconds: number;
  evaluationPeriods: number;
  datapointsToAlarm: number;
  threshold: number;
  comparison: string;
  treatMissingData: string;
  /** ARNs of what is told when it goes into ALARM. */
  actions: readonly string[];
}

const SECOND = 1_000;
/** Alarms on periods of a minute and longer are evaluated once a minute, over the periods that end then. */
const EVALUATION = 60 * SECOND;

const COMPARISONS: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
};

interface Datapoint {
  at: number;
  value: number;
}

interface Outside {
  region: string;
  account: string;
  /** Does something later; `hold`: the story goes on until then. */
  later: (milliseconds: number, hold: boolean, task: () => void) => void;
  /** An action: a message to this topic. */
  publish: (topicArn: string, notification: Notification) => void;
}

/** The alarms of a stack. They look only while there is something to see: nothing is evaluated without a datapoint. */
export class Alarms {
  readonly #alarms: Alarm[];

  constructor(specs: readonly AlarmSpec[], outside: Outside) {
    this.#alarms = specs.map((spec) => new Alarm(spec, outside));
  }

  /** So many have been counted: errors of a function, say. */
  count(namespace: string, name: string, dimension: string, value = 1): void {
    for (const alarm of this.#watching(namespace, name, dimension)) alarm.add(value, false);
  }

  /** A gauge shows so many, from now on: messages in a queue, say. */
  gauge(namespace: string, name: string, dimension: string, value: number): void {
    for (const alarm of this.#watching(namespace, name, dimension)) alarm.add(value, true);
  }

  #watching(namespace: string, name: string, dimension: string): Alarm[] {
    return this.#alarms.filter(({ spec }) =>
      spec.metrics.some(
        (metric) =>
          metric.namespace === namespace &&
          metric.name === name &&
          Object.values(metric.dimensions).includes(dimension),
      ),
    );
  }
}

const untilLook = () => EVALUATION - (Date.now() % EVALUATION);

class Alarm {
  readonly spec: AlarmSpec;
  readonly #outside: Outside;
  /** What was counted, or what the gauge has shown from when on, as far back as it matters. */
  #points: Datapoint[] = [];
  #isGauge = false;
  #isAlarm = false;
  #isWatching = false;
  #isHeld = false;

  constructor(spec: AlarmSpec, outside: Outside) {
    this.spec = spec;
    this.#outside = outside;
  }

  add(value: number, isGauge: boolean): void {
    this.#isGauge = isGauge;
    this.#points.push({ at: Date.now(), value });
    if (!this.#isWatching) this.#watch(true);
    else if (!this.#isHeld) {
      // The look that is due tells of this as well, and must not be missed.
      this.#isHeld = true;
      this.#outside.later(untilLook(), true, () => undefined);
    }
  }

  /** Looks at the end of the minute, and on while anything new is in its periods. */
  #watch(hold: boolean): void {
    const { periodSeconds, evaluationPeriods } = this.spec;
    this.#isWatching = true;
    this.#isHeld = hold;
    this.#outside.later(untilLook(), hold, () => {
      const now = Date.now();
      this.#isWatching = false;
      this.#evaluate(now);
      const age = now - (this.#points.at(-1)?.at ?? 0);
      const period = periodSeconds * SECOND;
      // With one period the first look tells, and later ones only find that it is over.
      if (age <= period * evaluationPeriods) this.#watch(age <= period * (evaluationPeriods - 1));
    });
  }

  #evaluate(now: number): void {
    const { spec } = this;
    const period = spec.periodSeconds * SECOND;
    const oldest = now - period * spec.evaluationPeriods;
    const values = Array.from({ length: spec.evaluationPeriods }, (_, index) =>
      this.#valueOf(oldest + index * period, oldest + (index + 1) * period),
    );
    const breaching = values.filter((value) => this.#isBreaching(value));
    const wasAlarm = this.#isAlarm;
    if (spec.treatMissingData !== 'ignore' || values.some((value) => value !== undefined)) {
      this.#isAlarm = breaching.length >= spec.datapointsToAlarm;
    }
    const last = this.#points.at(-1);
    this.#points = this.#points.filter((point) => point.at >= oldest || (this.#isGauge && point === last));
    if (this.#isAlarm && !wasAlarm) this.#act(now, breaching);
  }

  /** A period's value: the highest that a gauge showed in it; all else is added up. */
  #valueOf(from: number, to: number): number | undefined {
    const inside = this.#points.filter(({ at }) => from <= at && at < to).map(({ value }) => value);
    if (!this.#isGauge) return inside.length === 0 ? undefined : inside.reduce((sum, one) => sum + one, 0);
    const before = this.#points.findLast(({ at }) => at < from)?.value;
    return before === undefined && inside.length === 0 ? undefined : Math.max(before ?? 0, ...inside);
  }

  #isBreaching(value: number | undefined): boolean {
    const { comparison, threshold, treatMissingData } = this.spec;
    if (value === undefined) return treatMissingData === 'breaching';
    return COMPARISONS[comparison]?.(value, threshold) ?? false;
  }

  /** An action is taken when the state changes, and not again while it lasts. */
  #act(now: number, breaching: readonly (number | undefined)[]): void {
    const { spec } = this;
    for (const action of spec.actions) {
      this.#outside.publish(action, messageOf(spec, this.#outside, now, breaching));
    }
  }
}

/**
 * What CloudWatch publishes.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
 */
function messageOf(
  spec: AlarmSpec,
  { region, account }: Outside,
  now: number,
  breaching: readonly (number | undefined)[],
): Notification {
  const [metric] = spec.metrics;
  const values = breaching.map((value) => (value ?? 0).toFixed(1)).join(', ');
  return {
    subject: `ALARM: "${spec.name}" in ${region}`,
    message: JSON.stringify({
      AlarmName: spec.name,
      AlarmDescription: spec.description,
      AWSAccountId: account,
      NewStateValue: 'ALARM',
      NewStateReason: `Threshold Crossed: ${breaching.length} out of the last ${spec.evaluationPeriods} datapoints [${values}] crossed the threshold (${spec.threshold.toFixed(1)}).`,
      StateChangeTime: new Date(now).toISOString().replace('Z', '+0000'),
      Region: region,
      AlarmArn: `arn:aws:cloudwatch:${region}:${account}:alarm:${spec.name}`,
      OldStateValue: 'OK',
      Trigger: {
        ...(metric &&
          spec.metrics.length === 1 && {
            MetricName: metric.name,
            Namespace: metric.namespace,
            Statistic: metric.statistic.toUpperCase(),
            Dimensions: Object.entries(metric.dimensions).map(([name, value]) => ({ name, value })),
          }),
        Period: spec.periodSeconds,
        EvaluationPeriods: spec.evaluationPeriods,
        DatapointsToAlarm: spec.datapointsToAlarm,
        ComparisonOperator: spec.comparison,
        Threshold: spec.threshold,
        TreatMissingData: spec.treatMissingData,
      },
    }),
  };
}
