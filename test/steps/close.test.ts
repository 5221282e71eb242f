/** What Close leaves in the table, and that nothing there keeps it from telling. */
import { DeleteItemCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Decision, Guard, OpenIncident } from '../../functions/incident.ts';
import { type ApiRequest, type ApiResponse, type Listening, reply, serve } from '../../local/desk/http.ts';
import { loadStack } from '../../local/desk/template.ts';
import { SimulatedTable } from '../../local/simulation/table.ts';
import { attempt, byHand, incident, seen } from '../policy/fixtures.ts';
import { context, stubEnvironment } from './harness.ts';

const DIRECTORY = 'd-9067206a1f';
let inProcess: SimulatedTable;
let server: Listening;
let table: DynamoDBClient;
let tableFault: (request: ApiRequest) => ApiResponse | undefined;
let close: typeof import('../../functions/steps/close.ts').handler;
let readFinished: typeof import('../../functions/table/futile.ts').readFinished;

beforeAll(async () => {
  inProcess = await SimulatedTable.create();
  server = await serve((request) => tableFault(request) ?? inProcess.handle(request));
  stubEnvironment(loadStack(), { DYNAMODB: server });
  vi.stubEnv('TABLE_NAME', inProcess.name);
  table = new DynamoDBClient({ region: 'us-east-1' });
  ({ handler: close } = await import('../../functions/steps/close.ts'));
  ({ readFinished } = await import('../../functions/table/futile.ts'));
});

afterAll(async () => {
  table.destroy();
  await server.close();
});

beforeEach(async () => {
  tableFault = () => undefined;
  const { Items = [] } = await table.send(new ScanCommand({ TableName: inProcess.name }));
  for (const { id } of Items) {
    if (id) await table.send(new DeleteItemCommand({ TableName: inProcess.name, Key: { id } }));
  }
});

type Done = Extract<Decision, { action: 'DONE' }>;

/** An incident of this execution and WorkSpace, as it is when Close is reached. */
const ended = (name: string, outcome: Done['outcome'], more: Partial<OpenIncident> = {}, guard?: Guard) => {
  const known = incident(more);
  const id = known.execution.id.replace(/:one$/, `:${name}`);
  return {
    ...known,
    execution: { ...known.execution, id, name },
    request: { ...known.request, workspaceId: `ws-0${name}000` },
    seen: seen(outcome === 'RECOVERED' ? 'AVAILABLE' : 'UNHEALTHY', 60, { directoryId: DIRECTORY }),
    decision: { action: 'DONE', outcome, reason: 'Why.', ...(guard && { guard }) },
  };
};
const remedied = (name: string, outcome: Done['outcome']) =>
  ended(name, outcome, { attempt: attempt({ seenUnderWay: true }) });
const held = (name: string, more: Partial<OpenIncident> = {}) => ended(name, 'NEEDS_HUMAN', more, 'futile');

const finished = async () => (await readFinished(DIRECTORY)).map(({ id, helped }) => [id, helped]);

test('what a rebuild came to is noted for its directory, once, whoever runs twice', async () => {
  await close(remedied('first', 'FAILED'), context);
  await close(remedied('second', 'RECOVERED'), context);
  await close(remedied('first', 'FAILED'), context);
  expect(await finished()).toEqual([
    ['first#1', false],
    ['second#1', true],
  ]);
});

test.each<[string, object]>([
  ['nothing was asked of AWS', ended('first', 'FAILED')],
  ['a step failed', { ...remedied('first', 'FAILED'), error: { Error: 'States.Timeout' } }],
  ['nobody knows its directory', { ...remedied('first', 'FAILED'), seen: seen('UNHEALTHY') }],
])('nothing is noted where %s', async (_, event) => {
  expect(await close(event, context)).toMatchObject({ outcome: 'FAILED', notify: true });
  expect(await finished()).toEqual([]);
});

test('one tells that a directory is held back; the others point to it', async () => {
  await close(remedied('first', 'FAILED'), context);
  expect(await close(held('second'), context)).toMatchObject({ guard: 'futile', notify: true });
  expect(await close(held('third'), context)).toMatchObject({ outcome: 'NEEDS_HUMAN', notify: false });
  // One that runs again still tells.
  expect(await close(held('second'), context)).toMatchObject({ notify: true });
  // Something has helped since: what comes then is news.
  await close(remedied('fourth', 'RECOVERED'), context);
  expect(await close(held('third'), context)).toMatchObject({ notify: true });
});

test('told in any case: what was begun, what a person only tries out, and what could not be read', async () => {
  await close(remedied('first', 'FAILED'), context);
  const dry = { request: byHand({ dryRun: true }) };
  expect(await close(held('second', dry), context)).toMatchObject({ notify: true });
  // The dry run has left no trace.
  expect(await close(held('third'), context)).toMatchObject({ notify: true });
  expect(await close(held('fourth', dry), context)).toMatchObject({ notify: true });
  const begun = { attempt: attempt({ rung: 'reboot', seenUnderWay: true }) };
  expect(await close(held('fifth', begun), context)).toMatchObject({ notify: true });
  const unread = held('sixth');
  const decision = { ...unread.decision, unread: true };
  expect(await close({ ...unread, decision }, context)).toMatchObject({ notify: true });
  // Another guard's news is its own.
  expect(await close(ended('seventh', 'NEEDS_HUMAN', {}, 'cooldown'), context)).toMatchObject({
    notify: true,
  });
});

test('a table that does not take it keeps nobody from telling, nor the lease from being given back', async () => {
  const bodies: string[] = [];
  tableFault = ({ body }) => {
    bodies.push(body);
    return body.includes('FUTILE#')
      ? reply(400, { __type: 'ResourceInUseException', message: 'No' }, '1.0')
      : undefined;
  };
  expect(await close(remedied('first', 'FAILED'), context)).toMatchObject({
    outcome: 'FAILED',
    notify: true,
  });
  expect(await close(held('second'), context)).toMatchObject({ outcome: 'NEEDS_HUMAN', notify: true });
  expect(bodies.filter((body) => body.includes('REMOVE holder'))).toHaveLength(2);
});

test('it is noted before the lease, and with it the permit, is free for the next one', async () => {
  const order: string[] = [];
  tableFault = ({ body }) => {
    if (body.includes('SET finished')) order.push('noted');
    if (body.includes('REMOVE holder')) order.push('released');
    return undefined;
  };
  await close(remedied('first', 'FAILED'), context);
  expect(order).toEqual(['noted', 'released']);
});
