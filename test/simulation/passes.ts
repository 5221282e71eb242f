/**
 * Plays the main paths and prints, as a JSON line a path, what the guards asked AWS in each pass of an
 * execution, in order. Run by the tests, and by hand: `node test/simulation/passes.ts`.
 */
import { pathStory } from '../../local/simulation/exhaustive.ts';
import { play } from '../../local/simulation/world.ts';
import { PATHS } from '../../local/stories/catalogue.ts';

for (const path of Object.keys(PATHS)) {
  const story = pathStory(path, []);
  if (!story) throw new RangeError(`There is no path ${path}.`);
  const passes: string[][] = [];
  /** The pass that each execution is in. */
  const current = new Map<string, string[]>();
  for (const one of (await play(story)).happenings) {
    if (one.kind === 'invoked' && one.step === 'check') {
      const pass: string[] = [];
      current.set(one.execution, pass);
      passes.push(pass);
    }
    if (one.kind !== 'request' || !one.call.startsWith('check > ')) continue;
    current.get(one.execution)?.push(one.call);
  }
  console.log(JSON.stringify({ path, passes }));
}
