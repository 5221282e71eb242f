import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readStory } from '../../local/stories/story-file.ts';

const ID = 'ws-8kq3zn1yd';
const MINUTE = 60_000;

interface Run {
  code: number;
  lines: Record<string, unknown>[];
  stdout: string;
  stderr: string;
}

/** Plays a story as `npm start -- --story FILE` does. */
function playStory(story: unknown, ...args: string[]): Promise<Run> {
  const file = join(mkdtempSync(join(tmpdir(), 'story-')), 'story.json');
  writeFileSync(file, JSON.stringify(story));
  const command = ['local/lab/main.ts', '--story', file, ...args];
  const options = { maxBuffer: 64 * 1024 * 1024, env: { ...process.env, NODE_OPTIONS: '' } };
  return new Promise((resolve) => {
    execFile(process.execPath, command, options, (error, stdout, stderr) => {
      const lines = stdout
        .trim()
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line));
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, lines, stdout, stderr });
    });
  });
}

/** What comes of an answer. */
const following = (steps: object[]) => Object.fromEntries([['then', steps]]);

const alarm = { after: '0s', alarm: ID };
const wrong = (story: unknown) => {
  try {
    readStory(story);
  } catch (error) {
    return String(error);
  }
  return 'nothing is wrong';
};

describe('a file that is no story', () => {
  test.each<[unknown, ...string[]]>([
    [[], 'The story is []: this must be an object'],
    [{}, "The story's desktops is missing"],
    [{ desktops: [], colour: 'red' }, "The story's colour", 'there is no such key', 'title'],
    [{ desktops: [{ constructor: 1 }] }, "The story's desktops[0].constructor", 'no such key', 'workspaceId'],
    [{ desktops: [[]] }, "The story's desktops[0] is []: this must be an object"],
    [
      {
        desktops: [
          {
            remedies: {
              rebuild: [{ accepted: true, ...following([{ after: '1s', state: 'ERROR', by: 'me' }]) }],
            },
          },
        ],
      },
      "The story's desktops[0].remedies.rebuild[0].then[0].by",
      'no such key',
    ],
    [
      { desktops: [{}], starts: [{ after: '10 min', alarm: ID }] },
      'The story\'s starts[0].after is "10 min"',
      '"10m"',
    ],
    [{ desktops: [{ stateSince: 60 }] }, "The story's desktops[0].stateSince is 60: a time is a text"],
    [{ desktops: [{ stateSince: '1d' }] }, '"1d"', '"2h"'],
    [
      { desktops: [{ changes: [{ after: '-1m', state: 'ERROR' }] }] },
      'desktops[0].changes[0].after is "-1m"',
    ],
    [{ desktops: [{ changes: [{ after: '1m' }] }] }, "The story's desktops[0].changes[0].state is missing"],
    [{ desktops: [{ workspaceId: 'ws-A' }] }, 'The story\'s desktops[0].workspaceId makes "ws-A"', ID],
    [{ desktops: [{ directoryId: 'd-1' }] }, 'The story\'s desktops[0].directoryId is "d-1"'],
    [{ desktops: [{}, {}] }, `Two WorkSpaces of the story have the id "${ID}"`],
    [
      { desktops: [{ workspaceId: 'ws-h9067206a1f00001' }], healthy: { 'd-9067206a1f': 2 } },
      'have the id "ws-h9067206a1f00001"',
    ],
    [{ desktops: [{ count: 0 }] }, "The story's desktops[0].count is 0: this must be at least 1"],
    [{ desktops: [{}], starts: [{ after: '0s' }] }, "The story's starts[0]", 'alarm, event, input, approve'],
    [{ desktops: [{}], starts: [{ alarm: ID, input: {} }] }, "The story's starts[0]", 'alarm, event, input'],
    [{ desktops: [{ remedies: { rebuild: [{}] } }] }, 'remedies.rebuild[0]', 'accepted: true or refused'],
    [
      { desktops: [{}], outages: [{ service: 'EC2' }] },
      'The story\'s outages[0].service is "EC2"',
      'WorkSpaces',
    ],
    [{ desktops: [{}], at: '2026-13-01T00:00:00Z' }, 'The story\'s at is "2026-13-01T00:00:00Z"'],
    [{ desktops: [{}], mode: [{ after: '1m' }] }, "The story's mode[0].value is missing"],
  ])('%j', (story, ...parts) => {
    for (const part of parts) expect(wrong(story)).toContain(part);
  });

  test('is a wrong call', async () => {
    const { code, stderr, stdout } = await playStory({ desktops: [{ colour: 'red' }] }, '--json');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain("The story's desktops[0].colour");
  });

  test.each([
    [{ Ladder: 'reformat' }, 'Parameter Ladder cannot be "reformat"'],
    [{ Speed: '1' }, 'There is no parameter Speed'],
  ])('with the parameters %j neither', async (parameters, part) => {
    const { code, stderr } = await playStory({ desktops: [{}], parameters });
    expect([code, stderr.includes(part)]).toEqual([2, true]);
  });
});

describe('the form', () => {
  test('count makes copies: numbered ids and users, later alarms and changes', () => {
    const { story } = readStory({
      desktops: [
        {
          workspaceId: 'ws-0storm0098',
          userName: 'user',
          count: 4,
          changes: [{ after: '30m', state: 'AVAILABLE' }],
        },
      ],
      starts: [{ after: '1m', alarm: 'ws-0storm0098' }],
      spread: '2m',
    });
    expect(
      story.desktops.map(({ workspaceId, userName, changes }) => [
        workspaceId,
        userName,
        changes?.[0]?.after,
      ]),
    ).toEqual([
      ['ws-0storm0098', 'user', 30 * MINUTE],
      ['ws-0storm0099', 'user1', 30.5 * MINUTE],
      ['ws-0storm0100', 'user2', 31 * MINUTE],
      ['ws-0storm0101', 'user3', 31.5 * MINUTE],
    ]);
    expect(
      story.starts.map(({ at, workspaceId, alarmTime }) => [at, workspaceId, (alarmTime ?? 0) - story.at]),
    ).toEqual([
      [MINUTE, 'ws-0storm0098', MINUTE],
      [1.5 * MINUTE, 'ws-0storm0099', 1.5 * MINUTE],
      [2 * MINUTE, 'ws-0storm0100', 2 * MINUTE],
      [2.5 * MINUTE, 'ws-0storm0101', 2.5 * MINUTE],
    ]);
    expect(story.starts[1]?.input).toMatchObject({
      'detail-type': 'CloudWatch Alarm Contributor State Change',
      time: '2026-11-02T17:06:11Z',
      detail: {
        alarmContributor: { attributes: { WorkspaceId: 'ws-0storm0099' } },
        state: { value: 'ALARM', timestamp: '2026-11-02T17:06:11.000+0000' },
      },
    });
    expect(story.until).toBe(31.5 * MINUTE);
  });

  test('the story of docs/stories.md is one', () => {
    const page = readFileSync('docs/stories.md', 'utf8');
    const [, text = ''] = /--story FILE`[^`]*```json\n(.*?)```/s.exec(page) ?? [];
    const { story, ignored } = readStory(JSON.parse(text));
    expect([story.desktops.length, story.starts.length, ignored]).toEqual([40, 41, []]);
  });

  test('of ids without a number the second has the first one', () => {
    const { story } = readStory({ desktops: [{ workspaceId: ID, count: 3 }] });
    expect(story.desktops.map(({ workspaceId }) => workspaceId)).toEqual([ID, `${ID}1`, `${ID}2`]);
  });

  test('answers, snapshots, sessions and what a person does', () => {
    const { story } = readStory({
      desktops: [
        {
          remedies: {
            reboot: [{ accepted: true }],
            rebuild: [
              {
                refused: { code: 'InternalServerError', status: 500 },
                ...following([{ after: '4m', state: 'ERROR' }]),
              },
            ],
          },
          snapshots: { rebuild: '72h' },
          connected: [{ to: '40m' }],
          changes: [
            { after: '2m', state: 'RESTORING' },
            { after: '9m', state: 'AVAILABLE' },
          ],
        },
      ],
    });
    expect(story.desktops[0]).toMatchObject({
      remedies: {
        reboot: [
          { accepted: true, steps: [{ state: 'REBOOTING' }, { after: 5 * MINUTE, state: 'AVAILABLE' }] },
        ],
        rebuild: [{ refused: { message: '', status: 500 }, steps: [{ after: 4 * MINUTE, state: 'ERROR' }] }],
      },
      snapshots: { rebuild: [72 * 60 * MINUTE] },
      connected: [{ from: 0, to: 40 * MINUTE }],
      changes: [{ byPerson: true }, { byPerson: true }],
    });
  });

  test('keys, directories and outages of KMS', () => {
    const { story, ignored } = readStory({
      desktops: [{ volumeKey: { state: 'Disabled' } }],
      directories: { 'd-9067206a1f': { identity: 'entra' } },
      outages: [{ service: 'KMS' }],
    });
    expect(story).toMatchObject({
      desktops: [{ volumeKey: { state: 'Disabled' } }],
      directories: { 'd-9067206a1f': { identity: 'entra' } },
      outages: [{ service: 'KMS' }],
    });
    expect(ignored).toEqual([]);
  });

  test('what the lab cannot play yet is taken, and named', async () => {
    const { ignored } = readStory({
      desktops: [{}],
      starts: [alarm, { after: '5m', approve: ID }],
      sweep: true,
      quotas: { WorkSpaces: { perSecond: 2, burst: 5 } },
    });
    expect(ignored).toEqual(['quotas', 'sweep', 'starts[1].approve']);
    const { code, stderr } = await playStory({ desktops: [{ state: 'AVAILABLE' }], sweep: false }, '--json');
    expect([code, stderr]).toEqual([0, 'Ignored, since the lab cannot play it yet: sweep.\n']);
  });
});

describe('--json', () => {
  const nothing = { reboot: 0, restore: 0, rebuild: 0, start: 0 };

  test('one incident: the log, the messages, the summary last; a forged expect changes nothing', async () => {
    const story = {
      desktops: [{ snapshots: {}, directoryId: 'd-9067206a1f' }],
      healthy: { 'd-9067206a1f': 40 },
      starts: [alarm],
    };
    const { code, lines } = await playStory(story, '--json');
    expect(code).toBe(1);
    expect(lines.at(-1)).toEqual({
      outcome: 'NEEDS_HUMAN',
      workspaceId: ID,
      executionStatus: 'SUCCEEDED',
      rebuildCalls: 0,
      transitions: expect.any(Number),
      incidents: 1,
      outcomes: { NEEDS_HUMAN: 1 },
      calls: nothing,
      notifications: 1,
      apiCalls: expect.any(Number),
      throttled: 0,
      peakPerSecond: expect.any(Number),
      violations: 0,
    });
    expect(lines.filter(({ kind }) => kind === 'message')).toEqual([
      {
        kind: 'message',
        topic: expect.stringMatching(/^arn:aws:sns:/),
        subject: expect.stringContaining(ID),
        text: expect.stringContaining('NEEDS_HUMAN'),
      },
    ]);
    expect(lines.some(({ step }) => step === 'Close')).toBe(true);
    const forged = await playStory({ ...story, expect: { outcomes: { RECOVERED: 1 } } }, '--json');
    expect([forged.code, forged.lines.at(-1), forged.stderr]).toEqual([1, lines.at(-1), '']);
  });

  test('several incidents and a duplicate: null for what is said of one alone', async () => {
    const { code, lines } = await playStory(
      {
        desktops: [
          {},
          {
            workspaceId: 'ws-0second000',
            directoryId: 'd-9067206a20',
            remedies: { rebuild: [{ refused: { code: 'OperationNotSupported', message: 'No image.' } }] },
          },
        ],
        healthy: { 'd-9067206a1f': 40, 'd-9067206a20': 40 },
        starts: [alarm, { after: '30s', alarm: ID }, { after: '1m', alarm: 'ws-0second000' }],
      },
      '--json',
    );
    expect([code, lines.at(-1)]).toMatchObject([
      1,
      {
        outcome: null,
        workspaceId: null,
        executionStatus: null,
        rebuildCalls: null,
        transitions: null,
        incidents: 2,
        outcomes: { RECOVERED: 1, DUPLICATE: 1, FAILED: 1 },
        calls: { ...nothing, rebuild: 2 },
        notifications: 1,
      },
    ]);
  });

  test('what no rule matches, and a story in which nothing starts', async () => {
    const event = { source: 'aws.ec2' };
    const unmatched = await playStory({ desktops: [{}], starts: [{ event }] }, '--json');
    expect([unmatched.code, unmatched.lines.at(-1)]).toMatchObject([
      0,
      { outcome: 'NOT_MATCHED', incidents: 0, outcomes: {}, violations: 0 },
    ]);
    const calm = await playStory({ desktops: [] }, '--json');
    expect([calm.code, calm.lines.at(-1)]).toMatchObject([0, { outcome: null, incidents: 0, apiCalls: 0 }]);
  });

  test('a service that is away: refused calls are counted', async () => {
    const { lines } = await playStory(
      {
        desktops: [{ state: 'AVAILABLE' }],
        starts: [{ input: { workspaceId: ID, reason: 'slow' } }],
        outages: [{ service: 'WorkSpaces', to: '5s', how: 'throttled' }],
      },
      '--json',
    );
    expect(Number(lines.at(-1)?.throttled)).toBeGreaterThan(0);
  });

  test('300 WorkSpaces that break at once', async () => {
    const { code, lines } = await playStory(
      {
        desktops: [{ workspaceId: 'ws-0storm000', count: 300 }],
        healthy: { 'd-9067206a1f': 75 },
        starts: [{ alarm: 'ws-0storm000' }],
        spread: '10s',
      },
      '--json',
    );
    expect([code, lines.at(-1)]).toMatchObject([
      1,
      {
        outcome: null,
        incidents: 300,
        outcomes: { NEEDS_HUMAN: 300 },
        calls: nothing,
        notifications: 1,
        violations: 0,
      },
    ]);
  }, 600_000);
});

test('told to a person: what happened, the message, the figures', async () => {
  const { code, stdout } = await playStory({
    title: 'no snapshot',
    desktops: [{ snapshots: {} }],
    healthy: { 'd-9067206a1f': 40 },
    starts: [alarm],
  });
  expect(code).toBe(1);
  for (const part of [
    'no snapshot',
    'e1 starts',
    'UNHEALTHY',
    'Messages:',
    `| WorkSpace: ${ID}`,
    'NEEDS_HUMAN 1',
    'rebuild 0',
  ])
    expect(stdout).toContain(part);
});

test('of many only what came of them is told', async () => {
  const { code, stdout } = await playStory({
    title: 'five are well',
    desktops: [{ count: 5, state: 'AVAILABLE' }],
    starts: [alarm],
  });
  expect(code).toBe(0);
  expect(stdout).toContain('five are well: 5 WorkSpaces');
  expect(stdout).toContain('ALREADY_HEALTHY 5');
  expect(stdout).not.toContain('DescribeWorkspaces');
});

test.each([[['--scenario', 'rebuild']], [['--input', 'test/events/manual.json']]])(
  'beside %j it is a wrong call',
  async (args) => {
    const { code, stderr } = await playStory({ desktops: [] }, ...args);
    expect([code, stderr.startsWith('--story cannot be combined')]).toEqual([2, true]);
  },
);
