import { execFileSync, spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

const trace = (args: string[], input: string) =>
  spawnSync(process.execPath, ['tools/trace.ts', ...args], { input, encoding: 'utf8' });

/** What the bundle says of an event that no step produces. */
const stack = () =>
  execFileSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `const { handler } = await import('./dist/check/index.mjs');
       await handler({}, {}).catch((error) => console.log(JSON.stringify({ stack: error.stack })));`,
    ],
    { encoding: 'utf8', env: { ...process.env, AWS_REGION: 'us-east-1', NODE_OPTIONS: '' } },
  );

test('a stack of the bundle, as a log has it, is one of the source afterwards', () => {
  const log = stack();
  expect(log).toContain('dist/check/index.mjs:');
  const { stdout, status } = trace(['--function', 'check'], log);
  expect(status).toBe(0);
  expect(stdout).toMatch(/functions\/step\.ts:\d+:\d+/);
  expect(stdout).toMatch(/functions\/steps\/check\.ts:\d+:\d+/);
  expect(stdout).not.toContain('index.mjs:');
  expect(JSON.parse(stdout).stack).toContain('StepInputError');
});

test('what is no position stays, and so does what the map does not know', () => {
  const text = 'index.mjs:1:x at /var/task/index.mjs:9999999:1 nothing\n';
  expect(trace(['--function', 'check'], text).stdout).toBe(text);
});

test.each([
  [[], 'Give --function'],
  [['--function', 'nope'], 'There is no map of a function "nope"'],
  [['--function', '../check'], 'There is no map of a function'],
  [['--function', 'check', '/nowhere'], 'There is no file "/nowhere"'],
  [['--wrong'], '--wrong'],
])('a wrong call %j exits with 2 and says why', (args, words) => {
  const { status, stderr } = trace(args, '');
  expect(status).toBe(2);
  expect(stderr).toContain(words);
});
