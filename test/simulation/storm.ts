/**
 * Plays a storm of so many WorkSpaces in one directory, and prints what came of it as a JSON line. Run by the tests,
 * and by hand: `node test/simulation/storm.ts 2000`.
 */
import { casesOf, isChange, isProbe } from '../../local/simulation/judge/cases.ts';
import { verdict } from '../../local/simulation/judge/known.ts';
import { play } from '../../local/simulation/world.ts';
import { STORM_ENDS, stormStory } from '../../local/stories/storm.ts';

const size = Number(process.argv[2]);
const trace = await play(stormStory(1, size));
const cases = [...casesOf(trace).values()].filter((each) => !isProbe(each));

/** From its first request to its end: an execution that has something under way. */
const atWork = cases.flatMap(({ sent, ended }) => {
  const from = sent.find(isChange)?.request.at;
  return from === undefined ? [] : [{ from, to: ended?.at ?? Number.POSITIVE_INFINITY }];
});
const outcomes: Record<string, number> = {};
for (const { ended } of cases) {
  const outcome = ended?.outcome ?? 'none';
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
}

console.log(
  JSON.stringify({
    incidents: cases.length,
    outcomes,
    rebuiltWhileItLasts: atWork.filter(({ from }) => from < trace.startedAt + STORM_ENDS).length,
    rebuiltAfterwards: atWork.filter(({ from }) => from >= trace.startedAt + STORM_ENDS).length,
    mostAtATime: Math.max(
      ...atWork.map(({ from }) => atWork.filter((one) => one.from <= from && from <= one.to).length),
    ),
    messages: trace.happenings.filter(({ kind }) => kind === 'published').length,
    violations: verdict(trace).violations.map(({ promise, what }) => `${promise}: ${what}`),
  }),
);
