import type { Context } from 'aws-lambda';
import { readMode } from '../aws/mode.ts';
import type { Incident } from '../incident.ts';
import { modeVerdict } from '../policy/mode.ts';
import { audit, logFor, openIncident } from './step.ts';

/** Whether the service is on, asked anew in every pass. */
export async function handler(event: unknown, context: Context): Promise<Incident> {
  const incident = openIncident(event);
  logFor(context, incident);
  const next: Incident = { ...incident, ...modeVerdict(incident, await readMode()) };
  audit('Mode', next);
  return next;
}
