/** Intake, Check and Act of the sources, on a desk: WorkSpaces, the table, the mode and the numbers, each with its faults. */
import { CreateTableCommand, DeleteItemCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { Incident } from '../../functions/incident.ts';
import { type ApiRequest, type ApiResponse, type Listening, listen, serve } from '../../local/desk/http.ts';
import { getMetricData } from '../../local/desk/metrics-server.ts';
import { getParameter } from '../../local/desk/parameter-server.ts';
import { loadStack } from '../../local/desk/template.ts';
import { WorkspacesServer } from '../../local/desk/workspaces-server.ts';
import { SimulatedTable } from '../../local/simulation/table.ts';
import { brokenDesktop } from '../../local/stories/samples.ts';
import { breaking, context, execution, type Fault, stubEnvironment } from './harness.ts';

export const ID = 'ws-8kq3zn1yd';
const LONG_AGO = '2026-11-02T17:00:00.000Z';
export const stack = loadStack();

type Step = (event: unknown, context: Context) => Promise<Incident>;

/** What a test sets anew. */
interface Desk {
  workspaces: WorkspacesServer;
  fault: (operation: string) => Fault;
  /** An answer of the table in place of its own. */
  tableFault: (request: ApiRequest) => ApiResponse | undefined;
}

const fresh = (): Desk => ({
  workspaces: new WorkspacesServer({ now: Date.now, desktops: [brokenDesktop()] }),
  fault: () => 'none',
  tableFault: () => undefined,
});

export const desk = fresh();
let servers: Listening[] = [];
export let table: DynamoDBClient;
/** Check takes what it reads for confirmed; `look` takes its time. */
export let steps: { intake: Step; check: Step; look: Step; act: Step };

beforeAll(async () => {
  const inProcess = await SimulatedTable.create();
  const dynamo = await serve((request) => desk.tableFault(request) ?? inProcess.handle(request));
  const faulty = (operation: string) => desk.fault(operation);
  const workspaces = await listen(breaking((request) => desk.workspaces.handle(request), faulty));
  const parameters = await serve((request) => getParameter(request, () => 'on'));
  const metrics = await serve((request) => getMetricData(request, desk.workspaces, Date.now()));
  servers = [dynamo, workspaces, parameters, metrics];
  stubEnvironment(stack, {
    DYNAMODB: dynamo,
    WORKSPACES: workspaces,
    SSM: parameters,
    CLOUDWATCH: metrics,
  });
  // The adapters make their clients when they are loaded, from the environment.
  const [intake, check, act] = await Promise.all([
    import('../../functions/steps/intake.ts'),
    import('../../functions/steps/check.ts'),
    import('../../functions/steps/act.ts'),
  ]);
  // It has been bad for long enough.
  const confirmed: Step = (event, by) =>
    check.handler(Object.assign({}, event, { course: { badSince: LONG_AGO, goodSince: LONG_AGO } }), by);
  steps = { intake: intake.handler, check: confirmed, look: check.handler, act: act.handler };
  table = new DynamoDBClient({ region: 'us-east-1' });
  await table.send(new CreateTableCommand(stack.table));
});

afterAll(async () => {
  table.destroy();
  await Promise.all(servers.map((each) => each.close()));
});

beforeEach(async () => {
  Object.assign(desk, fresh());
  await forgetResults('');
});

export const items = async () =>
  (await table.send(new ScanCommand({ TableName: stack.tableName }))).Items ?? [];

/** Forgets what Powertools remembers, as it does itself after a throw or once a record has expired. */
export async function forgetResults(prefix = 'attempt'): Promise<void> {
  for (const item of await items()) {
    if (item.id?.S?.startsWith(prefix)) {
      await table.send(new DeleteItemCommand({ TableName: stack.tableName, Key: { id: item.id } }));
    }
  }
}

export const taken = (): Promise<Incident> =>
  steps.intake({ input: { workspaceId: ID }, execution }, context);

export const checked = async (): Promise<Incident> => steps.check(await taken(), context);

export const sent = () =>
  desk.workspaces.calls.filter(({ operation }) => operation === 'RebuildWorkspaces').length;
