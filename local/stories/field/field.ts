/**
 * What WorkSpaces do in the field, by public reports, runbooks and AWS's documents, and what must come of each: how its
 * incidents end, and what is asked of AWS.
 */
import { DANGERS, DIRECTORIES, FORCED, OUTAGES } from './around.ts';
import { REFUSALS, SETTLING, SOMEBODYS } from './requests.ts';
import { READS, STATES, STOPS } from './states.ts';
import type { FieldStory } from './words.ts';

export const FIELD: Readonly<Record<string, FieldStory>> = {
  ...REFUSALS,
  ...SETTLING,
  ...SOMEBODYS,
  ...STOPS,
  ...STATES,
  ...READS,
  ...DANGERS,
  ...DIRECTORIES,
  ...OUTAGES,
  ...FORCED,
};
