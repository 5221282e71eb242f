/**
 * Plays what WorkSpaces do in the field, and prints as a JSON line for each what came of it. Run by the tests, and by
 * hand with a name: then the story is told. `node test/simulation/field.ts ["IMPAIRED, and it stays so"]`
 */
import { summariseTrace, withoutProbes } from '../../local/lab/summary.ts';
import { verdict } from '../../local/simulation/judge/known.ts';
import { storyText } from '../../local/simulation/tell.ts';
import { play } from '../../local/simulation/world.ts';
import { FIELD } from '../../local/stories/catalogue.ts';

const [wanted] = process.argv.slice(2);
for (const [name, { story, says = [] }] of Object.entries(FIELD)) {
  if (wanted !== undefined && wanted !== name) continue;
  const trace = await play({ ...story, title: name });
  const { violations } = verdict(trace);
  if (wanted !== undefined) console.log(storyText(trace, violations));
  const { outcomes, calls } = summariseTrace(withoutProbes(trace), violations.length);
  const told = trace.happenings.flatMap((one) => (one.kind === 'published' ? [one.message] : []));
  const unsaid = says.filter((words) => !told.some((message) => words.test(message))).map(String);
  const broken = violations.map(({ promise, what }) => `${promise}: ${what}`);
  console.log(JSON.stringify({ name, outcomes, calls, unsaid, violations: broken }));
}
