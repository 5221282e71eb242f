/**
 * Plays the fixed run of the known faults: the main paths and the first random stories of a seed, and prints as a
 * JSON line how often each shows. Run by the tests, and by hand when a number has changed: `node
 * test/simulation/known.ts`; with `directed`, a line for each story that is made to show one, or not to.
 */
import { pathStory } from '../../local/simulation/exhaustive.ts';
import {
  addRates,
  KNOWN_RULES,
  type KnownHit,
  knownFaults,
  NO_RATES,
  rateLines,
  rates,
  ratesRisen,
} from '../../local/simulation/judge/known.ts';
import { PATHS, randomStory } from '../../local/simulation/stories.ts';
import { play } from '../../local/simulation/world.ts';
import type { Story } from '../../local/stories/story.ts';
import { DIRECTED } from './known-stories.ts';

const SEED = 77;
const STORIES = 300;

function* fixedRun(): Generator<Story> {
  for (const name of Object.keys(PATHS)) {
    const story = pathStory(name, []);
    if (story) yield story;
  }
  for (let number = 0; number < STORIES; number++) yield randomStory(SEED, number);
}

const count = (hits: KnownHit[]) =>
  Object.fromEntries(KNOWN_RULES.map((rule) => [rule, hits.filter((one) => one.rule === rule).length]));

if (process.argv[2] === 'directed') {
  for (const { about, rule, isFaulty, story, edges } of DIRECTED) {
    const hits = knownFaults(await play(story, edges)).filter((hit) => hit.rule === rule);
    console.log(JSON.stringify({ rule, about, isFaulty, hits: hits.map(({ what }) => what) }));
  }
} else {
  const hits: KnownHit[] = [];
  let counts = NO_RATES;
  for (const story of fixedRun()) {
    const trace = await play(story);
    hits.push(...knownFaults(trace));
    counts = addRates(counts, rates(trace));
  }
  console.log(JSON.stringify({ known: count(hits), rates: rateLines(counts), risen: ratesRisen(counts) }));
}
