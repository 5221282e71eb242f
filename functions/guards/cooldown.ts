/** What was just rebuilt or restored and is broken again is not set back once more: the cause is elsewhere. */

import { secondsBetween } from '../policy/pacing.ts';
import type { Settings } from '../settings.ts';
import { readRecord } from '../table/leases.ts';
import { duration } from '../text.ts';
import { noneLeft, type RungFacts, type RungPass } from './choice.ts';
import type { GuardText, Verdict } from './guard.ts';

const WEEK = 7 * 86_400;

export const name = 'cooldown';

export const text: GuardText & { risk: string } = {
  reads: 'the table',
  holdsBack:
    'A rebuild or restore was requested less than `CooldownHours` ago, or `MaxRebuildsPerWeek` of them in seven days.',
  outcome: '`NEEDS_HUMAN`',
  whatToDo:
    'The last rebuild or restore did not last: look for the cause first (bundle image, user profile, updates), or give the user another WorkSpace.',
  risk: "Another rebuild or restore takes the user's data back to the last snapshot once more.",
};

export async function read({ incident, facts }: RungPass): Promise<void> {
  const record = await readRecord(incident.request.workspaceId);
  facts.rebuilds = record?.rebuilds ?? [];
}

export async function ask({ incident, choose }: RungPass): Promise<Verdict> {
  return noneLeft(name, choose(incident));
}

/** Why it may not lose data again, if it may not. */
export function tooSoon(
  { rebuilds, now }: Pick<RungFacts, 'rebuilds' | 'now'>,
  { cooldownSeconds, maxRebuildsPerWeek }: Pick<Settings, 'cooldownSeconds' | 'maxRebuildsPerWeek'>,
): string | undefined {
  const ages = rebuilds.map((at) => secondsBetween(at, now)).sort((one, other) => one - other);
  const [newest] = ages;
  if (newest !== undefined && newest < cooldownSeconds) {
    return `a rebuild or restore was requested ${duration(newest)} ago (limit: one per ${duration(cooldownSeconds)}), and it is broken again or still`;
  }
  const lately = ages.filter((age) => age < WEEK).length;
  if (lately < maxRebuildsPerWeek) return undefined;
  return `a rebuild or restore was requested ${lately} times in seven days (limit ${maxRebuildsPerWeek})`;
}
