import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
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

test('so is a position in what is bundled apart', () => {
  const script = `const { describeKey } = await import('./dist/check/kms.mjs');
    await describeKey('').catch(() => undefined);
    console.log(describeKey.toString().slice(0, 20));`;
  const bundle = readFileSync('dist/check/kms.mjs', 'utf8');
  const name = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: {
      ...process.env,
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL_KMS: 'http://127.0.0.1:1',
      NODE_OPTIONS: '',
    },
  });
  const lines = bundle.slice(0, bundle.indexOf(name.trim().slice(0, 20))).split('\n');
  const position = `/var/task/kms.mjs:${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`;
  expect(trace(['--function', 'check'], `at ${position} there\n`).stdout).toMatch(
    /^at functions\/aws\/kms\.ts:\d+:\d+ there\n$/,
  );
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
