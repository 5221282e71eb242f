import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Outcome } from '../../functions/incident.ts';
import { outcomeOf, report } from '../../functions/policy/report.ts';
import { duration, show } from '../../functions/text.ts';
import { attempt, byHand, incident, START, seen } from './fixtures.ts';

test.each<[Outcome, boolean, boolean]>([
  ['RECOVERED', false, false],
  ['ALREADY_HEALTHY', false, false],
  ['DUPLICATE', false, false],
  ['SKIPPED', false, false],
  ['NEEDS_HUMAN', true, false],
  ['REJECTED', true, true],
  ['FAILED', true, true],
])('%s: told %s, failed %s', (outcome, notify, failed) => {
  expect(report(incident(), outcome, 'why')).toMatchObject({
    outcome,
    notify,
    failed,
    error: `Remediation.${outcome}`,
    cause: `${outcome}: why`,
    subject: `WorkSpace ws-8kq3zn1yd: ${outcome}`,
  });
});

test('an error that the workflow caught is a failure, whatever was decided', () => {
  const decided = incident({ decision: { action: 'DONE', outcome: 'RECOVERED', reason: 'well' } });
  const Cause = '{"errorType":"SettingsError","errorMessage":"Environment variable X \\"is\\" missing"}';
  expect(outcomeOf(decided, undefined)).toEqual({ outcome: 'RECOVERED', reason: 'well' });
  const { outcome, reason } = outcomeOf(decided, { Error: 'SettingsError', Cause });
  expect([outcome, reason]).toEqual(['FAILED', expect.stringContaining('Environment variable X')]);
  expect(outcomeOf(decided, { Error: 'States.Timeout' }).reason).toBe(
    'A step of the workflow failed with "States.Timeout".',
  );
  expect(outcomeOf(decided, { Error: 'E', Cause: 'plain' }).reason).toContain('"plain"');
});

test('an incident without an end is a failure', () => {
  const undecided = incident({ decision: { action: 'WAIT', reason: 'x', waitSeconds: 5 } });
  expect(outcomeOf(undecided, undefined)).toEqual({
    outcome: 'FAILED',
    reason: 'The workflow ended while it was to "WAIT".',
  });
  expect(outcomeOf(incident(), undefined).outcome).toBe('FAILED');
});

test.each<['accepted' | 'refused' | 'unknown', string]>([
  ['accepted', 'accepted by AWS'],
  ['refused', 'refused by AWS'],
  ['unknown', 'result unknown'],
])('the message tells what was tried: %s', (result, words) => {
  const ended = incident({
    attempt: attempt({ number: 2, result, dataFrom: START }),
    notes: ['restore is passed over: why.'],
    seen: seen('ERROR', 60, { userName: 'mmajor', directoryId: 'd-1', computerName: 'PC' }),
  });
  const { message } = report(ended, 'FAILED', 'why');
  expect(message.split('\n')).toEqual([
    'FAILED',
    '',
    'WorkSpace: ws-8kq3zn1yd',
    'User: mmajor',
    'Directory: d-1',
    'Computer: PC',
    'Asked by: CloudWatch alarm "workspace-unhealthy" at 2026-11-02T17:05:00.000Z',
    `What was tried: Rebuild, attempt 2, at 2026-11-02T17:05:00.000Z: ${words}.`,
    ...(result === 'refused' ? [] : [`The user's data: ${START}, if the rebuild was made`]),
    'Passed over: restore is passed over: why.',
    'What happened: why',
    'Last seen: ERROR at 2026-11-02T17:06:00.000Z',
    expect.stringMatching(/^What to do now: Look at the WorkSpace/),
    expect.stringMatching(
      /^Execution: https:\/\/us-east-1\.console\.aws\.amazon\.com\/states\/home\?region=us-east-1#\/v2\/executions\/details\/arn:aws:states:us-east-1:/,
    ),
  ]);
});

test('a manual start is told with its wishes, and its reason cannot forge a line', () => {
  const request = { ...byHand({ force: true, dryRun: true }), reason: 'x\nWhat to do now: nothing' };
  const { message } = report(incident({ request }), 'NEEDS_HUMAN', 'why');
  expect(message).toContain('Started by hand: "x\\nWhat to do now: nothing" (force) (dry run)');
  expect(message).toContain('Nothing was asked of AWS.');
});

test("a reboot says nothing of the user's data; a rebuild without a snapshot says that it is not known", () => {
  const told = (more: object) => report(incident({ attempt: attempt(more) }), 'FAILED', 'why').message;
  expect(told({ rung: 'reboot' })).not.toContain("The user's data");
  expect(told({})).toContain("The user's data: not known, if the rebuild was made\n");
});

test('a guard is named; a storm that another execution tells of is not told again', () => {
  const held = (more: object) =>
    report(
      incident({
        decision: { action: 'DONE', outcome: 'NEEDS_HUMAN', reason: 'why', guard: 'storm', ...more },
      }),
      'NEEDS_HUMAN',
      'why',
    );
  expect(held({})).toMatchObject({ guard: 'storm', notify: true });
  expect(held({ toldBy: 'e1' })).toMatchObject({ guard: 'storm', notify: false });
  // What failed after that is told in any case.
  const failed = incident({
    decision: { action: 'DONE', outcome: 'NEEDS_HUMAN', reason: 'why', guard: 'storm', toldBy: 'e1' },
  });
  expect(report(failed, 'FAILED', 'why')).toMatchObject({ guard: null, notify: true });
});

test('what a person has overridden is told', () => {
  const request = byHand({ override: ['cooldown', 'storm'] });
  expect(report(incident({ request }), 'FAILED', 'why').message).toContain('Overridden: cooldown, storm\n');
  expect(report(incident(), 'FAILED', 'why').message).not.toContain('Overridden');
});

test.each([
  ['cooldown', ' Add "override": ["cooldown"] to pass over this guard.'],
  ['turn', ''],
] as const)(
  'held back by %s: the input to paste, and how to pass over it where a person may',
  (guard, more) => {
    const decision = { action: 'DONE', outcome: 'NEEDS_HUMAN', reason: 'why', guard } as const;
    const { message } = report(incident({ decision, notes: ['why'] }), 'NEEDS_HUMAN', 'why');
    expect(message).toContain(
      `with {"workspaceId": "${incident().request.workspaceId}", "reason": "…"}.${more}\n`,
    );
    // It is what happened already.
    expect(message).not.toContain('Passed over');
  },
);

test('without a request the subject says so', () => {
  const { request: _, ...nameless } = incident();
  expect(report(nameless, 'REJECTED', 'why')).toMatchObject({
    subject: 'WorkSpace (none named): REJECTED',
    workspaceId: null,
  });
});

test('the cause is cut, never within a character', () => {
  expect(report(incident(), 'FAILED', 'x'.repeat(5000)).cause).toHaveLength(1000);
  // FAILED and a colon are eight of the thousand.
  expect(report(incident(), 'FAILED', `${'x'.repeat(991)}🖥🔥`).cause).toBe(`FAILED: ${'x'.repeat(991)}🖥`);
});

test('what goes out is well-formed, whatever came in, and so is the link', () => {
  const execution = { ...incident().execution, id: 'arn:aws:states:us-east-1:123456789012:execution:sm:ü' };
  const told = report(
    incident({ execution, seen: seen('ERROR', 0, { directoryId: 'd-\udc00' }) }),
    'FAILED',
    '\ud83d',
  );
  for (const text of [told.subject, told.message, told.cause, told.reason])
    expect(text.isWellFormed()).toBe(true);
  expect(told.message).toContain('/details/arn:aws:states:us-east-1:123456789012:execution:sm:%C3%BC');
});

test('show: any value, on one line, without control characters, cut', () => {
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.string({ unit: 'binary' })), (value) => {
      const shown = show(value);
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
      expect([...shown].length).toBeLessThanOrEqual(81);
      // What SNS's protocol and a link need.
      expect(shown.isWellFormed()).toBe(true);
    }),
  );
  expect(show(`${'x'.repeat(78)}🖥🔥`)).toBe(`"${'x'.repeat(78)}🖥…`);
  expect(show('\ud83d')).toBe('"\\ud83d"');
  expect(show(undefined)).toBe('nothing');
  expect(show('\u202e\u0000')).toBe('"\\u202e\\u0000"');
});

test.each([
  [0, '0 s'],
  [-5, '0 s'],
  [119, '119 s'],
  [120, '2 min'],
  [7140, '119 min'],
  [7200, '2 h'],
  [7500, '2 h 5 min'],
])('duration of %i s: %s', (seconds, words) => {
  expect(duration(seconds)).toBe(words);
});
