import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { show } from '../functions/text.ts';
import { runCommand, UsageError } from './command.ts';
import { run } from './lab.ts';
import { brokenDesktop, isScenarioName, SCENARIOS, sample } from './scenarios.ts';
import { summarise, Timeline } from './timeline.ts';

const HELP = `Plays one incident through the whole service, on this machine and in a second or two.

  npm start                                   the scenario "rebuild"
  npm start -- --scenario NAME                another one
  npm start -- --event FILE                   an EventBridge event of your own
  npm start -- --input FILE                   a manual input of your own
  npm start -- --json                         the audit log as JSON lines, the summary last

Scenarios:
${Object.entries(SCENARIOS)
  .map(([name, { about }]) => `  ${name.padEnd(18)} ${about}`)
  .join('\n')}

Exit code: 0 for an outcome that needs nobody, 1 for one that went to SNS, 2 for a wrong call.
NO_COLOR turns colours off.
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
  try {
    return parseArgs({
      args: argv,
      options: {
        event: { type: 'string' },
        input: { type: 'string' },
        scenario: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

async function main(argv: string[]): Promise<number> {
  const { event, input, scenario = 'rebuild', json, help } = options(argv);
  if (help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (event !== undefined && input !== undefined) throw new UsageError('Give --event or --input, not both.');
  if (!isScenarioName(scenario)) {
    throw new UsageError(`There is no scenario ${show(scenario)}; --help lists them.`);
  }
  const { file, options: world } = SCENARIOS[scenario];
  const own = event ?? input;
  const value = own === undefined ? sample(file) : readJson(own);
  const viaBus = event !== undefined || (input === undefined && file !== 'manual.json');
  const timeline = new Timeline(!json && process.stdout.isTTY && !process.env.NO_COLOR, console.log);
  const result = await run({
    ...world,
    desktops: own === undefined ? world.desktops : world.desktops.map((desktop) => named(desktop, value)),
    input: value,
    viaBus,
    onHappening: (happening) => {
      if (!json) timeline.show(happening);
      else if (happening.kind === 'log') console.log(JSON.stringify(happening.entry));
    },
  });
  const summary = summarise(result);
  if (json) console.log(JSON.stringify(summary));
  else timeline.end(result, summary);
  // What is told before it is done asks nobody to do anything.
  const isNeeded = result.notifications.some(({ subject }) => !subject.startsWith('About to '));
  return isNeeded || summary.executionStatus === 'FAILED' ? 1 : 0;
}

/** The scenario's desktop under the id that the user's own event names, if it names one. */
function named(desktop: ReturnType<typeof brokenDesktop>, value: unknown): typeof desktop {
  const [id] = /ws-[0-9a-z]{8,63}(?=")/.exec(JSON.stringify(value)) ?? [];
  return id === undefined || desktop.workspaceId !== brokenDesktop().workspaceId
    ? desktop
    : { ...desktop, workspaceId: id };
}

await runCommand(HELP, main);
