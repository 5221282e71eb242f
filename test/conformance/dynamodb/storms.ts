/** What the product keeps about a directory: incidents lately, and the last storm. */
import { moveClock, type Scenario, START, seconds, tally, together, WRITERS, workspaceId } from './engine.ts';

const DIRECTORY = 'd-9067206a1f';
const STORM = `STORM#${DIRECTORY}`;
const PERIOD = 600;
const COOLDOWN = 900;

/** From so many on, incidents are not counted any more. */
const COUNTED = 501;

const [A, B] = ['execution-a', 'execution-b'];
const incidentsAt = (after: number) =>
  `INCIDENTS#${DIRECTORY}#${Math.floor((seconds(START) + after) / PERIOD)}`;

export const STORMS: Scenario[] = [
  {
    name: 'what a directory is joined to is known for a day',
    same: 'conversation',
    run: async (engine) => {
      const { knownIdentity, noteIdentity } = engine.product;
      const known = [await knownIdentity(DIRECTORY)];
      await noteIdentity(DIRECTORY, true);
      for (const after of [0, 86_399, 86_400]) {
        moveClock(after);
        known.push(await knownIdentity(DIRECTORY));
      }
      await noteIdentity(DIRECTORY, false);
      known.push(await knownIdentity(DIRECTORY));
      return { known, items: await engine.items() };
    },
    expected: {
      known: [undefined, true, true, undefined, false],
      items: {
        [`DIRECTORY#${DIRECTORY}`]: {
          isEntra: false,
          readAt: seconds(START) + 86_400,
          expiration: seconds(START) + 2 * 86_400,
        },
      },
    },
  },
  {
    name: 'incidents count once a WorkSpace, in the period under way and the one before it',
    same: 'conversation',
    run: async (engine) => {
      const { noteIncident, readDirectory } = engine.product;
      const counts = [await readDirectory(DIRECTORY)];
      for (const number of [1, 2, 1]) await noteIncident(DIRECTORY, workspaceId(number));
      counts.push(await readDirectory(DIRECTORY));
      moveClock(PERIOD);
      for (const number of [2, 3]) await noteIncident(DIRECTORY, workspaceId(number));
      counts.push(await readDirectory(DIRECTORY));
      moveClock(2 * PERIOD);
      counts.push(await readDirectory(DIRECTORY));
      moveClock(3 * PERIOD);
      counts.push(await readDirectory(DIRECTORY), await readDirectory('d-0000000000'));
      return { counts, items: await engine.items() };
    },
    expected: {
      counts: [0, 2, 3, 2, 0, 0].map((incidents) => ({ incidents, storm: undefined })),
      items: {
        [incidentsAt(0)]: {
          workspaceIds: [workspaceId(1), workspaceId(2)],
          expiration: seconds(START) + 10 * PERIOD,
        },
        [incidentsAt(PERIOD)]: {
          workspaceIds: [workspaceId(2), workspaceId(3)],
          expiration: seconds(START) + 11 * PERIOD,
        },
      },
    },
  },
  {
    name: `${WRITERS} incidents at once: each is counted`,
    same: 'outcome',
    run: async (engine) => {
      const { noteIncident, readDirectory } = engine.product;
      await together(engine, 'UpdateItem', (n) => noteIncident(DIRECTORY, workspaceId(n)));
      const { incidents } = await readDirectory(DIRECTORY);
      return {
        incidents,
        atOnce: engine.wire.atOnce,
        ids: (await engine.items())[incidentsAt(0)]?.workspaceIds,
      };
    },
    expected: {
      incidents: WRITERS,
      atOnce: WRITERS,
      ids: Array.from({ length: WRITERS }, (_, number) => workspaceId(number)),
    },
  },
  {
    name: `the number of incidents stops at ${COUNTED}, with ${WRITERS} of them at once too`,
    same: 'outcome',
    run: async (engine) => {
      const { noteIncident, readDirectory } = engine.product;
      const before = 480;
      for (let from = 0; from < before; from += WRITERS) {
        const some = Array.from({ length: Math.min(WRITERS, before - from) }, (_, n) =>
          workspaceId(from + n),
        );
        await Promise.all(some.map((id) => noteIncident(DIRECTORY, id)));
      }
      engine.wire.clear();
      await together(engine, 'UpdateItem', (n) => noteIncident(DIRECTORY, workspaceId(1_000 + n)));
      const written = tally(engine.wire.exchanges.map(({ status }) => status));
      const { atOnce } = engine.wire;
      return { written, atOnce, incidents: (await readDirectory(DIRECTORY)).incidents };
    },
    expected: { written: { 200: 21, 400: 29 }, atOnce: WRITERS, incidents: COUNTED },
  },
  {
    name: 'a storm is opened once, renewed by everybody who sees it, and opened anew after its cooldown',
    same: 'conversation',
    run: async (engine) => {
      const { noteStorm, readDirectory } = engine.product;
      const note = (name: string) => noteStorm(DIRECTORY, name, COOLDOWN);
      const openers = [await note(A), await note(B), await note(A)];
      moveClock(300);
      openers.push(await note(B));
      const { storm } = await readDirectory(DIRECTORY);
      // The storm was renewed: its cooldown began anew, and ends after this second.
      moveClock(300 + COOLDOWN);
      openers.push(await note(B));
      moveClock(300 + 2 * COOLDOWN + 1);
      openers.push(await note(B), await note(A));
      return { openers, storm, items: await engine.items() };
    },
    expected: {
      openers: [A, A, A, A, A, B, B],
      storm: { seenAt: seconds(START) + 300, until: seconds(START) + 300 + COOLDOWN, openedBy: A },
      items: {
        [STORM]: {
          seenAt: seconds(START) + 301 + 2 * COOLDOWN,
          until: seconds(START) + 301 + 3 * COOLDOWN,
          openedBy: B,
          expiration: seconds(START) + 301 + 2 * COOLDOWN + 90 * 86_400,
        },
      },
    },
  },
  {
    name: `${WRITERS} at once see one storm: one has opened it, and all know which`,
    same: 'outcome',
    run: async (engine) => {
      const { noteStorm } = engine.product;
      const see = (n: number) => noteStorm(DIRECTORY, `execution-${n}`, COOLDOWN);
      const told = [await together(engine, 'UpdateItem', see)];
      const { atOnce } = engine.wire;
      moveClock(COOLDOWN + 1);
      // The second storm finds the item of the first.
      told.push(await together(engine, 'UpdateItem', see));
      const openedBy = (await engine.items())[STORM]?.openedBy;
      return { openers: told.map((names) => new Set(names).size), atOnce, isLast: told[1]?.[0] === openedBy };
    },
    expected: { openers: [1, 1], atOnce: WRITERS, isLast: true },
  },
];
