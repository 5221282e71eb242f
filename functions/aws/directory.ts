import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { type DirectoryHealth, type Series, worstPeriod } from '../policy/storm.ts';
import { REQUEST_HANDLER } from './clients.ts';
import { followOutages } from './unavailable.ts';

const client = new CloudWatchClient({ requestHandler: REQUEST_HANDLER });
followOutages('CloudWatch', client);

/** CloudWatch has not all numbers of a directory yet, or none where there must be some. */
export class NoMetricsError extends Error {
  override readonly name = 'NoMetricsError';
}

/** WorkSpaces sends its metrics every five minutes; of so many periods the worst counts, since the last may be partial. */
const PERIOD = 300;
const PERIODS = 2;

/** A directory with a number in so many periods has some: newer ones are late, not missing. Three hours. */
const REMEMBERED = 36;

/**
 * How many WorkSpaces of a directory are unhealthy, well and stopped, by one `GetMetricData`; `undefined` where CloudWatch
 * has had no numbers of it for hours.
 * @throws AwsUnavailable, CloudWatchServiceException, NoMetricsError
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
 * @see https://docs.aws.amazon.com/workspaces/latest/adminguide/cloudwatch-metrics.html
 */
export async function directoryHealth(directoryId: string): Promise<DirectoryHealth | undefined> {
  const end = Math.ceil(Date.now() / 1000 / PERIOD) * PERIOD;
  const query = (MetricName: string) => ({
    Id: MetricName.toLowerCase(),
    MetricStat: {
      Metric: {
        Namespace: 'AWS/WorkSpaces',
        MetricName,
        Dimensions: [{ Name: 'DirectoryId', Value: directoryId }],
      },
      Period: PERIOD,
      Stat: 'Sum',
    },
  });
  const { MetricDataResults = [] } = await client.send(
    new GetMetricDataCommand({
      MetricDataQueries: [query('Unhealthy'), query('Available'), query('Stopped')],
      StartTime: new Date((end - PERIOD * REMEMBERED) * 1000),
      EndTime: new Date(end * 1000),
      ScanBy: 'TimestampDescending',
    }),
  );
  const series = (id: string): Series => {
    const result = MetricDataResults.find(({ Id }) => Id === id);
    if (result?.StatusCode !== 'Complete') {
      throw new NoMetricsError(`CloudWatch has no complete numbers of directory ${directoryId}.`);
    }
    const { Timestamps = [], Values = [] } = result;
    return new Map(Timestamps.map((at, index) => [at.getTime(), Values[index] ?? 0]));
  };
  const all = [series('unhealthy'), series('available'), series('stopped')] as const;
  // The period under way, and those before it.
  const since = (end - PERIOD * (PERIODS + 1)) * 1000;
  const lately = (numbers: Series): Series => new Map([...numbers].filter(([at]) => at >= since));
  const health = worstPeriod(lately(all[0]), lately(all[1]), lately(all[2]));
  if (!health && all.some((numbers) => [...numbers.values()].some((number) => number > 0))) {
    throw new NoMetricsError(
      `CloudWatch has no numbers yet of directory ${directoryId} for the last minutes.`,
    );
  }
  return health;
}
