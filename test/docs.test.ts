import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { TEXTS } from '../functions/guards/index.ts';
import { readTemplate } from '../local/desk/template.ts';
import { KNOWN_RULES, RATE_NAMES } from '../local/simulation/judge/known.ts';
import { HELP } from '../local/simulation/options.ts';
import { pages } from '../tools/docs.ts';
import { diagram } from '../tools/workflow-diagram.ts';

const read = (path: string) => readFileSync(path, 'utf8');

describe('what is made from the code is current: npm run docs', () => {
  test.each(Object.entries(pages()))('%s', (name, text) => {
    expect(read(join('docs', name))).toBe(text);
  });

  test('the workflow is drawn in it, once', () => {
    expect(diagram()).toContain('Rebuild the WorkSpace');
    expect(read('docs/design.md').split(diagram())).toHaveLength(2);
  });

  test.each(Object.entries(TEXTS))(
    'guard %s has whole sentences',
    (name, { holdsBack, whatToDo, ...rest }) => {
      for (const text of [holdsBack, whatToDo, 'risk' in rest ? rest.risk : whatToDo])
        expect(text).toMatch(/^\S.{10,}\.$/);
      expect(read('docs/guards.md')).toContain(`### ${name}\n\n${whatToDo}\n`);
    },
  );

  test('the settings name every parameter with its default and bounds', () => {
    const rows = read('docs/settings.md')
      .split('\n')
      .map((line) => line.replace(/ +/g, ' '));
    for (const [name, { Default, MinValue, MaxValue }] of Object.entries(readTemplate().Parameters)) {
      const row = rows.find((line) => line.startsWith(`| \`${name}\` |`));
      expect(row).toContain(Default === '' ? '| none |' : `| \`${Default}\` |`);
      if (MinValue !== undefined) expect(row).toContain(`| ${MinValue} to ${MaxValue} |`);
    }
  });
});

describe('docs/proof.md says what the simulation holds the service to', () => {
  const proof = read('docs/proof.md');
  const judge = 'local/simulation/judge';
  const sources = readdirSync(judge).map((name) => read(join(judge, name)));
  const promises = sources.flatMap((text) =>
    [...text.matchAll(/broken\(\s*'([PLQ]\d+)'/g)].map(([, id = '']) => id),
  );

  test.each([...new Set(promises)].sort())('rule %s', (id) => {
    expect(proof).toMatch(new RegExp(`^\\| (\\w+, )?${id}(, \\w+)? +\\|`, 'm'));
  });

  test.each([...KNOWN_RULES, ...RATE_NAMES])('%s', (name) => {
    expect(proof).toMatch(new RegExp(`^\\| \`${name}\` +\\|`, 'm'));
  });

  test.each([...new Set(HELP.match(/--[a-z]{2,}/g))])('option %s', (option) => {
    expect(proof).toContain(option);
  });
});

const DOCUMENTS = [
  'README.md',
  'test/conformance/README.md',
  ...readdirSync('docs').map((name) => join('docs', name)),
];
const FENCED = /^```.*?^```$/gms;

/** As GitHub makes anchors of headings. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

function anchors(path: string): string[] {
  const headings = read(path)
    .replace(FENCED, '')
    .matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading = '']) => anchorOf(heading));
}

const links = DOCUMENTS.flatMap((from) =>
  [
    ...read(from)
      .replace(FENCED, '')
      .matchAll(/\]\(([^)\s]+)\)/g),
  ]
    .map(([, to = '']) => to)
    .filter((to) => !to.startsWith('https:'))
    .map((to) => [from, to] as const),
);

test.each(links)('%s links to %s, which is there', (from, to) => {
  const [file = '', anchor] = to.split('#');
  const path = file === '' ? from : join(dirname(from), file);
  expect(existsSync(path)).toBe(true);
  if (anchor !== undefined) expect(anchors(path)).toContain(anchor);
});

const manifest = v.object({ scripts: v.record(v.string(), v.string()) });

test.each(DOCUMENTS)('%s names only commands that are there', (path) => {
  const { scripts } = v.parse(manifest, JSON.parse(read('package.json')));
  for (const [, name = ''] of read(path).matchAll(/npm run ([\w-]+)/g))
    expect(Object.keys(scripts)).toContain(name);
});

const PATH = /`((?:functions|local|statemachine|test|tools|docs)\/[\w./-]*)`/g;

test.each(DOCUMENTS)('%s names only files that are there', (path) => {
  for (const [, name = ''] of read(path).matchAll(PATH))
    expect([name, existsSync(name)]).toEqual([name, true]);
});

test('the README is short', () => {
  expect(links.length).toBeGreaterThan(20);
  expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(170);
});
