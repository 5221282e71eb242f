import { runCommand } from '../lab/command.ts';
import { lineOf, type Played, playedOf, Totals } from './counts.ts';
import { type Coverage, merged } from './coverage.ts';
import { faultText } from './faults.ts';
import { run } from './jobs.ts';
import { rateLines, ratesRisen, risen, verdict } from './judge/known.ts';
import { HELP, type Options, readOptions } from './options.ts';
import { Progress } from './progress.ts';
import { faultTable, shorten, storyText } from './tell.ts';
import { type CoverageReport, compare, measure, readListed } from './uncovered.ts';
import { replayOf, storyOf, type Work } from './work.ts';
import { play } from './world.ts';

async function main(argv: string[]): Promise<number> {
  const options = readOptions(argv);
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const { path, story } = options;
  if (path !== undefined) return tellOne({ title: path, at: options.faults.map(faultText) }, options);
  if (story !== undefined) return tellOne({ title: `random story ${story}` }, options);
  return playAll(options);
}

/** One story, told. */
async function tellOne(named: { title: string; at?: string[] }, { seed, json }: Options): Promise<number> {
  const trace = await play(storyOf(named, seed));
  const played = playedOf(trace);
  console.log(json ? lineOf(played) : storyText(trace, played.violations, replayOf(named, seed)));
  return played.violations.length > 0 ? 1 : 0;
}

function workOf({ seed, storm, exhaustive, alone, part }: Options): Work {
  if (storm !== undefined) return { kind: 'storm', seed, size: storm };
  return exhaustive ? { kind: 'exhaustive', seed, alone, part } : { kind: 'random', seed };
}

async function playAll(options: Options): Promise<number> {
  const startedAt = performance.now();
  const work = workOf(options);
  const goal = work.kind === 'random' ? options.incidents : Number.POSITIVE_INFINITY;
  const totals = new Totals();
  const progress = new Progress(work.kind === 'random' ? goal : undefined);
  const isEnough = () => totals.figures.incidents >= goal;
  let coverage: Coverage = [];
  for await (const message of run(work, options)) {
    if (message.kind === 'part') coverage = merged(coverage, message.coverage ?? []);
    else if (!isEnough()) await count(message.played, totals, progress, options);
    // Coverage is of whole parts, so that it does not depend on how many processes there are.
    if (isEnough() && (message.kind === 'part' || !options.coverage)) break;
  }
  progress.end();
  const report = options.coverage ? compare(measure(coverage), readListed()) : undefined;
  // Ceilings are of random stories: a main path played with every fault may well be one that the service gets wrong.
  const worse =
    work.kind === 'random'
      ? [...risen(totals.known, totals.figures.incidents), ...ratesRisen(totals.rates)]
      : [];
  for (const line of worse) process.stderr.write(`Risen: ${line}\n`);
  summarize(totals, report, options, Math.round((performance.now() - startedAt) / 100) / 10);
  return totals.violations + worse.length + (report?.complaints.length ?? 0) > 0 ? 1 : 0;
}

async function count(played: Played, totals: Totals, progress: Progress, options: Options): Promise<void> {
  if (options.json) console.log(lineOf(played));
  const isFirst = totals.violations === 0 && played.violations.length > 0;
  totals.add(played);
  if (isFirst) {
    progress.end();
    await tellShortest(played, options.seed);
  }
  progress.show(totals.figures.incidents, totals.violations);
}

/** The first violation, in its shortest story. */
async function tellShortest(played: Played, seed: number): Promise<void> {
  const trace = await play(storyOf(played, seed));
  const [violation] = verdict(trace).violations;
  if (!violation) throw new Error(`${played.title}, played again, breaks no promise.`);
  const shortest = await shorten(trace, violation, play);
  process.stderr.write(
    `${storyText(shortest, verdict(shortest).violations, replayOf(played, seed))}\nSeed: ${seed}\n`,
  );
}

function summarize(
  totals: Totals,
  report: CoverageReport | undefined,
  { seed, json }: Options,
  seconds: number,
): void {
  const { figures, violations, known } = totals;
  if (report) {
    const text = [report.table, ...report.complaints].join('\n');
    // The last line on standard output is the summary's, and with --json all lines are JSON.
    (json ? process.stderr : process.stdout).write(`${text}\n\n`);
  }
  if (json) {
    console.log(JSON.stringify({ ...figures, violations, known, rates: totals.rates, seed, seconds }));
    return;
  }
  console.log(`${faultTable(totals.faults)}\n`);
  for (const line of rateLines(totals.rates)) console.log(line);
  console.log(violations === 0 ? 'Every promise held.' : 'A promise was broken.');
  const counts = [...Object.entries({ ...figures, violations }), ...Object.entries(known)];
  const words = counts.map(([name, value]) => `${name} ${value.toLocaleString('en')}`);
  console.log([...words, `seed ${seed}`, `seconds ${seconds}`].join(', '));
}

await runCommand(HELP, main);
