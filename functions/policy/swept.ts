/** The start of an execution by the sweep: a WorkSpace that was broken in two sweeps, whatever alarms came. */
import * as v from 'valibot';
import { WORKSPACE_ID } from '../incident.ts';
import { instant } from '../observation.ts';
import type { Parsed } from './parsed.ts';

/** What the sweep sends; it may ask for nothing that a person may ask for. */
const sweptInput = v.strictObject({
  source: v.literal('sweep'),
  workspaceId: v.pipe(v.string(), v.regex(WORKSPACE_ID)),
  since: instant,
});
export type SweptInput = v.InferOutput<typeof sweptInput>;

/** The request of a sweep's input; `undefined` for any other. */
export function parseSwept(input: unknown): Parsed | undefined {
  const parsed = v.safeParse(sweptInput, input);
  if (!parsed.success) return undefined;
  const { workspaceId, since } = parsed.output;
  const reason = `The sweep has read it as broken since ${since}.`;
  return { kind: 'request', request: { source: 'sweep', workspaceId, since, reason } };
}
