import { type Incident, isManual, type OpenIncident } from '../incident.ts';
import { show } from '../text.ts';
import { leave } from './guards.ts';

/** The service's mode as the parameter has it, or why it could not be read. */
export type ModeReading = { value: string } | { unreadable: string };

/** Whether anything new may start. What has been asked for of AWS is watched to its end in every mode. */
export function modeVerdict(incident: OpenIncident, reading: ModeReading): Partial<Incident> {
  const { request, attempt } = incident;
  const proceed = { action: 'CHECK', reason: request.reason } as const;
  // Nothing is changed by these anyway: so one can see what would happen before it is turned on.
  if (isManual(request) && request.dryRun) return { decision: proceed };
  const value = 'value' in reading ? reading.value : undefined;
  if (value === 'on') return { mode: value, decision: proceed };
  if (value === 'dry-run') {
    return attempt
      ? leave('mode', 'it is dry-run since this incident began; nothing more is asked of AWS.')
      : { mode: value, decision: proceed };
  }
  if (attempt) return { mode: 'paused', decision: proceed };
  if (value === 'paused') {
    const reason = 'Guard mode: the service is paused, and nothing new starts.';
    return { mode: value, decision: { action: 'DONE', outcome: 'SKIPPED', guard: 'mode', reason } };
  }
  const fact =
    'unreadable' in reading
      ? `it could not be read (${reading.unreadable})`
      : `it must be on, dry-run or paused, and is ${show(value)}`;
  return { mode: 'paused', ...leave('mode', `${fact}, so nothing new starts.`) };
}
