import { describe, expect, test } from 'vitest';
import { ANY, ID, OTHER_ACCOUNT, parse, RIGHT, refusal } from './inputs.ts';

const arn = (account = '123456789012', region = 'us-east-1') =>
  `arn:aws:workspaces:${region}:${account}:workspace/${ID}`;

test.each<[string, unknown]>([
  ['blanks around it', ` ${ID} `],
  ['a line break after it', `${ID}\n`],
  ['a tab before it', `\t${ID}`],
  ['the ARN of one of this account and Region', arn()],
  ['blanks around the ARN', ` ${arn()}\n`],
])('an id is taken with %s', (_, workspaceId) => {
  expect(parse({ workspaceId })).toMatchObject({ kind: 'request', request: { workspaceId: ID } });
});

test('an ARN of another partition', () => {
  const workspaceId = `arn:aws-us-gov:workspaces:us-east-1:123456789012:workspace/${ID}`;
  expect(parse({ workspaceId })).toMatchObject({ request: { workspaceId: ID } });
});

test.each<[string, unknown, string]>([
  [
    'an ARN of another account',
    arn(OTHER_ACCOUNT),
    `workspaceId "${arn(OTHER_ACCOUNT)}" is of account ${OTHER_ACCOUNT} in us-east-1, and this service heals those of account 123456789012 in us-east-1 only. Start it again ${ANY}`,
  ],
  ['an ARN of another Region', arn(undefined, 'eu-west-1'), 'is of account 123456789012 in eu-west-1'],
  [
    'an ARN of something else',
    'arn:aws:workspaces:us-east-1:123456789012:directory/d-1',
    'must look like ws-',
  ],
  ['an ARN without an id', `${arn()}/x`, `must look like ws- and 8 to 63 lower-case letters or digits`],
  [
    'upper case',
    'ws-8KQ3ZN1YD',
    `lower-case letters or digits, and is "ws-8KQ3ZN1YD". Start it again ${ANY}`,
  ],
  ['too short', 'ws-1234567', 'must look like'],
  ['empty', '', 'and is "".'],
  ['a number', 5, `workspaceId must be the id of one WorkSpace, as text, and is 5. Start it again ${ANY}`],
  ['null', null, 'as text, and is null.'],
])('an id that is none: %s', (_, workspaceId, words) => {
  expect(refusal(parse({ workspaceId }))).toContain(words);
  expect(parse({ workspaceId }).kind).toBe('rejected');
});

describe('what is missing, and what was given', () => {
  test.each<[unknown, string]>([
    [{}, `rejected: The input has no "workspaceId" (it is empty). Start it again ${ANY}`],
    [
      { Comment: 'Insert your JSON here' },
      `rejected: The input has no "workspaceId" (given: "Comment"). "Comment" is what the console fills in: replace all of it. Start it again ${ANY}`,
    ],
    [{ Comment: 'mine' }, '"Comment" is not a field of a manual start; those are workspaceId, reason,'],
    [
      { reason: 'black screen' },
      '(given: "reason"). Start it again with {"workspaceId":"ws-xxxxxxxxx","reason":"black screen"}.',
    ],
    [
      { WorkspaceId: ID },
      `rejected: The input has no "workspaceId" (given: "WorkspaceId"). "WorkspaceId" must be written "workspaceId". ${RIGHT}`,
    ],
    [{ 'workspace-id': ID }, `"workspace-id" must be written "workspaceId". ${RIGHT}`],
    [{ WORKSPACE_ID: ` ${ID} ` }, `"WORKSPACE_ID" must be written "workspaceId". ${RIGHT}`],
    [{ id: ID }, `"id" is not a field of a manual start`],
    [{ id: ID }, RIGHT],
    [{ 'a\u202e': 1 }, '"a\\u202e" is not a field'],
    [Object.fromEntries('abcdefghijklmnop'.split('').map((key) => [key, 1])), '"i", "j").'],
  ])('%j', (input, words) => {
    expect(refusal(parse(input))).toContain(words);
  });
});

describe('each field in our own words', () => {
  const OVERRIDES = 'cooldown, identity, snapshot-age, connected, storm, futile, window';
  test.each<[string, object, string]>([
    ['force as text', { force: 'true' }, 'force must be true or false, and is "true".'],
    ['dryRun as a number', { dryRun: 1 }, 'dryRun must be true or false, and is 1.'],
    ['a misspelt dryRun', { dryrun: true }, '"dryrun" must be written "dryRun".'],
    ['Force', { Force: true }, '"Force" must be written "force".'],
    [
      'no field',
      { colour: 'red' },
      '"colour" is not a field of a manual start; those are workspaceId, reason, requestedBy,',
    ],
    ['scope overridden', { override: ['scope'] }, `override must be a list of ${OVERRIDES}`],
    ['no list of overrides', { override: 'storm' }, 'or of some of them, and is "storm".'],
    ['a list in a list', { override: [['storm']] }, 'and is [["storm"]].'],
    [
      'a ladder upside down',
      { ladder: 'rebuild,reboot' },
      'ladder must be reboot, restore, rebuild or some of them in this order, and is "rebuild,reboot".',
    ],
    ['no ladder', { ladder: [] }, 'ladder must be reboot'],
    ['a ladder of numbers', { ladder: [1] }, 'in this order, and is [1].'],
    [
      'a long reason',
      { reason: 'x'.repeat(501) },
      'reason must be text of up to 500 characters, and is "xxx',
    ],
    ['a reason that is none', { reason: 5 }, 'reason must be text of up to 500 characters, and is 5.'],
    [
      'a blank name',
      { force: true, requestedBy: '  ' },
      'requestedBy must say who asks, in 1 to 100 characters, and is "  ".',
    ],
    ['a long name', { requestedBy: 'x'.repeat(101) }, 'in 1 to 100 characters'],
    [
      'a number as name',
      { requestedBy: 5 },
      'requestedBy must say who asks, in 1 to 100 characters, and is 5.',
    ],
  ])('%s', (_, wishes, words) => {
    const said = refusal(parse({ workspaceId: ID, ...wishes }));
    expect(said).toContain(words);
    expect(said).toContain(`{"workspaceId":"${ID}",`);
    // No text of the library's.
    expect(said).not.toMatch(/Invalid|Expected|received|Array|Object/);
  });

  test('three mistakes at a time', () => {
    const said = refusal(parse({ workspaceId: ID, force: 1, dryRun: 2, colour: 3, shape: 4 }));
    expect(said).toMatch(/force must .*dryRun must .*"colour" is not /);
    expect(said).not.toContain('shape');
  });
});

describe('the right input keeps what was right', () => {
  test.each<[string, unknown, string]>([
    [
      'force by nobody',
      { workspaceId: ID, reason: 'a "b"', force: true },
      'rejected: requestedBy must say who asks when force or override is given, and is missing. Start it again with {"workspaceId":"ws-8kq3zn1yd","reason":"a \\"b\\"","force":true,"requestedBy":"your name"}.',
    ],
    [
      'an override by nobody',
      { workspaceId: ID, override: ['storm'] },
      '{"workspaceId":"ws-8kq3zn1yd","override":["storm"],"requestedBy":"your name"}',
    ],
    [
      'a wrong field beside right ones',
      { workspaceId: ID, dryrun: true, ladder: 'reboot', force: 'yes' },
      '{"workspaceId":"ws-8kq3zn1yd","dryRun":true,"ladder":"reboot"}',
    ],
    ['the id under two names', { workspaceId: ID, WorkspaceId: 'ws-0second001' }, RIGHT],
    [
      'a reason that makes it too long to paste',
      { workspaceId: ID, force: 1, reason: '\u0001'.repeat(500) },
      RIGHT,
    ],
  ])('%s', (_, input, words) => {
    expect(refusal(parse(input))).toContain(words);
  });

  test('what is shown can be pasted', () => {
    const inputs = [
      {},
      { WorkspaceId: ID, reason: 'line\nbreak', override: ['storm'] },
      { workspaceId: [ID] },
      { workspaceId: ID, force: true },
    ];
    for (const input of inputs) {
      const [, shown = ''] = / with (\{.*\})\.$/.exec(refusal(parse(input))) ?? [];
      expect([shown, parse(JSON.parse(shown)).kind]).toEqual([shown, 'request']);
    }
  });
});
