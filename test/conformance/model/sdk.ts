/** What the SDK's own schemas say, in the words of the model. */
import * as sdk from '@aws-sdk/client-workspaces';
import * as v from 'valibot';
import { EngineError } from '../servers.ts';
import type { OperationName } from './judge.ts';

/** The SDK's schema of each operation. */
export const SCHEMAS: Record<OperationName, unknown> = {
  DescribeWorkspaces: sdk.DescribeWorkspaces$,
  DescribeTags: sdk.DescribeTags$,
  DescribeWorkspaceSnapshots: sdk.DescribeWorkspaceSnapshots$,
  DescribeWorkspacesConnectionStatus: sdk.DescribeWorkspacesConnectionStatus$,
  RebootWorkspaces: sdk.RebootWorkspaces$,
  RebuildWorkspaces: sdk.RebuildWorkspaces$,
  RestoreWorkspace: sdk.RestoreWorkspace$,
  StartWorkspaces: sdk.StartWorkspaces$,
  DescribeWorkspaceDirectories: sdk.DescribeWorkspaceDirectories$,
};

/** What the model has, and the SDK does not yet, being an older release; the lab sends none of it. */
export const YOUNGER: Partial<Record<OperationName, string[]>> = {
  DescribeWorkspaces: ['output.Workspaces[].WorkspaceProperties.NestedVirtualizationEnabled: boolean'],
};

const WORDS: Readonly<Record<number, string>> = { 0: 'string', 1: 'integer', 2: 'boolean', 4: 'timestamp' };
/** Added to the number of a simple type, it makes a list of it. */
const LIST_OF = 64;

const reference = v.custom<() => unknown>((schema) => typeof schema === 'function');
const list = v.tuple([v.literal(1), v.string(), v.string(), v.unknown(), v.unknown()]);
const structure = v.looseTuple([
  v.literal(3),
  v.string(),
  v.string(),
  v.unknown(),
  v.array(v.string()),
  v.array(v.unknown()),
]);
const operation = v.tuple([v.literal(9), v.string(), v.string(), v.unknown(), reference, reference]);

/** What an operation takes and gives: names and types alone. */
export function sdkOutline(schema: unknown): { input: unknown; output: unknown } {
  const [, , , , input, output] = v.parse(operation, schema);
  return { input: outline(input), output: outline(output) };
}

/** Each member of an outline with its type, on a line of its own. */
export function lines(outlined: unknown, path = ''): string[] {
  if (Array.isArray(outlined)) return outlined.flatMap((inner) => lines(inner, `${path}[]`));
  if (typeof outlined !== 'object' || outlined === null) return [`${path}: ${outlined}`];
  return Object.entries(outlined).flatMap(([name, inner]) => lines(inner, path ? `${path}.${name}` : name));
}

/** @throws EngineError for a schema of a kind that is not known here */
function outline(schema: unknown): unknown {
  if (v.is(reference, schema)) return outline(schema());
  if (typeof schema === 'number') {
    const word = WORDS[schema % LIST_OF];
    if (word !== undefined) return schema < LIST_OF ? word : [word];
  }
  if (v.is(list, schema)) return [outline(schema[4])];
  if (v.is(structure, schema)) {
    const [, , , , names, schemas] = schema;
    return Object.fromEntries(names.map((name, index) => [name, outline(schemas[index])]));
  }
  throw new EngineError(`The SDK has a schema of an unknown kind: ${JSON.stringify(schema)}`);
}
