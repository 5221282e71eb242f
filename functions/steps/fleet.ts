import type { Context } from 'aws-lambda';
import { askAll } from '../guards/guard.ts';
import { FLEET } from '../guards/index.ts';
import type { Incident } from '../incident.ts';
import { audit, logFor, openIncident, passOf, StepInputError } from './step.ts';

/** Whether this WorkSpace alone is broken, and not just for a moment. */
export async function handler(event: unknown, context: Context): Promise<Incident> {
  const incident = openIncident(event);
  logFor(context, incident);
  const { seen } = incident;
  if (!seen?.directoryId) throw new StepInputError('Nothing seen, or no directory: Check comes first.');
  const asked = await askAll(FLEET, { ...passOf(incident), seen, directoryId: seen.directoryId });
  const proceed = { action: 'ACT', reason: 'It is broken, and its directory is well enough.' } as const;
  const next: Incident = { ...incident, ...asked.remember, decision: asked.held ?? proceed };
  audit('Fleet', next);
  return next;
}
