import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { show } from '../../functions/text.ts';
import { runCommand, UsageError } from '../command.ts';
import { PATHS } from '../stories/paths.ts';
import { randomStory } from '../stories/random/story.ts';
import { stormStory } from '../stories/storm.ts';
import { exhaustive, pathStory } from './exhaustive.ts';
import { type Fault, faultText, parseFault } from './faults.ts';
import { judge } from './judge/judge.ts';
import { FaultTable, type Play, shorten, storyText } from './tell.ts';
import type { Trace } from './trace.ts';
import { play } from './world.ts';

const HELP = `Plays many incidents with many faults on a virtual clock, and holds the service to its promises.

  npm run simulate                              1,000 random incidents
  npm run simulate -- --incidents N --seed S    more of them, others; the same seed gives the same run
  npm run simulate -- --story K --seed S        one random story, told
  npm run simulate -- --exhaustive              the main paths: every call with every fault, alone and in all pairs
  npm run simulate -- --exhaustive --part N     every fault alone, and one in N pairs, chosen by the seed
  npm run simulate -- --exhaustive --alone N    one in N faults alone, and the pairs that begin with them
  npm run simulate -- --path NAME --fault F     one main path, told, with faults as a violation prints them
  npm run simulate -- --storm N                 N WorkSpaces of one directory break at once
  npm run simulate -- --json                    a JSON line a story, the summary last

Main paths: ${Object.keys(PATHS).join(', ')}.

Exit code: 0 when every promise held, 1 when one did not, 2 for a wrong call. NO_COLOR turns colours off.
`;

const LARGEST_SEED = 2 ** 31 - 1;

function wholeNumber(name: string, text: string, lowest: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= lowest && value <= LARGEST_SEED) return value;
  throw new UsageError(
    `--${name} must be a whole number from ${lowest} to ${LARGEST_SEED}, and is ${show(text)}.`,
  );
}

function readOptions(argv: string[]) {
  const parsed = (() => {
    try {
      return parseArgs({
        args: argv,
        options: {
          incidents: { type: 'string', default: '1000' },
          seed: { type: 'string', default: '1' },
          story: { type: 'string' },
          exhaustive: { type: 'boolean', default: false },
          alone: { type: 'string', default: '1' },
          part: { type: 'string', default: '1' },
          path: { type: 'string' },
          storm: { type: 'string' },
          fault: { type: 'string', multiple: true, default: [] },
          json: { type: 'boolean', default: false },
          help: { type: 'boolean', short: 'h', default: false },
        },
      }).values;
    } catch (cause) {
      throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
    }
  })();
  return {
    ...parsed,
    incidents: wholeNumber('incidents', parsed.incidents, 1),
    seed: wholeNumber('seed', parsed.seed, 0),
    alone: wholeNumber('alone', parsed.alone, 1),
    part: wholeNumber('part', parsed.part, 1),
    storm: parsed.storm === undefined ? undefined : wholeNumber('storm', parsed.storm, 2),
    story: parsed.story === undefined ? undefined : wholeNumber('story', parsed.story, 0),
    fault: parsed.fault.map((text) => {
      const fault = parseFault(text);
      if (!fault) throw new UsageError(`${show(text)} is no fault; a violation prints them.`);
      return fault;
    }),
  };
}

async function* randomTraces(seed: number, incidents: number): AsyncGenerator<Trace> {
  let played = 0;
  for (let number = 0; played < incidents; number++) {
    const trace = await play(randomStory(seed, number));
    played += count(trace, 'started');
    yield trace;
  }
}

async function* stormTrace(seed: number, size: number): AsyncGenerator<Trace> {
  yield await play(stormStory(seed, size));
}

const count = (trace: Trace, kind: string) => trace.happenings.filter((one) => one.kind === kind).length;

const rebuildsOf = ({ happenings }: Trace) => {
  const asked = new Set(
    happenings.flatMap((one) =>
      one.kind === 'request' && one.call.endsWith('WorkSpaces.RebuildWorkspaces') ? [one.id] : [],
    ),
  );
  return happenings.filter((one) => one.kind === 'effect' && one.result === 'ok' && asked.has(one.id)).length;
};

/** How to play a trace again. */
function replayOf({ story }: Trace, seed: number): string {
  const [, number] = /^random story (\d+)$/.exec(story.title) ?? [];
  if (number !== undefined) return `npm run simulate -- --seed ${seed} --story ${number}`;
  const [, size] = /^a storm of (\d+)$/.exec(story.title) ?? [];
  if (size !== undefined) return `npm run simulate -- --seed ${seed} --storm ${size}`;
  const faults = Array.isArray(story.faults) ? story.faults : [];
  return `npm run simulate -- --path "${story.title}"${faults.map((each) => ` --fault "${faultText(each)}"`).join('')}`;
}

/** A bar where somebody looks, a line now and then where nobody does. */
class Progress {
  readonly #total: number | undefined;
  readonly #isTerminal = process.stderr.isTTY;
  #shown = 0;
  #next = 0;

  constructor(total: number | undefined) {
    this.#total = total;
  }

  show(done: number, violations: number): void {
    const now = performance.now();
    if (now < this.#next) return;
    this.#next = now + (this.#isTerminal ? 100 : 10_000);
    const share = this.#total === undefined ? undefined : Math.min(1, done / this.#total);
    const bar =
      share === undefined || !this.#isTerminal
        ? ''
        : `[${'#'.repeat(Math.round(share * 30)).padEnd(30, '.')}] `;
    const text = `${bar}${done.toLocaleString('en')} incidents, ${violations} violation(s)`;
    process.stderr.write(this.#isTerminal ? `\r${text}` : this.#shown++ === 0 ? '' : `${text}\n`);
  }

  end(): void {
    if (this.#isTerminal) process.stderr.write('\r\x1b[K');
  }
}

async function main(argv: string[]): Promise<number> {
  const { help, incidents, seed, story, storm, alone, part, path, fault, json, ...wanted } =
    readOptions(argv);
  if (help) {
    process.stdout.write(HELP);
    return 0;
  }
  const startedAt = performance.now();
  if (path !== undefined || story !== undefined) {
    const trace = await one(path, fault, seed, story);
    const violations = judge(trace);
    console.log(json ? line(trace, violations.length) : storyText(trace, violations, replayOf(trace, seed)));
    return violations.length > 0 ? 1 : 0;
  }
  const traces =
    storm !== undefined
      ? stormTrace(seed, storm)
      : wanted.exhaustive
        ? exhaustive(play, { seed, alone, part })
        : randomTraces(seed, incidents);
  const faults = new FaultTable();
  const progress = new Progress(storm !== undefined || wanted.exhaustive ? undefined : incidents);
  const totals = { incidents: 0, faults: 0, rebuilds: 0, violations: 0 };
  for await (const trace of traces) {
    const violations = judge(trace);
    faults.add(trace);
    totals.incidents += count(trace, 'started');
    totals.faults = faults.tried;
    totals.rebuilds += rebuildsOf(trace);
    totals.violations += violations.length;
    if (json) console.log(line(trace, violations.length));
    const [first] = violations;
    if (first && totals.violations === violations.length) {
      progress.end();
      await tell(trace, first, seed, play);
    }
    progress.show(totals.incidents, totals.violations);
  }
  progress.end();
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  const summary = { ...totals, seed, seconds };
  if (json) console.log(JSON.stringify(summary));
  else {
    console.log(`${faults.text()}\n`);
    const words = Object.entries(summary).map(
      ([name, value]) => `${name} ${name === 'seed' ? value : value.toLocaleString('en')}`,
    );
    console.log(totals.violations === 0 ? 'Every promise held.' : 'A promise was broken.');
    console.log(words.join(', '));
  }
  return totals.violations > 0 ? 1 : 0;
}

async function one(path: string | undefined, faults: Fault[], seed: number, number = 0): Promise<Trace> {
  if (path === undefined) return play(randomStory(seed, number));
  const story = pathStory(path, faults);
  if (!story) throw new UsageError(`There is no path ${show(path)}.`);
  return play(story);
}

/** The first violation, in its shortest story. */
async function tell(
  trace: Trace,
  violation: Parameters<typeof shorten>[1],
  seed: number,
  again: Play,
): Promise<void> {
  const shortest = await shorten(trace, violation, again);
  process.stderr.write(`${storyText(shortest, judge(shortest), replayOf(trace, seed))}\nSeed: ${seed}\n`);
}

/** One story, and a digest of all that happened in it: the same seed gives the same, to the byte. */
function line(trace: Trace, violations: number): string {
  return JSON.stringify({
    story: trace.story.title,
    ...(Array.isArray(trace.story.faults) && { at: trace.story.faults.map(faultText) }),
    incidents: count(trace, 'started'),
    faults: count(trace, 'fault'),
    rebuilds: rebuildsOf(trace),
    violations,
    digest: createHash('sha256').update(JSON.stringify(trace.happenings)).digest('hex').slice(0, 16),
  });
}

await runCommand(HELP, main);
