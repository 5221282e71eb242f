/** What the command understands. */
import { availableParallelism } from 'node:os';
import { show } from '../../functions/text.ts';
import { parseOptions, UsageError } from '../lab/command.ts';
import { PATHS } from '../stories/catalogue.ts';
import { type Fault, parseFault } from './faults.ts';

const INCIDENTS = 1_000;
const INCIDENTS_FOR_COVERAGE = 20_000;

export const HELP = `Plays many incidents with many faults on a virtual clock, and checks the service's promises.

  npm run simulate                              1,000 random incidents
  npm run simulate -- --incidents N --seed S    as many, from this seed; the same seed gives the same run
  npm run simulate -- --story K --seed S        one random story, step by step
  npm run simulate -- --exhaustive              every main path with every fault at every call, alone and in
                                                all pairs; takes many hours
  npm run simulate -- --exhaustive --part N     every fault alone, and one in N pairs, chosen by the seed
  npm run simulate -- --exhaustive --alone N    one in N faults alone, and the pairs that begin with them
  npm run simulate -- --path NAME --fault F     one main path, step by step; faults as a violation prints them
  npm run simulate -- --storm N                 N WorkSpaces of one directory break at once
  npm run simulate -- --coverage                20,000 random incidents, or N: every branch of functions/ must be
                                                executed, or listed in local/simulation/uncovered.json
  npm run simulate -- --jobs J                  in J processes (default: one per core); gives the same run
  npm run simulate -- --json                    one JSON line per story, the summary last

An incident is an execution that is neither one of the simulation's own probes nor a DUPLICATE.

Main paths: ${Object.keys(PATHS).join(', ')}.

Exit codes: 0 every promise held; 1 one was broken, a known fault or a rate has risen, or --coverage found an unlisted
branch; 2 usage error. NO_COLOR turns colours off.
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
      if (given[other])
        throw new UsageError(`--coverage measures random incidents and cannot be combined with --${other}.`);
    }
  }
  if (given.path !== undefined && !Object.hasOwn(PATHS, given.path)) {
    throw new UsageError(`There is no main path ${show(given.path)}; --help lists them.`);
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
      if (!fault) throw new UsageError(`${show(text)} is not a fault; write it as a violation prints it.`);
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
  return parseOptions({
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
}
