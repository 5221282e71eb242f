/**
 * Tags by their keys, without regard to case: so IAM compares them, in the condition that lets a request through or not.
 * WorkSpaces itself keeps keys apart that differ in case only; what IAM makes of two of them AWS does not say.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourcetag
 */
import { show } from '../text.ts';

type Tag = readonly [key: string, value: string];

/** All tags of a name. */
export function tagsNamed(tags: Readonly<Record<string, string>>, name: string): Tag[] {
  return Object.entries(tags).filter(([key]) => key.toLowerCase() === name.toLowerCase());
}

/** Why tags of one name are for a person: they say different things, and it is not known which one counts. */
export function disagreement(
  tags: readonly Tag[],
  meaning: (value: string) => string = (value) => value,
): string | undefined {
  if (new Set(tags.map(([, value]) => meaning(value))).size < 2) return undefined;
  const all = tags.map(([key, value]) => `${show(key)} = ${show(value)}`).join(' and ');
  return `the tags ${all} differ in the case of their keys, which AWS IAM takes for one key, and disagree. Delete all but one.`;
}
