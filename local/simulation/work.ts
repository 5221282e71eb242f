/** What a run plays, in parts that can be played anywhere: which stories they are depends on the part's number alone. */
import * as v from 'valibot';
import { PATHS } from '../stories/catalogue.ts';
import { randomStory } from '../stories/random/story.ts';
import { stormStory } from '../stories/storm.ts';
import type { Story } from '../stories/story.ts';
import { exhaustive, pathStory } from './exhaustive.ts';
import { parseFault } from './faults.ts';
import type { Trace } from './trace.ts';
import { play } from './world.ts';

const count = v.number();
export const workSchema = v.variant('kind', [
  v.object({ kind: v.literal('random'), seed: count }),
  v.object({ kind: v.literal('exhaustive'), seed: count, alone: count, part: count }),
  v.object({ kind: v.literal('storm'), seed: count, size: count }),
]);
export type Work = v.InferOutput<typeof workSchema>;

/** Random stories of one part. */
const STORIES = 16;

const pathNames = Object.keys(PATHS);

/** How many parts there are. */
export function partsOf(work: Work): number {
  if (work.kind === 'random') return Number.POSITIVE_INFINITY;
  return work.kind === 'exhaustive' ? pathNames.length : 1;
}

export async function* playPart(work: Work, part: number): AsyncGenerator<Trace> {
  if (work.kind === 'storm') yield await play(stormStory(work.seed, work.size));
  else if (work.kind === 'exhaustive') {
    const { seed, alone, part: share } = work;
    const paths = pathNames.slice(part, part + 1);
    yield* exhaustive(play, { seed: seed + part, alone, part: share, paths });
  } else {
    for (let number = part * STORIES; number < (part + 1) * STORIES; number++) {
      yield await play(randomStory(work.seed, number));
    }
  }
}

/** What names a story, beside the run's seed. */
interface Named {
  title: string;
  at?: string[] | undefined;
}

const randomNumber = (title: string) => /^random story (\d+)$/.exec(title)?.[1];
const stormSize = (title: string) => /^a storm of (\d+)$/.exec(title)?.[1];

/** The story of that name, to be played again. @throws RangeError */
export function storyOf({ title, at = [] }: Named, seed: number): Story {
  const [number, size] = [randomNumber(title), stormSize(title)];
  if (number !== undefined) return randomStory(seed, Number(number));
  if (size !== undefined) return stormStory(seed, Number(size));
  const faults = at.flatMap((text) => parseFault(text) ?? []);
  const story = pathStory(title, faults);
  if (!story || faults.length < at.length) throw new RangeError(`There is no story ${title}.`);
  return story;
}

/** How to play it again on the command line. */
export function replayOf({ title, at = [] }: Named, seed: number): string {
  const [number, size] = [randomNumber(title), stormSize(title)];
  if (number !== undefined) return `npm run simulate -- --seed ${seed} --story ${number}`;
  if (size !== undefined) return `npm run simulate -- --seed ${seed} --storm ${size}`;
  return `npm run simulate -- --path "${title}"${at.map((text) => ` --fault "${text}"`).join('')}`;
}
