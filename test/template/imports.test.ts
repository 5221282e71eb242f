/** Which file of functions/ imports which: no circle, and policy knows no AWS, not even by a detour or a type. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = 'functions';
const IMPORT = /^(?:import|export)\b[^;]*?\bfrom '([^']+)'/gms;

const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => join(ROOT, file));
const imports = new Map(
  files.map((file) => [
    file,
    [...readFileSync(file, 'utf8').matchAll(IMPORT)].map(([, to = '']) =>
      to.startsWith('.') ? normalize(join(dirname(file), to)) : to,
    ),
  ]),
);

/** All that a file needs, by every way. */
function reach(file: string, found = new Set<string>()): Set<string> {
  for (const to of imports.get(file) ?? []) {
    if (found.has(to)) continue;
    found.add(to);
    reach(to, found);
  }
  return found;
}

test.each(files)('%s does not need itself', (file) => {
  expect([...reach(file)]).not.toContain(file);
});

test.each(files.filter((file) => file.startsWith(join(ROOT, 'policy'))))('%s knows no AWS', (file) => {
  const known = [...reach(file)];
  expect(known.filter((to) => /^functions\/(aws|table|steps)\/|aws/.test(to))).toEqual([]);
});

test('the arrows are seen', () => {
  expect([...reach('functions/guards/connected.ts')]).toContain('@aws-sdk/client-workspaces');
});
