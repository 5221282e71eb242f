import type { Context } from 'aws-lambda';
import { observe, readTags } from '../aws/workspaces.ts';
import { type Incident, NOT_FOUND, type Observation, type OpenIncident } from '../incident.ts';
import { outOfScope } from '../policy/scope.ts';
import { type Triage, triage } from '../policy/triage.ts';
import { numberSetting, pacingSettings, scopeSettings } from '../settings.ts';
import { audit, logFor, openIncident } from './step.ts';

/** Whether the WorkSpace is ours to touch, what state it is in, and whether it may be rebuilt. */
export async function handler(event: unknown, context: Context): Promise<Incident> {
  const incident = openIncident(event);
  logFor(context, incident);
  const seen = await observe(incident.request.workspaceId);
  const next: Incident = { ...incident, seen, ...(await decide(incident, seen)) };
  audit('Check', next);
  return next;
}

/** Scope comes before all else: what is out of it is nobody's news. */
async function decide(incident: OpenIncident, seen: Observation): Promise<Triage> {
  if (seen.state !== NOT_FOUND) {
    const tags = await readTags(incident.request.workspaceId);
    const decision = outOfScope(incident, tags, scopeSettings());
    if (decision) return { decision };
  }
  return triage(incident, seen, {
    pacing: pacingSettings(),
    busyLimitSeconds: numberSetting('BUSY_LIMIT_MINUTES') * 60,
    notStartedSeconds: numberSetting('NOT_STARTED_MINUTES') * 60,
  });
}
