/** Who has a permit: those whose lease counts and whose execution runs, as the table and Step Functions say. */
import { DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Place } from '../../functions/policy/turns.ts';
import { describeExecution } from '../../local/desk/executions-server.ts';
import { type Listening, reply, serve } from '../../local/desk/http.ts';
import { loadStack } from '../../local/desk/template.ts';
import { SimulatedTable } from '../../local/simulation/table.ts';
import { stubEnvironment } from './harness.ts';

const stack = loadStack();
let inProcess: SimulatedTable;
let table: DynamoDBClient;
let servers: Listening[] = [];
let askForTurn: typeof import('../../functions/table/turns.ts').askForTurn;
let takeLease: typeof import('../../functions/table/leases.ts').takeLease;
/** Executions that are over, though they hold their leases. */
const over = new Set<string>();
/** What Step Functions was asked, in order. */
let asked: string[] = [];
let isDenied = false;

beforeAll(async () => {
  inProcess = await SimulatedTable.create();
  const dynamo = await serve((request) => inProcess.handle(request));
  const executions = await serve((request) => {
    if (isDenied) return reply(400, { __type: 'AccessDeniedException', message: 'No' }, '1.0');
    return describeExecution(request, (arn) => {
      asked.push(arn);
      return { arn, name: arn, status: over.has(arn) ? 'ABORTED' : 'RUNNING', input: {}, startedAt: 0 };
    });
  });
  servers = [dynamo, executions];
  stubEnvironment(stack, { DYNAMODB: dynamo, SFN: executions });
  vi.stubEnv('TABLE_NAME', inProcess.name);
  table = new DynamoDBClient({ region: 'us-east-1' });
  ({ askForTurn } = await import('../../functions/table/turns.ts'));
  ({ takeLease } = await import('../../functions/table/leases.ts'));
});

afterAll(async () => {
  table.destroy();
  await Promise.all(servers.map((each) => each.close()));
});

beforeEach(async () => {
  await table.send(new DeleteItemCommand({ TableName: inProcess.name, Key: { id: { S: 'TURNS' } } }));
  over.clear();
  asked = [];
  isDenied = false;
});

let made = 0;
/** Another WorkSpace, whose execution holds its lease. */
async function place(): Promise<Place> {
  const number = made++;
  const workspaceId = `ws-0turn${String(number).padStart(4, '0')}`;
  const executionId = `arn:aws:states:us-east-1:123456789012:execution:sm:e${number}`;
  await takeLease(workspaceId, executionId, undefined);
  return { workspaceId, executionId };
}

/** So many of them that have asked, one after the other. */
async function line(length: number, slots: number): Promise<Place[]> {
  const places: Place[] = [];
  for (let index = 0; index < length; index++) {
    const one = await place();
    await askForTurn(one, slots);
    places.push(one);
  }
  asked = [];
  return places;
}

const end = (...places: readonly (Place | undefined)[]) => {
  for (const one of places) if (one) over.add(one.executionId);
};
const names = (...places: readonly (Place | undefined)[]) => places.map((one) => one?.executionId);

/** The last of a line asks again. */
async function lastOf(places: readonly Place[], slots: number) {
  const me = places.at(-1);
  if (!me) throw new Error('Nobody is there.');
  return await askForTurn(me, slots);
}

test('while there is room Step Functions is not asked, nor by one that has only just come', async () => {
  await line(2, 2);
  expect(asked).toEqual([]);
  expect(await askForTurn(await place(), 2)).toMatchObject({ kind: 'waiting', ahead: 0 });
  expect(asked).toEqual([]);
});

test('a permit whose execution is over is free, though its lease would count for days', async () => {
  const places = await line(3, 2);
  expect(await lastOf(places, 2)).toMatchObject({ kind: 'waiting', ahead: 0 });
  expect(asked).toEqual(names(places[0], places[1]));
  end(places[1]);
  expect(await lastOf(places, 2)).toMatchObject({ kind: 'granted' });
  // It keeps what it has been granted, without a question.
  asked = [];
  expect(await lastOf(places, 2)).toMatchObject({ kind: 'granted' });
  expect(asked).toEqual([]);
});

test('who waits behind others asks about the one just before, and no further than one that runs', async () => {
  const places = await line(5, 1);
  end(places[0]);
  expect(await lastOf(places, 1)).toMatchObject({ kind: 'waiting', ahead: 3 });
  expect(asked).toEqual(names(places[3]));
  asked = [];
  end(places[3]);
  expect(await lastOf(places, 1)).toMatchObject({ kind: 'waiting', ahead: 2 });
  expect(asked).toEqual(names(places[3], places[2]));
});

test('a line of executions that are over is passed in one go', async () => {
  const places = await line(5, 1);
  end(...places.slice(0, 4));
  expect(await lastOf(places, 1)).toMatchObject({ kind: 'granted' });
  expect(asked).toEqual(names(places[3], places[2], places[1], places[0]));
});

test('no pass asks about more than ten in a line', async () => {
  const places = await line(13, 1);
  end(...places.slice(0, 12));
  expect(await lastOf(places, 1)).toMatchObject({ kind: 'waiting', ahead: 1 });
  expect(asked).toHaveLength(10);
  expect(await lastOf(places, 1)).toMatchObject({ kind: 'granted' });
});

test('nor about more than the ten oldest permits', async () => {
  const places = await line(12, 11);
  end(places[10]);
  expect(await lastOf(places, 11)).toMatchObject({ kind: 'waiting', ahead: 0 });
  expect(asked).toEqual(names(...places.slice(0, 10)));
});

test('a full queue takes one more where its last is over', async () => {
  const places = await line(101, 1);
  const late = await place();
  expect(await askForTurn(late, 1)).toEqual({ kind: 'full' });
  expect(asked).toEqual(names(places[100]));
  end(places[100]);
  expect(await askForTurn(late, 1)).toMatchObject({ kind: 'waiting', ahead: 99 });
});

test('what Step Functions does not say is no fact', async () => {
  const places = await line(2, 1);
  isDenied = true;
  await expect(lastOf(places, 1)).rejects.toMatchObject({ name: 'AccessDeniedException' });
});
