import { type Incident, isManual, type OpenIncident } from '../incident.ts';
import { show } from '../text.ts';
import { leave } from './guards.ts';

/** The service's mode as the parameter has it, or why it could not be read. */
export type ModeReading = { value: string } | { unreadable: string };

/** Whether anything new may start. A request that was sent is watched to its end in every mode. */
export function modeVerdict(incident: OpenIncident, reading: ModeReading): Partial<Incident> {
  const { request, attempt } = incident;
  const proceed = { action: 'CHECK', reason: request.reason } as const;
  // A dry run changes nothing, and shows what would happen before the service is turned on.
  if (isManual(request) && request.dryRun) return { decision: proceed };
  const value = 'value' in reading ? reading.value : undefined;
  if (value === 'on') return { mode: value, decision: proceed };
  if (value === 'dry-run') {
    return attempt
      ? leave('mode', 'the mode was set to dry-run after this incident had sent a request; no other is sent.')
      : { mode: value, decision: proceed };
  }
  if (attempt) return { mode: 'paused', decision: proceed };
  if (value === 'paused') {
    const reason = 'Guard mode: the service is paused; nothing new starts.';
    return { mode: value, decision: { action: 'DONE', outcome: 'SKIPPED', guard: 'mode', reason } };
  }
  const fact =
    'unreadable' in reading
      ? `the mode could not be read (${reading.unreadable})`
      : `the mode must be on, dry-run or paused, and is ${show(value)}`;
  return {
    mode: 'paused',
    ...leave('mode', `${fact}; until it is set right nothing new starts, for any WorkSpace.`),
  };
}
