/** What Net says of a WorkSpace whose execution was stopped: what it is now, or why that is not known. */
import { DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { describeExecution } from '../../local/desk/executions-server.ts';
import { type ApiResponse, type Listening, listen, reply, serve } from '../../local/desk/http.ts';
import { SnsServer } from '../../local/desk/sns-server.ts';
import { loadStack } from '../../local/desk/template.ts';
import { WorkspacesServer } from '../../local/desk/workspaces-server.ts';
import { SimulatedTable } from '../../local/simulation/table.ts';
import { brokenDesktop } from '../../local/stories/samples.ts';
import { breaking, context, execution, type Fault, stubEnvironment } from './harness.ts';

const ID = 'ws-8kq3zn1yd';
const CLAIMED = '2026-11-02T17:07:00.000Z';
const DATA = '2026-11-02T12:00:00.000Z';
const SEEN = { at: '2026-11-02T17:06:59.000Z', state: 'UNHEALTHY', directoryId: 'd-9067206a1f' };
const EVENT = {
  'detail-type': 'Step Functions Execution Status Change',
  detail: { executionArn: execution.id, name: execution.name, status: 'ABORTED' },
};
const stack = loadStack();
let inProcess: SimulatedTable;
let desktops: WorkspacesServer;
let fault: Fault;
let tableFault: () => ApiResponse | undefined;
let sns: SnsServer;
let servers: Listening[] = [];
let table: DynamoDBClient;
let net: typeof import('../../functions/steps/net.ts').handler;
let leases: typeof import('../../functions/table/leases.ts');

beforeAll(async () => {
  inProcess = await SimulatedTable.create();
  const dynamo = await serve((request) => tableFault() ?? inProcess.handle(request));
  const workspaces = await listen(
    breaking(
      (request) => desktops.handle(request),
      () => fault,
    ),
  );
  const executions = await serve((request) =>
    describeExecution(request, (arn) => ({
      arn,
      name: 'one',
      status: 'ABORTED',
      input: { workspaceId: ID },
      startedAt: 0,
      endedAt: 1,
    })),
  );
  const topic = await serve((request) => sns.handle(request));
  servers = [dynamo, workspaces, executions, topic];
  stubEnvironment(stack, { DYNAMODB: dynamo, WORKSPACES: workspaces, SFN: executions, SNS: topic });
  vi.stubEnv('TABLE_NAME', inProcess.name);
  table = new DynamoDBClient({ region: 'us-east-1' });
  ({ handler: net } = await import('../../functions/steps/net.ts'));
  leases = await import('../../functions/table/leases.ts');
});

afterAll(async () => {
  table.destroy();
  await Promise.all(servers.map((each) => each.close()));
});

beforeEach(async () => {
  fault = 'none';
  tableFault = () => undefined;
  sns = new SnsServer(String(process.env.TOPIC_ARN));
  desktops = new WorkspacesServer({ now: Date.now, desktops: [brokenDesktop()] });
  const Key = { id: { S: `WORKSPACE#${ID}` } };
  await table.send(new DeleteItemCommand({ TableName: inProcess.name, Key }));
});

const ATTEMPT = { number: 1, rung: 'rebuild', claimedAt: CLAIMED, dataFrom: DATA } as const;

async function claimed(): Promise<void> {
  await leases.takeLease(ID, execution.id, undefined);
  const lease = { executionId: execution.id, fence: 1 };
  await leases.claimAttempt(ID, lease, ATTEMPT, [], SEEN, 'token');
}

async function told(): Promise<string> {
  expect(await net(EVENT, context)).toEqual({ told: true });
  expect(sns.published).toHaveLength(1);
  return sns.published[0]?.message ?? '';
}

test('it looks itself, and says what AWS answered and from when the data is', async () => {
  await claimed();
  const answered = { ...ATTEMPT, result: 'accepted', detail: 'AWS accepted the request.' } as const;
  await leases.noteAnswer(ID, execution.id, answered, []);
  desktops.setState(ID, 'REBUILDING');
  const message = await told();
  expect(message).toMatch(/^Last seen: REBUILDING at /m);
  expect(message).toContain(`\nWhat was tried: Rebuild, attempt 1, at ${CLAIMED}: accepted by AWS.\n`);
  expect(message).toContain(`\nThe user's data: may be as of ${DATA}, after the rebuild at ${CLAIMED}\n`);
});

test.each([
  ['refused', 'refused by AWS ("Nope": "Not today")'],
  ['unknown', 'result unknown (TimeoutError: "x")'],
] as const)('an answer that was %s is told as that', async (result, words) => {
  await claimed();
  const detail = result === 'refused' ? '"Nope": "Not today"' : 'TimeoutError: "x"';
  await leases.noteAnswer(ID, execution.id, { ...ATTEMPT, result, detail }, []);
  expect(await told()).toContain(`at ${CLAIMED}: ${words}.`);
});

test('stopped before the answer was noted: unknown, and still from when the data is', async () => {
  await claimed();
  const message = await told();
  expect(message).toContain(`at ${CLAIMED}: result unknown.`);
  expect(message).toContain(`may be as of ${DATA}`);
});

test('one that cannot be read now is told as it was at the last request, and not as last seen', async () => {
  await claimed();
  fault = '500';
  const message = await told();
  expect(message).toContain(
    `\nSeen before its last request: UNHEALTHY at ${SEEN.at}; what it is now could not be read\n`,
  );
  expect(message).toContain('\nDirectory: d-9067206a1f\n');
  expect(message).not.toContain('Last seen');
});

test('before any request, too, it looks; without an answer it says so', async () => {
  await leases.takeLease(ID, execution.id, undefined);
  const message = await told();
  expect(message).toMatch(/^Last seen: UNHEALTHY at /m);
  expect(message).toContain('\nUser: mmajor\n');
  sns = new SnsServer(String(process.env.TOPIC_ARN));
  fault = '500';
  expect(await told()).toContain('\nLast seen: not known: it could not be read\n');
});

test('without the table it says what it sees, and that the rest is not known', async () => {
  await claimed();
  tableFault = () => reply(400, { __type: 'AccessDeniedException', message: 'No' }, '1.0');
  const message = await told();
  expect(message).toMatch(/^Last seen: UNHEALTHY at /m);
  expect(message).toContain('\nWhat was tried: Not known: look at the execution.\n');
});
