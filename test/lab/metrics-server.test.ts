import { expect, test } from 'vitest';
import { getMetricData } from '../../local/desk/metrics-server.ts';
import { WorkspacesServer } from '../../local/desk/workspaces-server.ts';
import { bystanders } from '../../local/stories/bystanders.ts';
import { brokenDesktop } from '../../local/stories/samples.ts';

const PERIOD = 300;

test('how many of a directory are unhealthy, available and stopped', () => {
  const counted = { healthy: { 'd-9067206a1f': 3 }, stopped: { 'd-9067206a1f': 2, 'd-1111111111': 9 } };
  const desktops = new WorkspacesServer({
    now: () => 0,
    desktops: [brokenDesktop(), ...bystanders(counted)],
  });
  const query = (MetricName: string) => ({
    Id: MetricName.toLowerCase(),
    MetricStat: {
      Metric: {
        Namespace: 'AWS/WorkSpaces',
        MetricName,
        Dimensions: [{ Name: 'DirectoryId', Value: 'd-9067206a1f' }],
      },
      Period: PERIOD,
      Stat: 'Sum',
    },
  });
  const body = JSON.stringify({
    MetricDataQueries: ['Unhealthy', 'Available', 'Stopped'].map(query),
    StartTime: 0,
    EndTime: PERIOD,
    ScanBy: 'TimestampDescending',
  });
  const answer = getMetricData({ headers: {}, body }, desktops, PERIOD * 1000);
  expect(JSON.parse(answer.body).MetricDataResults).toMatchObject([
    { Id: 'unhealthy', Values: [1] },
    { Id: 'available', Values: [3] },
    { Id: 'stopped', Values: [2] },
  ]);
});
