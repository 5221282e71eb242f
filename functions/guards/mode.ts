/** Nothing new starts unless the service is on; a request that was sent is watched to its end in every mode. */
import { type ModeReading, readMode } from '../aws/mode.ts';
import { isDryByHand, type OpenIncident } from '../incident.ts';
import { show } from '../text.ts';
import { GO, type GuardText, type Pass, type Verdict } from './guard.ts';

export const name = 'mode';

export const text: GuardText = {
  reads: 'SSM `GetParameter`',
  holdsBack: 'The mode is not `on`.',
  outcome:
    '`SKIPPED`; `NEEDS_HUMAN` when the mode is unknown or unreadable, or was set to `dry-run` after a request had been sent',
  whatToDo:
    'The mode counts for every WorkSpace, not only for this one. Set it in Systems Manager, Parameter Store, /<stack>/mode, to on, dry-run or paused.',
};

export async function ask({ incident }: Pass): Promise<Verdict> {
  return modeVerdict(incident, await readMode());
}

/** Whether anything new may start. */
export function modeVerdict({ request, attempt }: OpenIncident, reading: ModeReading): Verdict {
  // A dry run changes nothing, and shows what would happen before the service is turned on.
  if (isDryByHand({ request })) return GO;
  const value = 'value' in reading ? reading.value : undefined;
  if (value === 'on') return { says: 'go', remember: { mode: value } };
  if (value === 'dry-run') {
    const reason = 'the mode was set to dry-run after this incident had sent a request; no other is sent.';
    return attempt ? { says: 'person', reason } : { says: 'go', remember: { mode: value } };
  }
  const remember = { mode: 'paused' } as const;
  if (attempt) return { says: 'go', remember };
  if (value === 'paused') {
    return { says: 'skip', reason: 'the service is paused; nothing new starts.', remember };
  }
  const fact =
    'unreadable' in reading
      ? `the mode could not be read (${reading.unreadable})`
      : `the mode must be on, dry-run or paused, and is ${show(value)}`;
  const reason = `${fact}; until it is set right nothing new starts, for any WorkSpace.`;
  return { says: 'person', reason, remember };
}
