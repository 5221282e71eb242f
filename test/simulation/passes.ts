/**
 * Plays the main paths and prints, as a JSON line a path, what the guards asked AWS in each pass of an
 * execution, in order. Run by the tests, and by hand: `node test/simulation/passes.ts`.
 */
import { pathStory } from '../../local/simulation/exhaustive.ts';
import { play } from '../../local/simulation/world.ts';
import { PATHS } from '../../local/stories/catalogue.ts';

/** The steps that ask guards; a pass begins with the first of them. */
const GUARDS = ['mode', 'check', 'fleet', 'guard'];

for (const path of Object.keys(PATHS)) {
  const story = pathStory(path, []);
  if (!story) throw new RangeError(`There is no path ${path}.`);
  const passes: string[][] = [];
  /** The pass that each execution is in. */
  const current = new Map<string, string[]>();
  for (const one of (await play(story)).happenings) {
    if (one.kind === 'invoked' && one.artifact === 'mode') {
      const pass: string[] = [];
      current.set(one.execution, pass);
      passes.push(pass);
    }
    if (one.kind !== 'request' || !GUARDS.some((step) => one.call.startsWith(`${step} > `))) continue;
    current.get(one.execution)?.push(one.call);
  }
  console.log(JSON.stringify({ path, passes }));
}
