import type { Context } from 'aws-lambda';
import { observe } from '../aws/workspaces.ts';
import type { Incident } from '../incident.ts';
import { progress } from '../policy/progress.ts';
import { hasNextRung, RUNG_FACTS } from '../rungs.ts';
import { numberSetting, pacingSettings } from '../settings.ts';
import { audit, logFor, openIncident, StepInputError } from './step.ts';

/** How the request is coming along. */
export async function handler(event: unknown, context: Context): Promise<Incident> {
  const incident = openIncident(event);
  logFor(context, incident);
  const { attempt } = incident;
  if (!attempt) throw new StepInputError('There is no attempt to watch: Rebuild comes first.');
  const seen = await observe(incident.request.workspaceId);
  const verdict = progress(attempt, seen, {
    pacing: pacingSettings(),
    notStartedSeconds: numberSetting('NOT_STARTED_MINUTES') * 60,
    deadlineSeconds: numberSetting(RUNG_FACTS[attempt.rung].deadline) * 60,
    maxAttempts: numberSetting('MAX_ATTEMPTS'),
    hasNextRung: hasNextRung(incident.ladder, attempt.rung),
  });
  const next: Incident = { ...incident, seen, ...verdict };
  audit('Poll', next);
  return next;
}
