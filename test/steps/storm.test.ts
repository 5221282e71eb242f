/** The guard storm, by what the table counts and what CloudWatch answers, or does not. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Observation } from '../../functions/observation.ts';
import { type Listening, reply, serve } from '../../local/desk/http.ts';
import { getMetricData } from '../../local/desk/metrics-server.ts';
import { loadStack } from '../../local/desk/template.ts';
import { WorkspacesServer } from '../../local/desk/workspaces-server.ts';
import { SimulatedTable } from '../../local/simulation/table.ts';
import { bystanders } from '../../local/stories/bystanders.ts';
import { brokenDesktop } from '../../local/stories/samples.ts';
import { incident, SETTINGS, START, seen } from '../policy/fixtures.ts';
import { stubEnvironment } from './harness.ts';

const NIGHT = 'd-0000000047';
const desktops = new WorkspacesServer({
  now: Date.now,
  desktops: [
    ...['ws-0night0001', 'ws-0night0002'].map((workspaceId) =>
      brokenDesktop({ workspaceId, directoryId: NIGHT }),
    ),
    ...bystanders({ healthy: { [NIGHT]: 1 }, stopped: { [NIGHT]: 47 } }),
  ],
});
let isAway = false;
let servers: Listening[] = [];
let storm: typeof import('../../functions/guards/storm.ts');

beforeAll(async () => {
  const inProcess = await SimulatedTable.create();
  const dynamo = await serve((request) => inProcess.handle(request));
  const metrics = await serve((request) =>
    isAway ? reply(500, { __type: 'InternalServiceFault' }) : getMetricData(request, desktops, Date.now()),
  );
  servers = [dynamo, metrics];
  stubEnvironment(loadStack(), { DYNAMODB: dynamo, CLOUDWATCH: metrics });
  vi.stubEnv('TABLE_NAME', inProcess.name);
  storm = await import('../../functions/guards/storm.ts');
});

afterAll(() => Promise.all(servers.map((each) => each.close())));

/** A WorkSpace of a directory that is broken: it is counted, and the guard is asked. */
async function broken(workspaceId: string, directoryId: string) {
  const known = incident();
  const seenNow: Observation = seen('ERROR', 0, { directoryId });
  const pass = {
    incident: { ...known, request: { ...known.request, workspaceId } },
    settings: SETTINGS,
    unreadable: 0,
    now: () => START,
    seen: seenNow,
    tags: {},
  };
  await storm.read(pass);
  return await storm.ask(pass);
}

test('no numbers and one incident are no storm, however often it is looked at; a second one is not judged', async () => {
  expect(await broken('ws-0alone0001', 'd-0000000001')).toMatchObject({ says: 'go' });
  expect(await broken('ws-0alone0001', 'd-0000000001')).toMatchObject({ says: 'go' });
  await expect(broken('ws-0alone0002', 'd-0000000001')).rejects.toMatchObject({
    name: 'NoMetricsError',
    message: 'CloudWatch has no numbers of a directory with 2 incidents',
  });
});

test('a CloudWatch that does not answer is not one without numbers', async () => {
  isAway = true;
  await expect(broken('ws-0alone0003', 'd-0000000002')).rejects.toMatchObject({ name: 'AwsUnavailable' });
  isAway = false;
  expect(await broken('ws-0alone0003', 'd-0000000002')).toMatchObject({ says: 'go' });
});

test('at night, with nearly all stopped, two that are broken are no storm', async () => {
  expect(await broken('ws-0night0001', NIGHT)).toMatchObject({ says: 'go' });
  expect(await broken('ws-0night0002', NIGHT)).toMatchObject({ says: 'go' });
});
