/** Only so many WorkSpaces are healed at a time; the others wait in order of arrival. */

import { isDryRun } from '../incident.ts';
import { askForTurn, type TurnAnswer } from '../table/turns.ts';
import { GO, type GuardText, type Pass, type Verdict } from './guard.ts';

export const name = 'turn';

export const text: GuardText = {
  reads: 'the table; when all slots are in use, Step Functions `DescribeExecution`',
  holdsBack: '`MaxConcurrentRebuilds` others are being healed.',
  outcome:
    'waits up to `TurnLimitMinutes`, in order of arrival, then `NEEDS_HUMAN`; at once when 100 are waiting',
  whatToDo:
    'Many WorkSpaces are being healed: look for a common cause. Try again later, or raise MaxConcurrentRebuilds.',
};

export async function ask({ incident, now, settings }: Pass): Promise<Verdict> {
  // A dry run takes no place from those that are healed.
  if (isDryRun(incident)) return GO;
  const { execution, request } = incident;
  const slots = settings.maxConcurrentRebuilds;
  const me = { workspaceId: request.workspaceId, executionId: execution.id };
  const answer = await askForTurn(me, slots);
  return inLine(answer, slots, now(), settings.turnLimitSeconds);
}

/** Whether it is its turn, and who else is there. `at` in ISO. */
export function inLine(answer: TurnAnswer, slots: number, at: string, limitSeconds: number): Verdict {
  if (answer.kind === 'granted') return GO;
  if (answer.kind === 'full') return { says: 'person', reason: 'the queue for a rebuild slot is full.' };
  if (answer.kind !== 'waiting') {
    return { says: 'wait', reason: 'many ask for a rebuild slot just now.', at, limitSeconds };
  }
  const all = slots === 1 ? 'the only rebuild slot is' : `all ${slots} rebuild slots are`;
  const place = answer.ahead === 0 ? 'next in line' : `behind ${answer.ahead} others in line`;
  return { says: 'wait', reason: `${all} in use; it is ${place}.`, at, limitSeconds };
}
