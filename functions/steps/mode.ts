import type { Context } from 'aws-lambda';
import { askAll } from '../guards/guard.ts';
import { MODE } from '../guards/index.ts';
import type { Incident } from '../incident.ts';
import { audit, logFor, openIncident, passOf } from './step.ts';

/** Whether the service is on, asked anew in every pass. */
export async function handler(event: unknown, context: Context): Promise<Incident> {
  const incident = openIncident(event);
  logFor(context, incident);
  const asked = await askAll(MODE, passOf(incident));
  const proceed = { action: 'CHECK', reason: incident.request.reason } as const;
  const next: Incident = { ...incident, ...asked.remember, decision: asked.held ?? proceed };
  audit('Mode', next);
  return next;
}
