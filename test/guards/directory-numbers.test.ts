/** The numbers of a directory, as CloudWatch has them: late, or none at all. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Listening, serve } from '../../local/desk/http.ts';
import { getMetricData, type Metrics } from '../../local/desk/metrics-server.ts';
import { WorkspacesServer } from '../../local/desk/workspaces-server.ts';
import { brokenDesktop } from '../../local/stories/samples.ts';

const DIRECTORY = 'd-9067206a1f';
let server: Listening;
let health: typeof import('../../functions/aws/directory.ts').directoryHealth;
let healthy = 3;
let metrics: Metrics;

const late = (seconds: number): Metrics => ({
  delay: seconds * 1000,
  isMissing: () => false,
  isPartial: false,
});

beforeAll(async () => {
  server = await serve((request) => {
    const desktops = new WorkspacesServer({
      now: Date.now,
      desktops: [
        brokenDesktop({ state: healthy > 0 ? 'UNHEALTHY' : 'ERROR' }),
        ...Array.from({ length: healthy }, (_, index) =>
          brokenDesktop({ workspaceId: `ws-0healthy${index}`, state: 'AVAILABLE' }),
        ),
      ],
    });
    return getMetricData(request, desktops, Date.now(), metrics);
  });
  vi.stubEnv('AWS_ENDPOINT_URL_CLOUDWATCH', server.url);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  ({ directoryHealth: health } = await import('../../functions/aws/directory.ts'));
});

afterAll(() => server.close());

test('numbers that come at once are taken', async () => {
  metrics = late(0);
  expect(await health(DIRECTORY)).toEqual({ unhealthy: 1, available: 3, stopped: 0 });
});

test('numbers that are late are no fact, and none for hours are none', async () => {
  metrics = late(3600);
  await expect(health(DIRECTORY)).rejects.toMatchObject({ name: 'NoMetricsError' });
  metrics = { ...late(0), isMissing: () => true };
  expect(await health(DIRECTORY)).toBeUndefined();
  healthy = 0;
  metrics = late(0);
  expect(await health(DIRECTORY)).toBeUndefined();
});

test('a part of the numbers is no fact', async () => {
  metrics = { ...late(0), isPartial: true };
  await expect(health(DIRECTORY)).rejects.toMatchObject({ name: 'NoMetricsError' });
});
