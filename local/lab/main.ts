import { existsSync, readFileSync } from 'node:fs';
import { show } from '../../functions/text.ts';
import { loadStack } from '../desk/template.ts';
import { verdict } from '../simulation/judge/known.ts';
import { play } from '../simulation/world.ts';
import { isScenarioName, SCENARIOS } from '../stories/catalogue.ts';
import { brokenDesktop, ownStart } from '../stories/samples.ts';
import type { Start, Story } from '../stories/story.ts';
import { readStory } from '../stories/story-file.ts';
import { account } from './account.ts';
import { parseOptions, runCommand, UsageError } from './command.ts';
import { run } from './lab.ts';
import { needsPeople, summarise, summariseTrace, withoutProbes } from './summary.ts';
import { Timeline } from './timeline.ts';

const HELP = `Plays an incident through the whole service on this machine, in a second or two.

  npm start                                   the scenario "rebuild"
  npm start -- --scenario NAME                another scenario
  npm start -- --event FILE                   an EventBridge event from a file
  npm start -- --input FILE                   a manual start's input from a file
  npm start -- --story FILE                   your own story, with one WorkSpace or thousands
  npm start -- --json                         audit log and messages as JSON lines, the summary last

Scenarios:
${Object.entries<Story>(SCENARIOS)
  .map(([name, { title }]) => `  ${name.padEnd(18)} ${title}`)
  .join('\n')}

A story is a JSON file; docs/stories.md shows its form. Waits are skipped; the times shown are simulated.

Exit codes: 0 no action needed; 1 somebody must act (NEEDS_HUMAN, REJECTED or FAILED) or a promise was broken;
2 usage error. NO_COLOR turns colours off.
`;

function readJson(file: string): unknown {
  if (!existsSync(file)) throw new UsageError(`There is no file ${show(file)}.`);
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new UsageError(`${show(file)} is not JSON: ${show(String(cause))}`, { cause });
  }
}

function options(argv: string[]) {
  return parseOptions({
    args: argv,
    options: {
      event: { type: 'string' },
      input: { type: 'string' },
      scenario: { type: 'string' },
      story: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }).values;
}

async function main(argv: string[]): Promise<number> {
  const { event, input, scenario, story: file, json, help } = options(argv);
  if (help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (file !== undefined) {
    if ([event, input, scenario].some((other) => other !== undefined))
      throw new UsageError('--story cannot be combined with --scenario, --event or --input.');
    return playFile(file, json);
  }
  if (event !== undefined && input !== undefined)
    throw new UsageError('--event and --input cannot be combined.');
  const name = scenario ?? 'rebuild';
  if (!isScenarioName(name)) throw new UsageError(`There is no scenario ${show(name)}; --help lists them.`);
  const story: Story = SCENARIOS[name];
  if (event !== undefined) return playOne(withStart(story, 'bus', readJson(event)), json);
  return playOne(input === undefined ? story : withStart(story, 'console', readJson(input)), json);
}

/** Writes what `--json` says of a message to people. */
const messageLine = ({ topic, subject, message }: { topic: string; subject: string; message: string }) =>
  JSON.stringify({ kind: 'message', topic, subject, text: message });

/** Plays a scenario, or one start of somebody's own, in the lab. */
async function playOne(story: Story, json: boolean): Promise<number> {
  const timeline = new Timeline(!json && process.stdout.isTTY && !process.env.NO_COLOR, console.log);
  const result = await run(story, {
    onHappening: (happening) => {
      if (!json) timeline.show(happening);
      else if (happening.kind === 'log') console.log(JSON.stringify(happening.entry));
      else if (happening.kind === 'sns') console.log(messageLine(happening));
    },
  });
  // The judge needs every request and answer, which the lab does not keep: it judges the same story in the simulation's world.
  const outcome = summarise(result);
  const { violations } = verdict(await play(asFound(story, outcome)));
  const summary = { ...outcome, violations: violations.length };
  if (json) console.log(JSON.stringify(summary));
  else timeline.end(result, summary, violations);
  return needsPeople(summary) ? 1 : 0;
}

/** An own start that was no request: the judge then wants nothing healed for it, and nothing called. */
function asFound(story: Story, { outcome, workspaceId }: ReturnType<typeof summarise>): Story {
  const bad = outcome === 'REJECTED' ? 'rejected' : outcome === 'SKIPPED' ? 'held' : undefined;
  if (bad === undefined || workspaceId !== null) return story;
  return { ...story, starts: story.starts.map((start) => (start.unforeseen ? { ...start, bad } : start)) };
}

/** Plays the story of a file in the simulation's world, without faults. */
async function playFile(file: string, json: boolean): Promise<number> {
  const { story, ignored } = readStory(readJson(file));
  checkParameters(story);
  if (ignored.length > 0)
    process.stderr.write(`Ignored, since the lab cannot play it yet: ${ignored.join(', ')}.\n`);
  const whole = await play(story);
  const { violations } = verdict(whole);
  const trace = withoutProbes(whole);
  const summary = summariseTrace(trace, violations.length);
  if (json) {
    for (const one of trace.happenings) {
      if (one.kind === 'log') console.log(JSON.stringify(one.entry));
      if (one.kind === 'published') console.log(messageLine(one));
    }
    console.log(JSON.stringify(summary));
  } else console.log(account(trace, violations, summary));
  return needsPeople(summary) ? 1 : 0;
}

/** @throws UsageError for a parameter that CloudFormation would refuse */
function checkParameters({ parameters }: Story): void {
  try {
    loadStack({ parameters });
  } catch (cause) {
    throw new UsageError(
      `The story's parameters: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

/** The scenario with somebody's own start, and its desktop under the id that this names, if it names one. */
function withStart(story: Story, via: Start['via'], value: unknown): Story {
  const start = ownStart(story.starts[0]?.name ?? 'own', 0, via, value);
  const { workspaceId } = start;
  const desktops = story.desktops.map((desktop) =>
    workspaceId === undefined || desktop.workspaceId !== brokenDesktop().workspaceId
      ? desktop
      : { ...desktop, workspaceId },
  );
  return { ...story, desktops, starts: [start] };
}

await runCommand(HELP, main);
