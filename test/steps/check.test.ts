/** What Check and Act do together about a WorkSpace that stops, that somebody else works on, or while AWS is away. */
import { CreateTableCommand, DeleteItemCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Incident } from '../../functions/incident.ts';
import {
  type ApiRequest,
  type ApiResponse,
  type Listening,
  listen,
  reply,
  serve,
} from '../../local/desk/http.ts';
import { getMetricData } from '../../local/desk/metrics-server.ts';
import { getParameter } from '../../local/desk/parameter-server.ts';
import { loadStack } from '../../local/desk/template.ts';
import { WorkspacesServer } from '../../local/desk/workspaces-server.ts';
import { SimulatedTable } from '../../local/simulation/table.ts';
import { brokenDesktop } from '../../local/stories/samples.ts';
import { breaking, context, execution, type Fault, stubEnvironment } from './harness.ts';

const ID = 'ws-8kq3zn1yd';
const LONG_AGO = '2026-11-02T17:00:00.000Z';
let desktops: WorkspacesServer;
let fault: (operation: string) => Fault;
/** An answer of the table in place of its own. */
let tableFault: (request: ApiRequest) => ApiResponse | undefined = () => undefined;
let servers: Listening[] = [];
let table: DynamoDBClient;
const stack = loadStack();
let steps: { intake: Step; check: Step; act: Step };
type Step = (event: unknown, context: Context) => Promise<Incident>;

beforeAll(async () => {
  const inProcess = await SimulatedTable.create();
  const dynamo = await serve((request) => tableFault(request) ?? inProcess.handle(request));
  const faulty = (operation: string) => fault(operation);
  const workspaces = await listen(breaking((request) => desktops.handle(request), faulty));
  const parameters = await serve((request) => getParameter(request, () => 'on'));
  const metrics = await serve((request) => getMetricData(request, desktops, Date.now()));
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
  steps = { intake: intake.handler, check: confirmed, act: act.handler };
  table = new DynamoDBClient({ region: 'us-east-1' });
  await table.send(new CreateTableCommand(stack.table));
});

afterAll(async () => {
  table.destroy();
  await Promise.all(servers.map((each) => each.close()));
});

const items = async () => (await table.send(new ScanCommand({ TableName: stack.tableName }))).Items ?? [];

/** Forgets what Powertools remembers, as it does itself after a throw or once a record has expired. */
async function forgetResults(prefix = 'attempt'): Promise<void> {
  for (const item of await items()) {
    if (item.id?.S?.startsWith(prefix)) {
      await table.send(new DeleteItemCommand({ TableName: stack.tableName, Key: { id: item.id } }));
    }
  }
}

beforeEach(async () => {
  fault = () => 'none';
  tableFault = () => undefined;
  desktops = new WorkspacesServer({ now: Date.now, desktops: [brokenDesktop()] });
  await forgetResults('');
});

async function checked(): Promise<Incident> {
  const taken = await steps.intake({ input: { workspaceId: ID }, execution }, context);
  return steps.check(taken, context);
}
const sent = () => desktops.calls.filter(({ operation }) => operation === 'RebuildWorkspaces').length;

const away = () => reply(500, { __type: 'InternalServerError', message: 'No' });

test.each([
  [
    'the table',
    () => {
      tableFault = away;
    },
  ],
  [
    'the claim',
    () => {
      tableFault = ({ body }) => (body.includes('lastAttempt < :attempt') ? away() : undefined);
    },
  ],
  [
    'WorkSpaces',
    () => {
      fault = () => '500';
    },
  ],
])('while %s is away nothing is sent, and it is looked at again', async (_, breakIt) => {
  const incident = await checked();
  breakIt();
  const next = await steps.act(incident, context);
  expect(next).toMatchObject({
    awaySince: expect.stringMatching(/Z$/),
    decision: { action: 'WAIT', reason: expect.stringContaining('does not answer') },
  });
  expect(next.next).toBeUndefined();
  expect(sent()).toBe(0);
  tableFault = () => undefined;
  fault = () => 'none';
  const sentNow = await steps.act(await steps.check(next, context), context);
  expect([sentNow.awaySince, sentNow.attempt?.result, sent()]).toEqual([undefined, 'accepted', 1]);
});

test('a look while WorkSpaces is away is no look: what was known is kept', async () => {
  const incident = await steps.intake({ input: { workspaceId: ID }, execution }, context);
  fault = () => 'throttled';
  const next = await steps.check({ ...incident, unreadable: 2 }, context);
  expect(next.decision).toMatchObject({ action: 'WAIT' });
  const watching = await steps.act(await checkedAgain(next), context);
  fault = () => '500';
  expect((await steps.check(watching, context)).decision).toMatchObject({ action: 'WATCH' });
});

/** Once AWS is there again. */
async function checkedAgain(incident: Incident): Promise<Incident> {
  fault = () => 'none';
  return steps.check(incident, context);
}

test('one that stopped while it was broken is started, once per day', async () => {
  desktops = new WorkspacesServer({ now: Date.now, desktops: [brokenDesktop({ runningMode: 'AUTO_STOP' })] });
  desktops.setState(ID, 'STOPPED');
  const taken = await steps.intake({ input: { workspaceId: ID }, execution }, context);
  const known = { ...taken, course: { sawBroken: true } };
  const { handler: check } = await import('../../functions/steps/check.ts');
  const woken = await steps.act(await check(known, context), context);
  expect(woken).toMatchObject({
    attempt: { rung: 'start', result: 'accepted' },
    decision: { action: 'WATCH', waitSeconds: 30 },
  });
  const again = await check(known, context);
  expect(again.decision).toMatchObject({
    outcome: 'NEEDS_HUMAN',
    reason: expect.stringContaining('once per day'),
  });
});

test("somebody's rebuild counts for the cooldown once, however often it is read", async () => {
  desktops.setState(ID, 'REBUILDING');
  const taken = await steps.intake({ input: { workspaceId: ID }, execution }, context);
  const first = await steps.check(taken, context);
  await steps.check({ ...first, course: {} }, context);
  const { readRecord } = await import('../../functions/table/leases.ts');
  expect((await readRecord(ID))?.rebuilds).toEqual([first.seen?.at]);
});
