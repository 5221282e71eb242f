/** What concerns the table as a whole: each kind of item, and each way to reach one. */
import { at, contextWith, type Engine, executionId, type Scenario, useTable, workspaceId } from './engine.ts';

const DIRECTORY = 'd-9067206a1f';
const ME = { workspaceId: workspaceId(1), executionId: executionId('a') };

/** Kinds of item, by the beginning of their ids. */
export const KINDS = ['DIRECTORY', 'FUTILE', 'INCIDENTS', 'STORM', 'TURNS', 'WORKSPACE', 'attempt'];
export const kindOf = (id = ''): string => KINDS.find((kind) => id.startsWith(kind)) ?? id;

/** Each way that the product has to reach the table. */
const accesses = ({ product }: Engine) => ({
  takeLease: () => product.takeLease(ME.workspaceId, ME.executionId, undefined),
  askForTurn: () => product.askForTurn(ME, 10),
  noteFinished: () =>
    product.noteFinished(DIRECTORY, [{ id: 'a#1', at: at(0), workspaceId: ME.workspaceId, helped: false }]),
  tellerOf: () => product.tellerOf(DIRECTORY, 'a', 900),
  noteIncident: () => product.noteIncident(DIRECTORY, ME.workspaceId),
  noteStorm: () => product.noteStorm(DIRECTORY, 'a', 900),
  noteIdentity: () => product.noteIdentity(DIRECTORY, true),
  oncePerAttempt: () =>
    product.oncePerAttempt(
      async () => 'done',
      contextWith(1_000),
    )({ executionId: ME.executionId, attempt: 1, checkedAt: at(0) }),
  readRecord: () => product.readRecord(ME.workspaceId),
  knownIdentity: () => product.knownIdentity(DIRECTORY),
  readDirectory: () => product.readDirectory(DIRECTORY),
  releaseLease: () => product.releaseLease(ME.workspaceId, ME.executionId, at(0)),
});

/** Writes one item of each kind. */
export async function writeEachKind(engine: Engine): Promise<void> {
  for (const access of Object.values(accesses(engine))) await access();
}

export const TABLE: Scenario[] = [
  {
    name: 'a table that is not there is an error, not a condition that fails',
    same: 'outcome',
    run: async (engine) => {
      useTable('not-there');
      const outcomes = Object.entries(accesses(engine)).map(async ([name, access]) => [
        name,
        await access().then(
          () => 'no error',
          (error: unknown) => (error instanceof Error ? error.name : 'no Error'),
        ),
      ]);
      return Object.fromEntries(await Promise.all(outcomes));
    },
    expected: {
      takeLease: 'ResourceNotFoundException',
      askForTurn: 'ResourceNotFoundException',
      noteFinished: 'ResourceNotFoundException',
      tellerOf: 'ResourceNotFoundException',
      noteIncident: 'ResourceNotFoundException',
      noteStorm: 'ResourceNotFoundException',
      noteIdentity: 'ResourceNotFoundException',
      oncePerAttempt: 'IdempotencyPersistenceLayerError',
      readRecord: 'ResourceNotFoundException',
      knownIdentity: 'ResourceNotFoundException',
      readDirectory: 'ResourceNotFoundException',
      releaseLease: 'ResourceNotFoundException',
    },
  },
];
