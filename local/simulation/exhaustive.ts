/** Every call of the main paths with every fault, alone and in pairs. */

import { PATHS } from '../stories/catalogue.ts';
import type { Story } from '../stories/story.ts';
import { type Fault, kindsFor, siteKey } from './faults.ts';
import { Random } from './random.ts';
import type { Play } from './tell.ts';
import type { Trace } from './trace.ts';

export interface Choice {
  seed: number;
  /** One in so many faults is played alone; 1 plays them all. */
  alone?: number;
  /** One in so many pairs is played; 1 plays them all. */
  part: number;
  /** Main paths to play; all of them when left out. */
  paths?: string[];
}

/** A main path with these faults. */
export function pathStory(name: string, faults: Fault[]): Story | undefined {
  const story = PATHS[name]?.();
  return story && { ...story, title: name, faults };
}

function faultsAt(sites: Trace['sites']): Fault[] {
  return sites.flatMap((site) => kindsFor(site.call).map((kind) => ({ site, kind })));
}

/** Plays each path alone, then with each fault, then with each second fault that comes after the first. */
export async function* exhaustive(
  play: Play,
  { seed, alone = 1, part, paths }: Choice,
): AsyncGenerator<Trace> {
  const random = new Random(seed);
  const isChosen = (share: number) => share === 1 || random.chance(1 / share);
  for (const name of paths ?? Object.keys(PATHS)) {
    const played = async (faults: Fault[]): Promise<Trace> => {
      const story = pathStory(name, faults);
      if (!story) throw new RangeError(`There is no path ${name}.`);
      return play(story);
    };
    const plain = await played([]);
    yield plain;
    for (const first of faultsAt(plain.sites)) {
      if (!isChosen(alone)) continue;
      const single = await played([first]);
      yield single;
      const hit = single.sites.findIndex((site) => siteKey(site) === siteKey(first.site));
      for (const second of faultsAt(single.sites.slice(hit + 1))) {
        if (isChosen(part)) yield await played([first, second]);
      }
    }
  }
}
