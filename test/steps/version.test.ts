import { CreateTableCommand, DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Listening, serve } from '../../local/desk/http.ts';
import { loadStack } from '../../local/desk/template.ts';
import { SimulatedTable } from '../../local/simulation/table.ts';
import { ALARM, incident } from '../policy/fixtures.ts';
import { context, execution, stubEnvironment } from './harness.ts';

const stack = loadStack();
let server: Listening;
let table: DynamoDBClient;

beforeAll(async () => {
  const inProcess = await SimulatedTable.create();
  server = await serve((request) => inProcess.handle(request));
  // Whatever asks WorkSpaces or SSM fails.
  const nobody = { url: 'http://127.0.0.1:9' };
  stubEnvironment(stack, { DYNAMODB: server, WORKSPACES: nobody, SSM: nobody });
  table = new DynamoDBClient({ region: 'us-east-1' });
  await table.send(new CreateTableCommand(stack.table));
});

afterAll(async () => {
  table.destroy();
  await server.close();
});

const state = (version: unknown) => ({ ...incident({ execution, request: ALARM }), version });
const WHY = (version: string) =>
  `The execution's state has version ${version}, and this function knows 2: the stack was changed while it ran. It does nothing more.`;

test.each([
  [3, '3'],
  ['2', '"2"'],
  [undefined, 'nothing'],
])('check and act do nothing with a state of version %j', async (version, shown) => {
  for (const step of [import('../../functions/steps/check.ts'), import('../../functions/steps/act.ts')]) {
    const { handler } = await step;
    await expect(handler(state(version), context)).rejects.toMatchObject({
      name: 'StateVersionError',
      message: WHY(shown),
    });
  }
});

test('what has thrown for it is not tried again', () => {
  const { States } = JSON.parse(stack.stateMachine.definition);
  for (const name of ['Check the WorkSpace', 'Rebuild the WorkSpace', 'Poll the rebuild'])
    expect([name, States[name].Retry[0]]).toMatchObject([
      name,
      { ErrorEquals: expect.arrayContaining(['StateVersionError']), MaxAttempts: 0 },
    ]);
});

test('close tells a person, and gives the lease back; a part that it does not understand is no hindrance', async () => {
  const { handler } = await import('../../functions/steps/close.ts');
  const Item = {
    id: { S: `WORKSPACE#${ALARM.workspaceId}` },
    holder: { S: execution.id },
    fence: { N: '1' },
    lastAttempt: { N: '0' },
    leaseUntil: { N: '9999999999' },
  };
  await table.send(new PutItemCommand({ TableName: stack.tableName, Item }));
  const error = { Error: 'StateVersionError', Cause: '{}' };
  const closed = await handler({ ...state(3), decision: { action: 'NEW' }, seen: 5, error }, context);
  expect(closed).toMatchObject({
    outcome: 'NEEDS_HUMAN',
    reason: WHY('3'),
    workspaceId: ALARM.workspaceId,
    notify: true,
    failed: false,
    message: expect.stringContaining('What was tried: Not known: look at the execution.'),
  });
  const { Items = [] } = await table.send(new ScanCommand({ TableName: stack.tableName }));
  expect(Items).toEqual([expect.not.objectContaining({ holder: expect.anything() })]);
  expect(await handler({ ...state(3), request: { source: 'new' }, error }, context)).toMatchObject({
    outcome: 'NEEDS_HUMAN',
    workspaceId: null,
    notify: true,
  });
});

test('when Intake failed there is no state yet: its input says which WorkSpace it was', async () => {
  const { handler } = await import('../../functions/steps/close.ts');
  const input = { workspaceId: ALARM.workspaceId };
  expect(
    await handler({ input, execution, error: { Error: 'States.Timeout', Cause: '' } }, context),
  ).toMatchObject({ outcome: 'FAILED', workspaceId: ALARM.workspaceId });
});
