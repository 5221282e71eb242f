/** Which blocks of functions/ a run did not execute, and whether each may stay so. */
import { readdirSync, readFileSync } from 'node:fs';
import * as v from 'valibot';
import type { Coverage } from './coverage.ts';

const ROOT = new URL('../../', import.meta.url);
const LIST = new URL('uncovered.json', import.meta.url);

/**
 * A block that may stay unexecuted, by text that is in its file once and within the block, or the block within it.
 * `sometimes`: it may be executed as well, for races that a run has or has not; its reason says how probable they are.
 */
const listedSchema = v.array(
  v.strictObject({
    file: v.string(),
    text: v.pipe(v.string(), v.nonEmpty()),
    reason: v.pipe(v.string(), v.nonEmpty()),
    sometimes: v.optional(v.literal(true)),
  }),
);
export type Listed = v.InferOutput<typeof listedSchema>;

interface Block {
  from: number;
  to: number;
}

/** One file of functions/: its source, and all blocks that V8 tells of. */
interface Measured {
  file: string;
  source: string;
  blocks: (Block & { count: number })[];
}

export interface CoverageReport {
  /** Empty when every block is executed or listed, and the list is exact. */
  complaints: string[];
  table: string;
}

/** @throws Error for a list that cannot be read */
export function readListed(): Listed {
  return v.parse(v.pipe(v.string(), v.parseJson(), listedSchema), readFileSync(LIST, 'utf8'));
}

/** All files of functions/, those too that were never loaded. */
export function measure(coverage: Coverage): Measured[] {
  const files = readdirSync(new URL('functions/', ROOT), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `functions/${name}`);
  return files.sort().map((file) => {
    const source = readFileSync(new URL(file, ROOT), 'utf8');
    const found = coverage.find(({ url }) => url === file);
    const blocks = found?.functions.flatMap(({ ranges }) =>
      ranges.map(({ startOffset, endOffset, count }) => ({ from: startOffset, to: endOffset, count })),
    );
    return { file, source, blocks: blocks ?? [{ from: 0, to: source.length, count: 0 }] };
  });
}

/** Holds what was measured against the list. */
export function compare(measured: Measured[], listed: Listed): CoverageReport {
  const complaints: string[] = [];
  const rows: (string | number)[][] = [['file', 'branches', 'executed', 'listed']];
  const sums = [0, 0, 0];
  for (const each of measured) {
    const open = unexecuted(each);
    const own = listed.filter(({ file }) => file === each.file);
    const named = own.flatMap((one) => {
      const { block, complaint } = nameOne(one, each.source, open);
      if (complaint !== undefined) complaints.push(complaint);
      return block ? [block] : [];
    });
    const left = open.filter((block) => !named.includes(block));
    complaints.push(...left.map((block) => `${describe(each, block)} is not executed, and not listed.`));
    const executed = each.blocks.filter(({ count }) => count > 0).length;
    const figures = [executed + open.length, executed, new Set(named).size];
    rows.push([each.file, ...figures]);
    figures.forEach((figure, index) => {
      sums[index] = (sums[index] ?? 0) + figure;
    });
  }
  const files = new Set(measured.map(({ file }) => file));
  for (const { file, text } of listed.filter((one) => !files.has(one.file))) {
    complaints.push(`uncovered.json names ${quote(text)} in ${file}, which does not exist.`);
  }
  return { complaints, table: tableOf([...rows, ['all', ...sums]]) };
}

/** The one block that an entry of the list names, or what is wrong with the entry. */
function nameOne(
  { file, text, sometimes }: Listed[number],
  source: string,
  open: Block[],
): { block?: Block; complaint?: string } {
  const from = source.indexOf(text);
  const name = `uncovered.json names ${quote(text)} in ${file}`;
  if (from < 0)
    return { complaint: `${name}, which is not there: take it out, or give the text as it is now.` };
  if (source.includes(text, from + 1)) {
    return { complaint: `${name}, which is there more than once: give a longer text.` };
  }
  const to = from + text.length;
  const [block, second] = open.filter(
    (one) => (one.from <= from && to <= one.to) || (from <= one.from && one.to <= to),
  );
  if (!block) return sometimes ? {} : { complaint: `${name}, which is executed: take it out.` };
  return second ? { complaint: `${name}, where several blocks are not executed: name each.` } : { block };
}

/** The largest blocks that were not executed, without white space around; none that is punctuation alone. */
function unexecuted({ source, blocks }: Measured): Block[] {
  const none = blocks
    .filter(({ count }) => count === 0)
    .map(({ from, to }) => trimmed(source, from, to))
    .filter(({ from, to }) => /\w/.test(source.slice(from, to)))
    .sort((one, other) => one.from - other.from || other.to - one.to);
  const largest: Block[] = [];
  for (const block of none) {
    const last = largest.at(-1);
    if (!last || block.to > last.to) largest.push(block);
  }
  return largest;
}

function trimmed(source: string, from: number, to: number): Block {
  const text = source.slice(from, to);
  return { from: to - text.trimStart().length, to: from + text.trimEnd().length };
}

/** `functions/text.ts:3 "?? 0" in "const sum = (one ?? 0) + other;"`. */
function describe({ file, source }: Measured, { from, to }: Block): string {
  const line = (offset: number) => source.slice(0, offset).split('\n').length;
  const [first, last] = [line(from), line(to)];
  const [own = ''] = source.slice(from, to).split('\n');
  const whole = source.split('\n')[first - 1]?.trim() ?? '';
  const place = `${file}:${first === last ? first : `${first}-${last}`}`;
  return `${place} ${quote(own)}${own === whole ? '' : ` in ${quote(whole)}`}`;
}

const quote = (text: string) => JSON.stringify(text);

function tableOf(rows: (string | number)[][]): string {
  const width = Math.max(...rows.map(([file]) => String(file).length));
  return rows
    .map(([file, ...cells]) =>
      [String(file).padEnd(width), ...cells.map((cell) => String(cell).padStart(9))].join(' '),
    )
    .join('\n');
}
