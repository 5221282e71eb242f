/**
 * What a rare incident pays for its cold start: how long Node takes to import each bundle, as a multiple of what it
 * takes for its own http, https and crypto, which every bundle needs. Each is imported by a process of its own, in turn
 * with the others; the median counts.
 */
import { spawnSync } from 'node:child_process';
import { parseOptions, runCommand, UsageError } from '../local/lab/command.ts';
import { buildAll } from './build.ts';

/** The functions that one incident starts. */
const INCIDENT = ['intake', 'check', 'act', 'close'];
/** Their sum, as a multiple of the floor. */
const MOST = 6.5;
const FLOOR = ['node:http', 'node:https', 'node:crypto'];

const HELP = `Usage: npm run bench [-- --rounds N] [--json]

How long Node takes to import each bundle, as a multiple of its own http, https and crypto in the same run.

  --rounds N   imports of each (default 15)
  --json       one line of JSON per bundle, and one for the sum
  --help       this text

Exits with 0; with 1 when what one incident starts cold is more than ${MOST} times the floor; with 2 for a wrong call.
`;

/** Milliseconds that a fresh process takes to import these modules, one after the other. */
function imported(modules: readonly string[]): number {
  const script = `const start = performance.now();
    for (const name of ${JSON.stringify(modules)}) await import(name);
    console.log(performance.now() - start);`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: { ...process.env, AWS_REGION: 'us-east-1' },
  });
  const took = Number(stdout);
  if (status !== 0 || !(took > 0)) throw new Error(`${modules.join()} cannot be imported: ${stderr}`);
  return took;
}

const median = (times: readonly number[]): number =>
  [...times].sort((one, other) => one - other)[Math.floor(times.length / 2)] ?? Number.NaN;

/** The median of each, measured in turn. */
function measure(rounds: number, subjects: ReadonlyMap<string, readonly string[]>): Map<string, number> {
  const times = new Map([...subjects.keys()].map((name): [string, number[]] => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const [name, modules] of subjects) times.get(name)?.push(imported(modules));
    if (process.stderr.isTTY)
      process.stderr.write(`\rround ${round} of ${rounds}${round === rounds ? '\n' : ''}`);
  }
  return new Map([...times].map(([name, all]) => [name, median(all)]));
}

function roundsOf(text: string): number {
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds >= 1 && rounds <= 1_000) return rounds;
  throw new UsageError(`--rounds must be a whole number from 1 to 1000, and is ${JSON.stringify(text)}.`);
}

function options(args: string[]) {
  return parseOptions({
    args,
    options: {
      rounds: { type: 'string', default: '15' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }).values;
}

async function main(argv: string[]): Promise<number> {
  const { rounds, json, help } = options(argv);
  if (help) {
    process.stdout.write(HELP);
    return 0;
  }
  const sizes = await buildAll();
  const bundle = (name: string) => new URL(`../dist/${name}/index.mjs`, import.meta.url).href;
  const subjects = new Map<string, readonly string[]>([['floor', FLOOR]]);
  for (const name of sizes.keys()) subjects.set(name, [bundle(name)]);
  const times = measure(roundsOf(rounds), subjects);
  const floor = times.get('floor') ?? Number.NaN;
  const ratio = (name: string) => (times.get(name) ?? Number.NaN) / floor;
  const sum = INCIDENT.reduce((total, name) => total + ratio(name), 0);
  const say = (words: string, figures: object) => console.log(json ? JSON.stringify(figures) : words);
  say(`${FLOOR.join(', ')}: ${floor.toFixed(1)} ms`, { name: 'floor', milliseconds: floor });
  for (const [name, bytes] of sizes) {
    const times = ratio(name);
    say(`${name}: ${times.toFixed(2)} times the floor, ${(bytes / 1000).toFixed(1)} KB`, {
      name,
      times,
      bytes,
    });
  }
  say(`One incident, cold (${INCIDENT.join(', ')}): ${sum.toFixed(2)} times the floor, ${MOST} at most.`, {
    name: 'incident',
    times: sum,
    most: MOST,
  });
  return sum <= MOST ? 0 : 1;
}

await runCommand(HELP, main);
