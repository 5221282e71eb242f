import type { Context } from 'aws-lambda';
import { observe, readTags } from '../aws/workspaces.ts';
import { type Incident, NOT_FOUND, type Observation, type OpenIncident } from '../incident.ts';
import { afterwards } from '../policy/progress.ts';
import { outOfScope } from '../policy/scope.ts';
import { triage } from '../policy/triage.ts';
import { wishes } from '../policy/wishes.ts';
import { ladderSetting, numberSetting, pacingSettings, scopeSettings } from '../settings.ts';
import { audit, logFor, openIncident } from './step.ts';

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
  const tags = seen.state === NOT_FOUND ? {} : await readTags(incident.request.workspaceId);
  const scope = scopeSettings();
  const decision = seen.state === NOT_FOUND ? undefined : outOfScope(incident, tags, scope);
  if (decision) return { decision };
  const pacing = pacingSettings();
  const verdict = triage(incident, seen, {
    pacing,
    busyLimitSeconds: numberSetting('BUSY_LIMIT_MINUTES') * 60,
    notStartedSeconds: numberSetting('NOT_STARTED_MINUTES') * 60,
  });
  if (verdict.decision.action !== 'ACT') return verdict;
  return {
    ...verdict,
    ...wishes(incident, tags, seen.at, {
      tagKey: scope.tagKey,
      ladder: ladderSetting(),
      pacing,
      limitSeconds: numberSetting('WINDOW_LIMIT_HOURS') * 3600,
    }),
  };
}
