/**
 * Amazon CloudWatch on a desk: `GetMetricData` of a directory's `Unhealthy`, `Available` and `Stopped`, as WorkSpaces sends
 * them: https://docs.aws.amazon.com/workspaces/latest/adminguide/cloudwatch-metrics.html
 */
import * as v from 'valibot';
import { type ApiRequest, type ApiResponse, reply } from './http.ts';
import type { WorkspacesServer } from './workspaces-server.ts';

const query = v.object({
  Id: v.string(),
  MetricStat: v.object({
    Metric: v.object({
      Namespace: v.literal('AWS/WorkSpaces'),
      MetricName: v.picklist(['Unhealthy', 'Available', 'Stopped']),
      Dimensions: v.tuple([v.object({ Name: v.literal('DirectoryId'), Value: v.string() })]),
    }),
    Period: v.literal(300),
    Stat: v.literal('Sum'),
  }),
});
const input = v.object({
  MetricDataQueries: v.array(query),
  StartTime: v.number(),
  EndTime: v.number(),
  ScanBy: v.literal('TimestampDescending'),
});

const PERIOD = 300;

/** How the numbers come: late, with periods for which there are none, or only a part of them in this answer. */
export interface Metrics {
  /** Milliseconds from a period's end until its numbers can be read. */
  delay: number;
  isMissing: (period: number) => boolean;
  isPartial: boolean;
}
const PROMPT: Metrics = { delay: 0, isMissing: () => false, isPartial: false };

/** Answers one request. A period's numbers can be read once it is over, if they come at all. */
export function getMetricData(
  { body }: ApiRequest,
  desktops: WorkspacesServer,
  now: number,
  { delay, isMissing, isPartial }: Metrics = PROMPT,
): ApiResponse {
  const { MetricDataQueries, StartTime, EndTime } = v.parse(input, JSON.parse(body));
  const times: number[] = [];
  for (let at = Math.ceil(StartTime / PERIOD) * PERIOD; at < EndTime; at += PERIOD) {
    if ((at + PERIOD) * 1000 + delay <= now && !isMissing(at)) times.unshift(at);
  }
  // An incomplete set, by the API reference (MetricDataResult); the rest would come with the next page.
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataResult.html
  const told = isPartial ? times.slice(0, 1) : times;
  return reply(
    200,
    {
      MetricDataResults: MetricDataQueries.map(({ Id, MetricStat: { Metric } }) => {
        const [{ Value: directoryId }] = Metric.Dimensions;
        const Values = told.map((at) => {
          return desktops.counts(directoryId, (at + PERIOD) * 1000)[Metric.MetricName];
        });
        const StatusCode = isPartial ? 'PartialData' : 'Complete';
        return { Id, Label: Metric.MetricName, StatusCode, Timestamps: told, Values };
      }),
      Messages: [],
    },
    '1.0',
  );
}
