import { execFile } from 'node:child_process';
import { expect, test } from 'vitest';
import { compare, measure, readListed } from '../../local/simulation/uncovered.ts';

const SOURCE = `export function sign(value: number): string {
  if (value < 0) {
    return 'minus';
  }
  return value > 0 ? 'plus' : 'none';
}
`;

/** A file of which nothing but these blocks is executed or not, as V8 tells it. */
function fixture(...unexecuted: string[]) {
  const blocks = [{ from: 0, to: SOURCE.length, count: 3 }];
  for (const text of unexecuted) {
    const from = SOURCE.indexOf(text);
    blocks.push({ from, to: from + text.length, count: 0 });
  }
  return [{ file: 'functions/sign.ts', source: SOURCE, blocks }];
}

const MINUS = "{\n    return 'minus';\n  }";
const listed = (text: string, file = 'functions/sign.ts') => ({ file, text, reason: 'It cannot happen.' });

test('all executed, nothing listed: no complaint, and each file is counted', () => {
  const { complaints, table } = compare(fixture(), []);
  expect(complaints).toEqual([]);
  expect(table.split('\n').map((row) => row.trim().split(/\s+/))).toEqual([
    ['file', 'branches', 'executed', 'listed'],
    ['functions/sign.ts', '1', '1', '0'],
    ['all', '1', '1', '0'],
  ]);
});

test('a block that is neither executed nor listed is named by file, lines and text', () => {
  const { complaints } = compare(fixture(MINUS, ": 'none'"), []);
  expect(complaints).toEqual([
    'functions/sign.ts:2-4 "{" in "if (value < 0) {" is not executed, and not listed.',
    `functions/sign.ts:5 ": 'none'" in "return value > 0 ? 'plus' : 'none';" is not executed, and not listed.`,
  ]);
});

test('a block within another is no second one, and white space or a bracket is none', () => {
  const { complaints, table } = compare(fixture(MINUS, "return 'minus';", '\n}\n'), [
    listed("return 'minus';"),
  ]);
  expect(complaints).toEqual([]);
  expect(table).toMatch(/sign\.ts +2 +1 +1\n/);
});

test.each([
  ['within the block', "'minus'"],
  ['around the block', `if (value < 0) ${MINUS}`],
])('a listed block may stay unexecuted; its text is %s', (_, text) => {
  expect(compare(fixture(MINUS), [listed(text)]).complaints).toEqual([]);
});

test.each([
  ['is executed', listed("'plus'"), 'which is executed: take it out'],
  ['is no longer there', listed("'zero'"), 'which is not there'],
  ['is not exact', listed('value'), 'more than once'],
  ['is in no file', listed("'plus'", 'functions/gone.ts'), 'functions/gone.ts, which does not exist'],
])('a listed text that %s is complained of', (_, one, words) => {
  const { complaints } = compare(fixture(), [one]);
  expect(complaints).toEqual([expect.stringContaining(words)]);
});

test.each([
  ['executed', []],
  ['not executed', [MINUS]],
])('a listed block of a race may be %s', (_, unexecuted) => {
  expect(compare(fixture(...unexecuted), [{ ...listed("'minus'"), sometimes: true }]).complaints).toEqual([]);
});

test('one reason is of one block', () => {
  const { complaints } = compare(fixture(MINUS, ": 'none'"), [listed(SOURCE.trim())]);
  expect(complaints[0]).toContain('several blocks are not executed: name each');
  expect(complaints).toHaveLength(3);
});

test('a file that no story loads is not executed as a whole', () => {
  const [first] = measure([]);
  expect(first).toMatchObject({ blocks: [{ from: 0, count: 0 }] });
  expect(compare(first ? [first] : [], []).complaints).toEqual([
    expect.stringMatching(/^functions\/\S+\.ts:1-\d+ /),
  ]);
});

test('the list can be read, and has a reason for each of its blocks', () => {
  for (const { file, reason } of readListed())
    expect([file, reason]).toEqual([file, expect.stringMatching(/\w/)]);
});

test('a run names what it did not execute, in any number of processes, and exits with 1', async () => {
  const run = (jobs: string) =>
    new Promise<{ code: unknown; out: string; err: string }>((resolve) => {
      const args = ['local/simulation/main.ts', '--coverage', '--incidents', '20', '--json', '--jobs', jobs];
      execFile(process.execPath, args, { env: { ...process.env, NODE_ENV: '' } }, (error, out, err) =>
        resolve({ code: error?.code, out, err }),
      );
    });
  const [one, two] = await Promise.all([run('1'), run('2')]);
  expect([one.code, two.code]).toEqual([1, 1]);
  expect(two.err).toBe(one.err);
  // Intake is in every story, and much of it only in rare ones.
  expect(one.err).toMatch(/functions\/\S+\.ts:\d+ .+ is not executed, and not listed\./);
  expect(one.err).toMatch(/functions\/steps\/intake\.ts +\d\d +[1-9]\d* +[1-9]\n/);
  expect(JSON.parse(one.out.trim().split('\n').at(-1) ?? '')).toMatchObject({ violations: 0, known: {} });
});
