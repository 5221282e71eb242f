import type { Decision, Incident } from '../incident.ts';
import { show } from '../text.ts';

export interface ScopeSettings {
  /** `tagged`: only WorkSpaces that ask for it. `all`: every one that does not refuse. */
  scope: 'tagged' | 'all';
  tagKey: string;
}

/**
 * Why a WorkSpace is not this service's to touch; `undefined` when it is. A tag that says `false` always wins.
 * IAM asks the same of the tag when a rebuild is sent: values are compared without regard to case in both places.
 */
export function outOfScope(
  incident: Pick<Incident, 'attempt'>,
  tags: Readonly<Record<string, string>>,
  { scope, tagKey }: ScopeSettings,
): Decision | undefined {
  const value = Object.hasOwn(tags, tagKey) ? tags[tagKey] : undefined;
  const wish = value?.toLowerCase();
  if (wish === 'true' || (scope === 'all' && wish !== 'false')) return undefined;
  const tag = value === undefined ? `no tag ${show(tagKey)}` : `the tag ${show(tagKey)} = ${show(value)}`;
  const reason = `Out of scope: it has ${tag}${wish === 'false' ? '' : '; only WorkSpaces with "true" are touched'}.`;
  // What was begun is not dropped in silence.
  return incident.attempt
    ? {
        action: 'DONE',
        outcome: 'NEEDS_HUMAN',
        guard: 'scope',
        reason: `${reason} A request had been sent to AWS before.`,
      }
    : { action: 'DONE', outcome: 'SKIPPED', guard: 'scope', reason };
}
