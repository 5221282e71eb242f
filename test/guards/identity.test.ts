import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { noneLeft, type RungFacts } from '../../functions/guards/choice.ts';
import { chooseRung } from '../../functions/guards/ladder.ts';
import type { Guard, OpenIncident, Rung } from '../../functions/incident.ts';
import { rungsLeft } from '../../functions/rungs.ts';
import { type Listening, serve } from '../../local/desk/http.ts';
import { loadStack } from '../../local/desk/template.ts';
import { WorkspacesServer } from '../../local/desk/workspaces-server.ts';
import { SimulatedTable } from '../../local/simulation/table.ts';
import { brokenDesktop } from '../../local/stories/samples.ts';
import { after, attempt, incident, SETTINGS, START } from '../policy/fixtures.ts';
import { stubEnvironment } from '../steps/harness.ts';

const HOUR = 3600;
const ENTRA = 'd-0123456789';
const PLAIN = brokenDesktop().directoryId;

let servers: Listening[] = [];
let table: SimulatedTable;
let desktops: WorkspacesServer;
let guard: typeof import('../../functions/guards/identity.ts');

beforeAll(async () => {
  const dynamodb = await serve((request) => table.handle(request));
  const workspaces = await serve((request) => desktops.handle(request));
  servers = [dynamodb, workspaces];
  stubEnvironment(loadStack(), { DYNAMODB: dynamodb, WORKSPACES: workspaces });
  guard = await import('../../functions/guards/identity.ts');
});
afterAll(() => Promise.all(servers.map((each) => each.close())));

beforeEach(async () => {
  vi.useRealTimers();
  table = await SimulatedTable.create();
  vi.stubEnv('TABLE_NAME', table.name);
  // Settings are read once per environment.
  process.env = { ...process.env };
  desktops = new WorkspacesServer({
    now: Date.now,
    desktops: [brokenDesktop()],
    directories: { [ENTRA]: { identity: 'entra' } },
  });
});

interface Given {
  ladder: Rung[];
  more?: Partial<OpenIncident>;
  overridden?: Guard;
  known?: Partial<RungFacts>;
}

/** One pass, from this guard's reading to its verdict, and the choice after it. */
async function pass(directoryId: string | undefined, { ladder, more, overridden, known }: Given) {
  const facts: RungFacts = {
    now: START,
    state: 'UNHEALTHY',
    rebuilds: [],
    overridden: (name) => name === overridden,
    ...known,
  };
  const given = {
    incident: incident({ ladder, ...more }),
    settings: SETTINGS,
    unreadable: 0,
    now: () => START,
    tags: {},
    facts,
    seen: { at: START, state: 'UNHEALTHY', ...(directoryId !== undefined && { directoryId }) },
    choose: ({ ladder: rungs = [], attempt: last }: OpenIncident) =>
      chooseRung(rungsLeft({ ladder: rungs, attempt: last }), facts, SETTINGS),
  };
  await guard.read(given);
  const verdict = overridden === 'identity' ? { says: 'go' as const } : await guard.ask(given);
  facts.snapshots ??= { restore: after(-HOUR), rebuild: after(-HOUR) };
  return { verdict, choice: given.choose(given.incident) };
}
const reads = () =>
  desktops.calls.filter(({ operation }) => operation === 'DescribeWorkspaceDirectories').length;

const BARRED =
  'rebuild is skipped: its directory is joined to Microsoft Entra, for which AWS advises a restore in place of a rebuild.';

test('joined to Entra: a ladder of a rebuild alone is for a person', async () => {
  const { verdict } = await pass(ENTRA, { ladder: ['rebuild'] });
  expect(verdict).toEqual({
    says: 'person',
    as: 'identity',
    reason: BARRED,
    remember: { notes: [BARRED] },
  });
});

test('joined to Entra: it is restored, and never rebuilt after that', async () => {
  const ladder: Rung[] = ['restore', 'rebuild'];
  const first = await pass(ENTRA, { ladder });
  expect([first.verdict, first.choice]).toMatchObject([{ says: 'go' }, { kind: 'chosen', rung: 'restore' }]);
  const more = { attempt: attempt({ rung: 'restore', spent: true }) };
  expect((await pass(ENTRA, { ladder, more })).verdict).toMatchObject({ says: 'person', as: 'identity' });
});

test('joined to Entra, and no snapshot for a restore: the rebuild does not take its place', async () => {
  const facts = { snapshots: { rebuild: after(-HOUR) } };
  const { choice } = await pass(ENTRA, { ladder: ['restore', 'rebuild'], known: facts });
  expect(choice).toMatchObject({ kind: 'none', guard: 'snapshot-age', notes: [expect.any(String), BARRED] });
});

test('by a person who overrides it, it is rebuilt, and nothing is read', async () => {
  const { choice } = await pass(ENTRA, { ladder: ['rebuild'], overridden: 'identity' });
  expect(choice).toMatchObject({ kind: 'chosen', rung: 'rebuild' });
  expect(reads()).toBe(0);
});

test('joined to an Active Directory, it is rebuilt', async () => {
  const { verdict, choice } = await pass(PLAIN, { ladder: ['rebuild'] });
  expect([verdict, choice]).toMatchObject([{ says: 'go' }, { kind: 'chosen', rung: 'rebuild' }]);
});

test.each<[string, Given]>([
  ['a reboot comes first', { ladder: ['reboot', 'rebuild'] }],
  ['there is no rebuild in the ladder', { ladder: ['restore'] }],
  ['the cooldown bars it anyway', { ladder: ['rebuild'], known: { rebuilds: [after(-HOUR)] } }],
])('nothing is read when %s', async (_, given) => {
  await pass(ENTRA, given);
  expect(reads()).toBe(0);
});

test('read once per directory and day', async () => {
  const start = Date.now();
  for (const directory of [ENTRA, ENTRA, PLAIN, PLAIN]) await pass(directory, { ladder: ['rebuild'] });
  expect(reads()).toBe(2);
  vi.useFakeTimers({ toFake: ['Date'], now: start + 86_300_000 });
  await pass(ENTRA, { ladder: ['rebuild'] });
  expect(reads()).toBe(2);
  vi.setSystemTime(start + 86_500_000);
  expect((await pass(ENTRA, { ladder: ['rebuild'] })).verdict).toMatchObject({ as: 'identity' });
  expect(reads()).toBe(3);
});

test('what cannot be read is no fact', async () => {
  await expect(pass('d-9999999999', { ladder: ['rebuild'] })).rejects.toMatchObject({
    name: 'NoDirectoryError',
  });
  await expect(pass(undefined, { ladder: ['rebuild'] })).rejects.toThrow('AWS names no directory');
});

test('it speaks only for what it bars', () => {
  expect(noneLeft('identity', { kind: 'none', guard: 'cooldown', notes: [] })).toEqual({ says: 'go' });
});
