import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { FIELD } from '../../local/stories/catalogue.ts';
import { REMEDIES } from '../../local/stories/desktop.ts';

const MINUTES = 60_000;

const played = new Map<unknown, Record<string, unknown>>();

/** In a process of their own: stories take over its clock. */
beforeAll(async () => {
  const env = { ...process.env, NODE_ENV: '' };
  const { stdout } = await promisify(execFile)(process.execPath, ['test/simulation/field.ts'], { env });
  for (const line of stdout.trim().split('\n')) {
    const { name, ...came }: Record<string, unknown> = JSON.parse(line);
    played.set(name, came);
  }
}, 10 * MINUTES);

test.each(Object.entries(FIELD))('%s', (name, { outcomes, calls }) => {
  const none = Object.fromEntries(REMEDIES.map((kind) => [kind, 0]));
  expect(played.get(name)).toEqual({ outcomes, calls: { ...none, ...calls }, unsaid: [], violations: [] });
});
