import type { Context } from 'aws-lambda';
import { observe } from '../aws/workspaces.ts';
import type { Incident } from '../incident.ts';
import { triage } from '../policy/triage.ts';
import { numberSetting, pacingSettings } from '../settings.ts';
import { audit, logFor, openIncident } from './step.ts';

/** What state the WorkSpace is in, and whether it may be rebuilt. */
export async function handler(event: unknown, context: Context): Promise<Incident> {
  const incident = openIncident(event);
  logFor(context, incident);
  const seen = await observe(incident.request.workspaceId);
  const verdict = triage(incident, seen, {
    pacing: pacingSettings(),
    busyLimitSeconds: numberSetting('BUSY_LIMIT_MINUTES') * 60,
    notStartedSeconds: numberSetting('NOT_STARTED_MINUTES') * 60,
  });
  const next: Incident = { ...incident, seen, ...verdict };
  audit('Check', next);
  return next;
}
