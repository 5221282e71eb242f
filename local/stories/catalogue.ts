/** Every story that has a name: what the lab, the tests and the simulation play. */
import { FIELD } from './field/field.ts';
import { PATHS } from './paths.ts';
import { SCENARIOS } from './scenarios.ts';
import type { Story } from './story.ts';
import { STORIES } from './workflow.ts';

export { ID, OTHER_EXECUTION } from './workflow.ts';
export { FIELD, PATHS, SCENARIOS, STORIES };

export type ScenarioName = keyof typeof SCENARIOS;

export const isScenarioName = (name: string): name is ScenarioName => Object.hasOwn(SCENARIOS, name);

/** Those that the workflow is tested with on every engine, the lab's scenarios first. */
export const WORKFLOW_STORIES: ReadonlyMap<string, Story> = new Map<string, Story>([
  ...Object.entries<Story>(SCENARIOS).map(([name, story]): [string, Story] => [`scenario ${name}`, story]),
  ...Object.entries<Story>(STORIES).map(([name, story]): [string, Story] => [
    name,
    { ...story, title: name },
  ]),
]);
