/** Writes what the documentation takes from the code: docs/guards.md, docs/settings.md, and the workflow in docs/design.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { guardsPage } from './guards-page.ts';
import { settingsPage } from './settings-page.ts';
import { diagram } from './workflow-diagram.ts';

const BETWEEN = /(<!-- workflow -->\n)[\s\S]*?(<!-- \/workflow -->)/;

const docs = new URL('../docs/', import.meta.url);

/** Each page that is made, by its name in docs/, as it should be. */
export function pages(): Record<string, string> {
  const design = readFileSync(new URL('design.md', docs), 'utf8');
  return {
    'guards.md': guardsPage(),
    'settings.md': settingsPage(),
    'design.md': design.replace(BETWEEN, (_, open: string, close: string) => `${open}${diagram()}${close}`),
  };
}

if (import.meta.main) {
  for (const [name, text] of Object.entries(pages())) writeFileSync(new URL(name, docs), text);
}
