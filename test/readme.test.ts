import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readTemplate } from '../local/template.ts';
import { diagram, withDiagram } from '../tools/diagram.ts';

const readme = readFileSync('README.md', 'utf8');

test("the README's diagram is that of the workflow", () => {
  expect(diagram()).toContain('Rebuild the WorkSpace');
  expect(withDiagram(readme)).toBe(readme);
  expect(readme).toContain(diagram());
});

const rows = readme.split('\n').map((line) => line.replace(/ +/g, ' '));

test('the settings table names every parameter with its default and bounds', () => {
  for (const [name, { Default, MinValue, MaxValue }] of Object.entries(readTemplate().Parameters)) {
    const row = rows.find((line) => line.startsWith(`| \`${name}\` |`));
    expect(row).toContain(Default === '' ? 'none' : String(Default));
    if (MinValue !== undefined) expect(row).toContain(`| ${MinValue} to ${MaxValue} |`);
  }
});
