/** Only those WorkSpaces are touched that are this service's, by their tag. */
import type { Incident } from '../incident.ts';
import type { Observation } from '../observation.ts';
import { disagreement, tagsNamed } from '../policy/tag-keys.ts';
import type { Settings } from '../settings.ts';
import { show } from '../text.ts';
import { GO, type GuardText, type Pass, type Verdict } from './guard.ts';

/** What is known of a WorkSpace once its tags are: three guards go by them, and they are read once. */
export interface TaggedPass extends Pass {
  seen: Observation;
  tags: Readonly<Record<string, string>>;
}

export const name = 'scope';

export const text: GuardText = {
  reads: '`DescribeTags`',
  holdsBack:
    'It is not tagged `AutoRemediate` = `true`. With `Scope=all`: it is tagged `AutoRemediate` = `false`. The case of key and value does not count; two such tags that disagree hold it back too.',
  outcome:
    '`SKIPPED`; `NEEDS_HUMAN` when a request had been sent before the tag was changed, or when two such tags disagree',
  whatToDo:
    'Of two tags whose keys differ in case only, delete one. If its tag was changed while it was being healed, AWS goes on with what it has accepted: wait for that, then decide whether the tag is right.',
};

export async function ask({ incident, tags, settings }: TaggedPass): Promise<Verdict> {
  return outOfScope(incident, tags, settings);
}

/**
 * Whether a WorkSpace is this service's to touch. A tag that says `false` always wins.
 * IAM asks the same of the tag when a rebuild is sent: key and value are compared without regard to case in both places.
 */
export function outOfScope(
  { attempt }: Pick<Incident, 'attempt'>,
  tags: Readonly<Record<string, string>>,
  { scope, scopeTagKey }: Pick<Settings, 'scope' | 'scopeTagKey'>,
): Verdict {
  const found = tagsNamed(tags, scopeTagKey);
  const torn = disagreement(found, (value) => value.toLowerCase());
  if (torn !== undefined) return { says: 'person', reason: torn };
  const [[key, value] = [scopeTagKey, undefined]] = found;
  const wish = value?.toLowerCase();
  if (wish === 'true' || (scope === 'all' && wish !== 'false')) return GO;
  const tag = value === undefined ? `no tag ${show(key)}` : `the tag ${show(key)} = ${show(value)}`;
  const reason = `it has ${tag}${wish === 'false' ? '' : '; only WorkSpaces with "true" are touched'}.`;
  const opening = 'Out of scope';
  if (!attempt) return { says: 'skip', opening, reason };
  // What was begun is not dropped in silence.
  return { says: 'person', opening, reason: `${reason} A request had been sent to AWS before.` };
}
