import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { SCENARIOS } from '../../local/stories/catalogue.ts';

const lab = (...args: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(
      process.execPath,
      ['local/lab/main.ts', ...args],
      { env: { ...process.env, NODE_OPTIONS: '' } },
      (error, stdout, stderr) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
  });
const lastLine = (text: string) => JSON.parse(text.trim().split('\n').at(-1) ?? '');

async function file(content: string): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'lab-')), 'input.json');
  writeFileSync(path, content);
  return path;
}

test('--help names every scenario', async () => {
  const { code, stdout } = await lab('--help');
  expect(code).toBe(0);
  for (const name of Object.keys(SCENARIOS)) expect(stdout).toContain(name);
});

test('the timeline tells the story, without colours when nobody looks', async () => {
  const { code, stdout } = await lab();
  expect(code).toBe(0);
  for (const part of [
    'matched rule AlarmRule',
    'WorkSpace  is REBUILDING',
    'Act: WATCH',
    'RECOVERED  ws-8kq3zn1yd',
    'without a desktop for 27 min',
  ]) {
    expect(stdout).toContain(part);
  }
  expect(stdout).not.toContain('\u001b');
});

test('--json: the audit log, the summary last and alone', async () => {
  const { code, stdout } = await lab('--scenario', 'rebuild-refused', '--json');
  expect(code).toBe(1);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map(({ step, kind }) => step ?? kind)).toEqual([
    'Intake',
    'Check',
    'Check',
    'Act',
    'Close',
    'message',
    'Net',
    undefined,
  ]);
  expect(lines.at(-3)).toEqual({
    kind: 'message',
    topic: 'arn:aws:sns:us-east-1:123456789012:workspaces-remediation-Topic',
    subject: 'WorkSpace ws-8kq3zn1yd: FAILED',
    text: expect.stringContaining('The image of this WorkSpace no longer exists.'),
  });
  expect(lines.at(-1)).toEqual({
    outcome: 'FAILED',
    workspaceId: 'ws-8kq3zn1yd',
    executionStatus: 'FAILED',
    rebuildCalls: 1,
    transitions: 15,
    incidents: 1,
    outcomes: { FAILED: 1 },
    calls: { reboot: 0, restore: 0, rebuild: 1, start: 0 },
    notifications: 1,
    apiCalls: 9,
    throttled: 0,
    peakPerSecond: 7,
    violations: 0,
  });
});

test('an event that no rule matches', async () => {
  const { code, stdout } = await lab('--event', 'test/events/alarm-unrelated.json', '--json');
  expect([code, lastLine(stdout)]).toMatchObject([0, { outcome: 'NOT_MATCHED', executionStatus: null }]);
});

test("a person's own input", async () => {
  const input = await file('{"workspaceId":"ws-zzzzzzzzz","reason":"slow"}');
  const { code, stdout } = await lab('--input', input, '--json');
  expect([code, lastLine(stdout)]).toMatchObject([0, { outcome: 'RECOVERED', workspaceId: 'ws-zzzzzzzzz' }]);
});

test.each([
  [['--scenario', 'nope'], 'There is no scenario "nope"'],
  [['--event', '/nowhere.json'], 'There is no file "/nowhere.json"'],
  [['--wrong'], '--wrong'],
  [['--event', 'a', '--input', 'b'], 'cannot be combined'],
])('a wrong call %j exits with 2 and says why', async (args, part) => {
  const { code, stderr } = await lab(...args);
  expect(code).toBe(2);
  expect(stderr).toContain(part);
});

test('a reader that has read enough ends it without a word', async () => {
  const { stdout, stderr } = await promisify(execFile)('sh', [
    '-c',
    '"$0" local/lab/main.ts --scenario connected | head -n 1',
    process.execPath,
  ]);
  expect(stdout.trim().split('\n')).toHaveLength(1);
  expect(stderr).toBe('');
});

test('a file that is not JSON exits with 2', async () => {
  expect(await lab('--input', await file('{'))).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('is not JSON'),
  });
});

test('each bundle is at most 480 KB, its source map apart; of what is rarely needed Check has two more', () => {
  const steps = ['act', 'check', 'close', 'intake', 'net'];
  expect(readdirSync('dist').sort()).toEqual([...steps, 'maps'].sort());
  for (const step of steps) {
    expect([step, statSync(`dist/${step}/index.mjs`).size <= 480_000]).toEqual([step, true]);
    expect(readdirSync(`dist/${step}`)).toEqual(
      step === 'check' ? ['executions.mjs', 'index.mjs', 'kms.mjs'] : ['index.mjs'],
    );
  }
  expect(readdirSync('dist/maps').sort()).toEqual(
    [...steps, 'executions', 'kms'].sort().map((name) => `${name}.mjs.map`),
  );
  // Whoever starts cold reads none of it.
  expect(readFileSync('dist/check/index.mjs', 'utf8')).not.toContain('TrentService');
});
