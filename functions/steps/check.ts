import type { Context } from 'aws-lambda';
import { observe, readTags } from '../aws/workspaces.ts';
import { askAll } from '../guards/guard.ts';
import { SCOPE, WISHES } from '../guards/index.ts';
import { type Incident, NOT_FOUND, type Observation, type OpenIncident } from '../incident.ts';
import { afterwards } from '../policy/progress.ts';
import { triage } from '../policy/triage.ts';
import { numberSetting } from '../settings.ts';
import { audit, logFor, openIncident, passOf } from './step.ts';

/** Whether the WorkSpace is ours to touch, what state it is in, and what is wished for it. */
export async function handler(event: unknown, context: Context): Promise<Incident> {
  const incident = openIncident(event);
  logFor(context, incident);
  const seen = await observe(incident.request.workspaceId);
  const { badSince, ...known } = incident;
  const isStillBad = badSince !== undefined && (seen.state === 'UNHEALTHY' || seen.state === 'ERROR');
  const next: Incident = {
    ...known,
    ...(isStillBad && { badSince }),
    ...(known.attempt && { attempt: afterwards(known.attempt, known.attempts ?? [], seen) }),
    seen,
    ...(await decide(incident, seen)),
  };
  audit('Check', next);
  return next;
}

/** Scope comes before all else: what is out of it is nobody's news. Wishes matter once something is to be done. */
async function decide(incident: OpenIncident, seen: Observation): Promise<Partial<Incident>> {
  const isThere = seen.state !== NOT_FOUND;
  const tags = isThere ? await readTags(incident.request.workspaceId) : {};
  const pass = { ...passOf(incident), seen, tags };
  const scope = isThere ? await askAll(SCOPE, pass) : undefined;
  if (scope?.held) return { decision: scope.held };
  const verdict = triage(incident, seen, {
    pacing: pass.pacing(),
    busyLimitSeconds: numberSetting('BUSY_LIMIT_MINUTES') * 60,
    notStartedSeconds: numberSetting('NOT_STARTED_MINUTES') * 60,
  });
  if (verdict.decision.action !== 'ACT') return verdict;
  const { held = verdict.decision, remember } = await askAll(WISHES, pass);
  return { ...verdict, ...remember, decision: held };
}
