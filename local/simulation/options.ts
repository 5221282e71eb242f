/** What the command understands. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { show } from '../../functions/text.ts';
import { UsageError } from '../command.ts';
import { PATHS } from '../stories/catalogue.ts';
import { type Fault, parseFault } from './faults.ts';

const INCIDENTS = 1_000;
const INCIDENTS_FOR_COVERAGE = 20_000;

export const HELP = `Plays many incidents with many faults on a virtual clock, and holds the service to its promises.

  npm run simulate                              1,000 random incidents
  npm run simulate -- --incidents N --seed S    more of them, others; the same seed gives the same run
  npm run simulate -- --story K --seed S        one random story, told
  npm run simulate -- --exhaustive              the main paths: every call with every fault, alone and in all pairs
  npm run simulate -- --exhaustive --part N     every fault alone, and one in N pairs, chosen by the seed
  npm run simulate -- --exhaustive --alone N    one in N faults alone, and the pairs that begin with them
  npm run simulate -- --path NAME --fault F     one main path, told, with faults as a violation prints them
  npm run simulate -- --storm N                 N WorkSpaces of one directory break at once
  npm run simulate -- --coverage                20,000 random incidents, or N: every branch of functions/ is executed,
                                                or named with its reason in local/simulation/uncovered.json
  npm run simulate -- --jobs J                  in J processes, by default one per core; it gives the same run
  npm run simulate -- --json                    one JSON line per story, the summary last

An incident is an execution that is neither a probe of the simulation's own nor a DUPLICATE.

Main paths: ${Object.keys(PATHS).join(', ')}.

Exit code: 0 when every promise held, 1 when one did not or --coverage found a branch, 2 for a wrong call.
NO_COLOR turns colours off.
`;

const LARGEST_SEED = 2 ** 31 - 1;
const MOST_JOBS = 64;

function wholeNumber(name: string, text: string, lowest: number, highest = LARGEST_SEED): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= lowest && value <= highest) return value;
  throw new UsageError(
    `--${name} must be a whole number from ${lowest} to ${highest}, and is ${show(text)}.`,
  );
}

export interface Options {
  incidents: number;
  seed: number;
  jobs: number;
  story: number | undefined;
  path: string | undefined;
  faults: Fault[];
  storm: number | undefined;
  exhaustive: boolean;
  alone: number;
  part: number;
  coverage: boolean;
  json: boolean;
  help: boolean;
}

/** @throws UsageError */
export function readOptions(argv: string[]): Options {
  const given = parse(argv);
  const optional = (name: 'story' | 'storm', lowest: number) => {
    const text = given[name];
    return text === undefined ? undefined : wholeNumber(name, text, lowest);
  };
  if (given.coverage) {
    for (const other of ['story', 'path', 'storm', 'exhaustive'] as const) {
      if (given[other]) throw new UsageError(`--coverage is of random incidents, and not of --${other}.`);
    }
  }
  if (given.path !== undefined && !Object.hasOwn(PATHS, given.path)) {
    throw new UsageError(`There is no path ${show(given.path)}.`);
  }
  const incidents = given.incidents ?? String(given.coverage ? INCIDENTS_FOR_COVERAGE : INCIDENTS);
  return {
    incidents: wholeNumber('incidents', incidents, 1),
    seed: wholeNumber('seed', given.seed, 0),
    jobs: wholeNumber('jobs', given.jobs ?? String(availableParallelism()), 1, MOST_JOBS),
    story: optional('story', 0),
    path: given.path,
    faults: given.fault.map((text) => {
      const fault = parseFault(text);
      if (!fault) throw new UsageError(`${show(text)} is no fault; a violation prints them.`);
      return fault;
    }),
    storm: optional('storm', 2),
    exhaustive: given.exhaustive,
    alone: wholeNumber('alone', given.alone, 1),
    part: wholeNumber('part', given.part, 1),
    coverage: given.coverage,
    json: given.json,
    help: given.help,
  };
}

function parse(argv: string[]) {
  try {
    return parseArgs({
      args: argv,
      options: {
        incidents: { type: 'string' },
        seed: { type: 'string', default: '1' },
        jobs: { type: 'string' },
        story: { type: 'string' },
        exhaustive: { type: 'boolean', default: false },
        alone: { type: 'string', default: '1' },
        part: { type: 'string', default: '1' },
        path: { type: 'string' },
        storm: { type: 'string' },
        fault: { type: 'string', multiple: true, default: [] },
        coverage: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
