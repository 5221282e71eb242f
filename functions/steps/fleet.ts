import type { Context } from 'aws-lambda';
import { directoryHealth } from '../aws/directory.ts';
import { type Incident, isManual, type OpenIncident } from '../incident.ts';
import { flapping } from '../policy/flapping.ts';
import { isOverridden } from '../policy/guards.ts';
import { afterStorm, inStorm, isFresh, stormIn } from '../policy/storm.ts';
import { numberSetting, pacingSettings } from '../settings.ts';
import { noteIncident, noteStorm, readDirectory } from '../table/storms.ts';
import { audit, fact, guarded, logFor, openIncident, StepInputError } from './step.ts';

/** Longest wait for the quiet after a storm, as a multiple of its length: storms may follow each other. */
const STORM_PATIENCE = 4;

/** Whether this WorkSpace alone is broken, and not just for a moment. */
export async function handler(event: unknown, context: Context): Promise<Incident> {
  const incident = openIncident(event);
  logFor(context, incident);
  const next = await guarded(incident, () => decide(incident));
  audit('Fleet', next);
  return next;
}

async function decide(incident: OpenIncident): Promise<Partial<Incident>> {
  const { seen, request, badSince = seen?.at, execution } = incident;
  const directoryId = seen?.directoryId;
  if (!directoryId || badSince === undefined) {
    throw new StepInputError('Nothing seen, or no directory: Check comes first.');
  }
  const byHandDry = isManual(request) && request.dryRun;
  if (incident.badSince === undefined && !byHandDry) {
    await fact('storm', () => noteIncident(directoryId, request.workspaceId));
  }
  const held = flapping(incident, numberSetting('CONFIRM_SECONDS'), pacingSettings());
  if (held) return held;
  const proceed: Partial<Incident> = {
    badSince,
    decision: { action: 'ACT', reason: 'It is broken, and its directory is well enough.' },
  };
  if (isOverridden(incident, 'storm')) return proceed;

  const { storm, incidents } = await fact('storm', () => readDirectory(directoryId));
  const now = Math.floor(Date.now() / 1000);
  const cooldownSeconds = numberSetting('STORM_COOLDOWN_MINUTES') * 60;
  if (storm && isFresh(storm, now)) {
    return inStorm(incident, 'Too much of its directory is broken, as seen just now', storm.openedBy);
  }
  const settings = {
    maxPercent: numberSetting('MAX_UNHEALTHY_PERCENT'),
    maxCount: numberSetting('MAX_UNHEALTHY_COUNT'),
  };
  const health =
    incidents > settings.maxCount ? undefined : await fact('storm', () => directoryHealth(directoryId));
  const what = stormIn(health, incidents, settings);
  if (what) {
    const opener = byHandDry
      ? execution.name
      : await fact('storm', () => noteStorm(directoryId, execution.name, cooldownSeconds));
    return inStorm(incident, what, opener);
  }
  if (!storm || storm.until <= now) return proceed;
  return afterStorm(incident, storm, now, {
    pacing: pacingSettings(),
    limitSeconds: STORM_PATIENCE * cooldownSeconds,
  });
}
