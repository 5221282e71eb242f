/** A rebuild can make things worse: stories of keys, identities and snapshots, as `npm start -- --story FILE` plays them. */
import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ID = 'ws-8kq3zn1yd';
const DIRECTORY = 'd-9067206a1f';

interface Given {
  desktop?: object;
  ladder?: string;
  parameters?: Record<string, string>;
  more?: object;
}

/** How it ended, what was asked of AWS, and what people were told. */
function played({ desktop = {}, ladder = 'rebuild', parameters, more }: Given) {
  const story = {
    parameters: { Ladder: ladder, ...parameters },
    desktops: [{ workspaceId: ID, directoryId: DIRECTORY, ...desktop }],
    healthy: { [DIRECTORY]: 40 },
    starts: [{ after: '0s', alarm: ID }],
    ...more,
  };
  const file = join(mkdtempSync(join(tmpdir(), 'story-')), 'story.json');
  writeFileSync(file, JSON.stringify(story));
  return new Promise<{ summary: object; text: string; log: string }>((resolve) => {
    const command = ['local/lab/main.ts', '--story', file, '--json'];
    const options = { maxBuffer: 64 * 1024 * 1024, env: { ...process.env, NODE_OPTIONS: '' } };
    execFile(process.execPath, command, options, (_, stdout) => {
      const lines = stdout.trim().split('\n');
      const text = lines.filter((line) => line.startsWith('{"kind":"message"')).join('\n');
      resolve({ summary: JSON.parse(lines.at(-1) ?? ''), text, log: stdout });
    });
  });
}

const calls = (made: object) => ({ reboot: 0, restore: 0, rebuild: 0, start: 0, ...made });
const key = (state: string) => ({ volumeKey: { state } });
const entra = { more: { directories: { [DIRECTORY]: { identity: 'entra' } } } };
const staysBroken = {
  reboot: [
    {
      accepted: true,
      ...Object.fromEntries([
        [
          'then',
          [
            { after: '20s', state: 'REBOOTING' },
            { after: '4m', state: 'UNHEALTHY' },
          ],
        ],
      ]),
    },
  ],
};

test.each<[string, Given, string, object, string]>([
  ['a disabled key', { desktop: key('Disabled') }, 'NEEDS_HUMAN', {}, 'Guard volume-key'],
  [
    'a disabled key and a ladder of a restore',
    { desktop: key('Disabled'), ladder: 'restore' },
    'NEEDS_HUMAN',
    {},
    'Guard volume-key',
  ],
  ['a key that is to be deleted', { desktop: key('PendingDeletion') }, 'NEEDS_HUMAN', {}, 'PendingDeletion'],
  ['a key that may not be read', { desktop: key('AccessDenied') }, 'NEEDS_HUMAN', {}, 'kms:DescribeKey'],
  ['a key that is enabled', { desktop: key('Enabled') }, 'RECOVERED', { rebuild: 1 }, ''],
  [
    'a disabled key and a reboot that helps',
    { desktop: key('Disabled'), ladder: 'reboot,rebuild' },
    'RECOVERED',
    { reboot: 1 },
    '',
  ],
  [
    'a disabled key and a reboot that does not help',
    { desktop: { ...key('Disabled'), remedies: staysBroken }, ladder: 'reboot,rebuild' },
    'NEEDS_HUMAN',
    { reboot: 1 },
    'Guard volume-key',
  ],
  ['Microsoft Entra', entra, 'NEEDS_HUMAN', {}, 'Guard identity'],
  [
    'Microsoft Entra, with a restore',
    { ...entra, ladder: 'restore,rebuild' },
    'RECOVERED',
    { restore: 1 },
    '',
  ],
  [
    'Microsoft Entra, without a snapshot for a restore',
    { ...entra, ladder: 'restore,rebuild', desktop: { snapshots: { rebuild: '5h' } } },
    'NEEDS_HUMAN',
    {},
    'joined to Microsoft Entra',
  ],
  [
    'a snapshot that is due within an hour',
    { desktop: { snapshots: { rebuild: '11h' } }, parameters: { WaitForSnapshotMinutes: '60' } },
    'RECOVERED',
    { rebuild: 1 },
    '',
  ],
])('%s', async (_, given, outcome, made, words) => {
  const { summary, text } = await played(given);
  expect(summary).toMatchObject({ outcome, calls: calls(made), violations: 0 });
  expect(text).toContain(words);
});

test('a person overrides what is said of Entra, and is told first what it does', async () => {
  const input = { workspaceId: ID, reason: 'ticket', requestedBy: 'ops', override: ['identity'] };
  const { summary, text } = await played({
    more: { ...entra.more, starts: [{ after: '0s', input }] },
  });
  expect(summary).toMatchObject({ outcome: 'RECOVERED', calls: calls({ rebuild: 1 }) });
  expect(text).toContain('Its private IP address changes.');
});

test('a key cannot be overridden', async () => {
  const input = { workspaceId: ID, reason: 'ticket', requestedBy: 'ops', override: ['volume-key'] };
  const { summary } = await played({
    desktop: key('Disabled'),
    more: { starts: [{ after: '0s', input }] },
  });
  expect(summary).toMatchObject({ outcome: 'REJECTED', calls: calls({}) });
});

const due = {
  desktop: { snapshots: { rebuild: '11h' } },
  parameters: { WaitForSnapshotMinutes: '60' },
};

test('it is rebuilt from the snapshot that it has waited for', async () => {
  const at = '2026-11-02T12:00:00Z';
  const { log } = await played({ ...due, more: { at } });
  expect(log).toContain("The user's data is from 2026-11-02T13:00:00.000Z");
  const impatient = await played({ desktop: due.desktop, more: { at } });
  expect(impatient.log).toContain("The user's data is from 2026-11-02T01:00:00.000Z");
});

test('a dry run says that it would have waited', async () => {
  const starts = [{ after: '0s', input: { workspaceId: ID, dryRun: true } }];
  const { summary, log } = await played({ ...due, more: { starts } });
  expect(summary).toMatchObject({ outcome: 'SKIPPED', calls: calls({}) });
  expect(log).toContain('guard snapshot-age would have made it wait');
});

test('KMS away for ten minutes: nothing is done meanwhile', async () => {
  const outage = { service: 'KMS', from: '0s', to: '10m', how: 'error' };
  const { summary } = await played({ desktop: key('Disabled'), more: { outages: [outage] } });
  expect(summary).toMatchObject({ outcome: 'NEEDS_HUMAN', calls: calls({}), violations: 0 });
});
