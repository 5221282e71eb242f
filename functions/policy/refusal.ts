/** What to do once AWS has refused a request. */
import type { Attempt } from '../incident.ts';
import { RUNG_FACTS } from '../rungs.ts';
import { duration } from '../text.ts';
import { refusedWait, secondsBetween } from './pacing.ts';
import { ended, nothing, type Progress, type ProgressRules } from './progress.ts';

type RefusalRules = Pick<
  ProgressRules,
  'deadlineSeconds' | 'rebootDeadlineSeconds' | 'busyLimitSeconds' | 'hasNextRung'
>;

/**
 * What a refusal means. `not-now`: the same again, later. `not-for-this`: AWS does not do it for this WorkSpace, so the next
 * rung follows. `never`: for a person.
 */
export type RefusalKind = 'not-now' | 'not-for-this' | 'never';

/** What to do once it was refused. A refusal that passes is no attempt, and is waited out up to the rung's deadline. */
export function afterRefusal(attempt: Attempt, kind: RefusalKind, rules: RefusalRules): Progress {
  const { rung, number, detail, claimedAt, refusedSince = claimedAt } = attempt;
  const which = number > 1 ? ` in attempt ${number}` : '';
  const fact = `AWS refused the ${rung}${which}: ${detail}`;
  if (kind === 'not-for-this') return nothing(attempt, fact, rules);
  if (kind === 'never') return { attempt, decision: ended('FAILED', fact) };
  const elapsed = secondsBetween(refusedSince, claimedAt);
  if (elapsed >= rules[RUNG_FACTS[rung].deadline]) {
    return {
      attempt,
      decision: ended('FAILED', `AWS has refused the ${rung} for ${duration(elapsed)}: ${detail}`),
    };
  }
  return {
    attempt: { ...attempt, refusedSince },
    decision: {
      action: 'WAIT',
      reason: `AWS refused the ${rung} for now: ${detail}`,
      waitSeconds: refusedWait(elapsed),
    },
  };
}
