/**
 * Plays the fixed run of the known faults: the main paths and the first random stories of a seed. Prints as a JSON
 * line how often each shows, and how often that is per 1,000 incidents. Run by the tests, and by hand when a number
 * has changed: `node test/simulation/known.ts [STORIES]`, with more stories for a ceiling. With `directed`: a line
 * for each story that is made to show one, or not to.
 */
import { playedOf } from '../../local/simulation/counts.ts';
import { pathStory } from '../../local/simulation/exhaustive.ts';
import {
  addRates,
  KNOWN_RULES,
  type KnownRule,
  NO_RATES,
  rateLines,
  ratesRisen,
  verdict,
} from '../../local/simulation/judge/known.ts';
import { play } from '../../local/simulation/world.ts';
import { PATHS } from '../../local/stories/catalogue.ts';
import { randomStory } from '../../local/stories/random/story.ts';
import type { Story } from '../../local/stories/story.ts';
import { DIRECTED } from './known-stories.ts';

const SEED = 77;
const STORIES = 300;

function* fixedRun(stories: number): Generator<Story> {
  for (const name of Object.keys(PATHS)) {
    const story = pathStory(name, []);
    if (story) yield story;
  }
  for (let number = 0; number < stories; number++) yield randomStory(SEED, number);
}

async function count(stories: number): Promise<object> {
  const rules: KnownRule[] = [];
  let [incidents, totals] = [0, NO_RATES];
  for (const story of fixedRun(stories)) {
    const trace = await play(story);
    incidents += playedOf(trace).figures.incidents;
    const { known, rates } = verdict(trace);
    rules.push(...known.map(({ rule }) => rule));
    totals = addRates(totals, rates);
  }
  const known = KNOWN_RULES.map((name) => [name, rules.filter((rule) => rule === name).length] as const);
  const share = (hits: number) => Math.round((10_000 * hits) / incidents) / 10;
  return {
    known: Object.fromEntries(known),
    perThousand: Object.fromEntries(known.map(([name, hits]) => [name, share(hits)])),
    incidents,
    rates: rateLines(totals),
    risen: ratesRisen(totals),
  };
}

const [wanted] = process.argv.slice(2);
if (wanted === 'directed') {
  for (const { about, rule, isFaulty, story, edges } of DIRECTED) {
    const hits = verdict(await play(story, edges)).known.filter((hit) => hit.rule === rule);
    console.log(JSON.stringify({ rule, about, isFaulty, hits: hits.map(({ what }) => what) }));
  }
} else console.log(JSON.stringify(await count(Number(wanted ?? STORIES))));
