/**
 * Makes a stack trace of a production log readable: positions in a bundle become positions in the source, by the maps
 * that `npm run build` leaves in `dist/maps`. Bundles are minified, without names and maps: either would make a cold
 * start a sixth longer.
 */
import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseOptions, runCommand, UsageError } from '../local/lab/command.ts';

const HELP = `Usage: npm run trace -- --function NAME [FILE]

Reads a log, or a part of one, and prints it with every position in the bundle as a position in the source. Build the
version that is deployed first: npm run build.

  --function NAME   the function that wrote it: intake, check, act, close or net
  FILE              the log; standard input without it
  --help            this text

Exits with 0; with 2 for a wrong call.
`;

/** `/var/task/index.mjs:12:345`, what is bundled apart beside it, or a bundle elsewhere. */
const POSITION = /(?:file:\/\/)?[^\s()"\\]*?\b([a-z]+)\.mjs:(\d+):(\d+)/g;

/** A text with the positions of a function's bundles as the maps have them; what they do not know stays as it is. */
function readable(text: string, own: SourceMap): string {
  return text.replace(POSITION, (given, name: string, line: string, column: string) => {
    const map = name === 'index' ? own : readMap(name);
    if (!map) return given;
    const found = map.findEntry(Number(line) - 1, Number(column) - 1);
    // The nearest before it, on whatever line, is what is found.
    if (!('originalSource' in found) || found.generatedLine !== Number(line) - 1) return given;
    const { originalSource, originalLine, originalColumn } = found;
    return `${originalSource.replace(/^(\.\.\/)+/, '')}:${originalLine + 1}:${originalColumn + 1}`;
  });
}

/** @throws UsageError, where there is no such bundle's map */
function mapOf(name: string): SourceMap {
  const map = /^[a-z]+$/.test(name) ? readMap(name) : undefined;
  if (map) return map;
  throw new UsageError(`There is no map of a function ${JSON.stringify(name)}. Run npm run build first.`);
}

function readMap(name: string): SourceMap | undefined {
  const file = fileURLToPath(new URL(`../dist/maps/${name}.mjs.map`, import.meta.url));
  return existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
}

function options(args: string[]) {
  return parseOptions({
    args,
    allowPositionals: true,
    options: { function: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } },
  });
}

async function main(argv: string[]): Promise<number> {
  const { values, positionals } = options(argv);
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const [file, ...more] = positionals;
  if (values.function === undefined || more.length > 0)
    throw new UsageError('Give --function NAME, and one file at most.');
  if (file !== undefined && !existsSync(file)) {
    throw new UsageError(`There is no file ${JSON.stringify(file)}.`);
  }
  const map = mapOf(values.function);
  process.stdout.write(readable(readFileSync(file ?? 0, 'utf8'), map));
  return 0;
}

if (import.meta.main) await runCommand(HELP, main);
