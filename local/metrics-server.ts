/** Amazon CloudWatch on a desk: `GetMetricData` of a directory's `Unhealthy` and `Available`, as WorkSpaces sends them. */
import * as v from 'valibot';
import { type ApiRequest, type ApiResponse, reply } from './http.ts';
import type { WorkspacesServer } from './workspaces-server.ts';

const query = v.object({
  Id: v.string(),
  MetricStat: v.object({
    Metric: v.object({
      Namespace: v.literal('AWS/WorkSpaces'),
      MetricName: v.picklist(['Unhealthy', 'Available']),
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

/** Answers one request. A period's numbers can be read once it is over. */
export function getMetricData({ body }: ApiRequest, desktops: WorkspacesServer, now: number): ApiResponse {
  const { MetricDataQueries, StartTime, EndTime } = v.parse(input, JSON.parse(body));
  const times: number[] = [];
  for (let at = Math.ceil(StartTime / PERIOD) * PERIOD; at < EndTime; at += PERIOD) {
    if ((at + PERIOD) * 1000 <= now) times.unshift(at);
  }
  return reply(
    200,
    {
      MetricDataResults: MetricDataQueries.map(({ Id, MetricStat: { Metric } }) => {
        const [{ Value: directoryId }] = Metric.Dimensions;
        const Values = times.map((at) => {
          const { unhealthy, available } = desktops.counts(directoryId, (at + PERIOD) * 1000);
          return Metric.MetricName === 'Unhealthy' ? unhealthy : available;
        });
        return { Id, Label: Metric.MetricName, StatusCode: 'Complete', Timestamps: times, Values };
      }),
      Messages: [],
    },
    '1.0',
  );
}
