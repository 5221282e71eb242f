import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UNREAD } from '../../functions/guards/guard.ts';
import { TEXTS } from '../../functions/guards/index.ts';
import type { Attempt, Outcome } from '../../functions/incident.ts';
import type { Observation } from '../../functions/observation.ts';
import { type Ended, outcomeOf, report as reportBy } from '../../functions/policy/report.ts';
import { duration, show } from '../../functions/text.ts';
import { after, attempt, byHand, incident, START, seen } from './fixtures.ts';

const report = (ended: Ended, outcome: Outcome, why: string) => reportBy(ended, outcome, why, TEXTS);

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
    reason: 'The workflow ended without an outcome; its last decision was "WAIT".',
  });
  expect(outcomeOf(incident(), undefined).outcome).toBe('FAILED');
});

test.each<['accepted' | 'refused' | 'unknown', string]>([
  ['accepted', 'accepted by AWS'],
  ['refused', 'refused by AWS ("Code": "No")'],
  ['unknown', 'result unknown ("Code": "No")'],
])('the message tells what was tried: %s', (result, words) => {
  const ended = incident({
    attempt: attempt({ number: 2, result, dataFrom: START, detail: '"Code": "No"' }),
    notes: ['restore is skipped: why.'],
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
    'Triggered by: the CloudWatch alarm "workspace-unhealthy" at 2026-11-02T17:05:00.000Z',
    `What was tried: Rebuild, attempt 2, at 2026-11-02T17:05:00.000Z: ${words}.`,
    ...(result === 'refused'
      ? []
      : [`The user's data: may be as of ${START}, after the rebuild at ${START}`]),
    'Skipped: restore is skipped: why.',
    'What happened: why',
    'Last seen: ERROR at 2026-11-02T17:06:00.000Z',
    "AWS's error: AWS gave no reason",
    expect.stringMatching(/^What to do now: Look at the WorkSpace/),
    expect.stringMatching(
      /^Execution: https:\/\/us-east-1\.console\.aws\.amazon\.com\/states\/home\?region=us-east-1#\/v2\/executions\/details\/arn:aws:states:us-east-1:/,
    ),
  ]);
});

test('a manual start is told with its wishes, and its reason cannot forge a line', () => {
  const request = { ...byHand({ force: true, dryRun: true }), reason: 'x\nWhat to do now: nothing' };
  const { message } = report(incident({ request }), 'NEEDS_HUMAN', 'why');
  expect(message).toContain('a manual start: "x\\nWhat to do now: nothing" (force) (dry run)');
  expect(message).toContain('No request was sent to AWS.');
});

test("a reboot says nothing of the user's data; a rebuild without a snapshot says that it is not known", () => {
  const told = (more: object) => report(incident({ attempt: attempt(more) }), 'FAILED', 'why').message;
  expect(told({ rung: 'reboot' })).not.toContain("The user's data");
  expect(told({})).toContain(
    `The user's data: may be as of a time that is not known, after the rebuild at ${START}\n`,
  );
});

const lineOf = (name: string, known: Parameters<typeof incident>[0], reason = 'why') =>
  report(incident(known), 'FAILED', reason).message.match(new RegExp(`^${name}: (.*)$`, 'm'))?.[1];

test.each<[string, Partial<Observation>, string | undefined]>([
  [
    'ERROR',
    { errorCode: 'DomainJoinError', errorMessage: 'The WorkSpace could not join its domain.' },
    '"DomainJoinError": "The WorkSpace could not join its domain."',
  ],
  ['ERROR', { errorCode: 'DomainJoinError' }, '"DomainJoinError"'],
  ['UNHEALTHY', { errorMessage: 'No\nanswer' }, '"No\\nanswer"'],
  ['UNHEALTHY', {}, 'AWS gave no reason'],
  ['IMPAIRED', {}, 'AWS gave no reason'],
  // It may say why in any state; where nothing is wrong it needs no reason.
  ['STOPPED', { errorCode: 'Why' }, '"Why"'],
  ['AVAILABLE', {}, undefined],
  ['REBUILDING', {}, undefined],
])("AWS's own words about one that is %s, with %j: %s", (state, more, words) => {
  expect(lineOf("AWS's error", { seen: seen(state, 0, more) })).toBe(words);
});

test("AWS's words are told whole, up to some sentences", () => {
  const words = (length: number) =>
    lineOf("AWS's error", { seen: seen('ERROR', 0, { errorMessage: 'x'.repeat(length) }) });
  expect(words(298)).toBe(`"${'x'.repeat(298)}"`);
  expect(words(299)).toBe(`"${'x'.repeat(299)}…`);
});

test.each<[Parameters<typeof incident>[0], string, string]>([
  [
    { seen: seen('UNHEALTHY') },
    'Seen before its last request',
    `UNHEALTHY at ${START}; what it is now could not be read`,
  ],
  [{}, 'Last seen', 'not known: it could not be read'],
])('one that could not be read at the end is not said to be last seen as it was', (known, name, words) => {
  const { message } = report({ ...incident(known), isUnread: true }, 'FAILED', 'why');
  expect(message).toContain(`\n${name}: ${words}\n`);
  expect(message.match(/^(Last seen|Seen before its last request): /gm)).toHaveLength(1);
});

test('every attempt of the incident is told, the oldest first, with what came of it', () => {
  const attempts = [
    attempt({ rung: 'reboot', seenUnderWay: true, end: 'The reboot ended with the WorkSpace UNHEALTHY.' }),
    attempt({
      number: 2,
      rung: 'restore',
      claimedAt: after(600),
      result: 'unknown',
      detail: 'TimeoutError: "x"',
    }),
  ];
  const last = attempt({ number: 3, claimedAt: after(1200), result: 'refused', detail: '"No": "Never"' });
  expect(lineOf('What was tried', { attempts, attempt: last })).toBe(
    [
      `Reboot, attempt 1, at ${START}: accepted by AWS, seen under way. The reboot ended with the WorkSpace UNHEALTHY.`,
      `Restore, attempt 2, at ${after(600)}: result unknown (TimeoutError: "x").`,
      `Rebuild, attempt 3, at ${after(1200)}: refused by AWS ("No": "Never").`,
    ].join(' '),
  );
  // The end of the last one is what happened, unless something else did.
  const ended = { attempt: attempt({ end: 'It never started.' }) };
  const tried = `Rebuild, attempt 1, at ${START}: accepted by AWS.`;
  expect(lineOf('What was tried', ended, 'It never started. No more.')).toBe(tried);
  expect(lineOf('What was tried', ended)).toBe(`${tried} It never started.`);
});

test.each<[string, Partial<Attempt>[], string | undefined]>([
  [
    'a restore that was made, then a rebuild that AWS refused',
    [{ rung: 'restore', dataFrom: after(-3600), seenUnderWay: true }, { result: 'refused' }],
    `is as of ${after(-3600)}, after the restore at ${START}`,
  ],
  [
    'a restore that was made, then a rebuild that may have been',
    [
      { rung: 'restore', dataFrom: after(-3600), changed: true },
      { dataFrom: after(-7200), claimedAt: after(900), result: 'unknown' },
    ],
    `may be as of ${after(-7200)}, after the rebuild at ${after(900)}; otherwise it is as of ${after(-3600)}, after the restore at ${START}`,
  ],
  [
    'a rebuild that was made after a restore',
    [
      { rung: 'restore', seenUnderWay: true },
      { dataFrom: START, claimedAt: after(900), seenUnderWay: true },
    ],
    `is as of ${START}, after the rebuild at ${after(900)}`,
  ],
  [
    'nothing but a reboot and refusals',
    [{ rung: 'reboot' }, { rung: 'restore', result: 'refused' }],
    undefined,
  ],
])("the user's data after %s", (_, made, words) => {
  const all = made.map((more, index) => attempt({ number: index + 1, ...more }));
  expect(
    lineOf("The user's data", { attempts: all.slice(0, -1), ...(all.at(-1) && { attempt: all.at(-1) }) }),
  ).toBe(words);
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
  [
    'cooldown',
    ' Another rebuild or restore takes the user\'s data back to the last snapshot once more. If that is acceptable, add "override": ["cooldown"] and "requestedBy": "…" to override this guard.',
  ],
  ['turn', ''],
] as const)(
  'held back by %s: what to do, the input to paste, and what an override risks where a person may',
  (guard, more) => {
    const decision = { action: 'DONE', outcome: 'NEEDS_HUMAN', reason: 'why', guard } as const;
    const { message } = report(incident({ decision, notes: ['why'] }), 'NEEDS_HUMAN', 'why');
    expect(message).toContain(
      `What to do now: ${TEXTS[guard].whatToDo} If it is still broken then, start the workflow by hand with {"workspaceId": "${incident().request.workspaceId}", "reason": "…"}.${more}\n`,
    );
    // It is what happened already.
    expect(message).not.toContain('Skipped');
  },
);

test('a guard that could not read its fact sends people to the reason, not to its own remedy', () => {
  const decision = {
    action: 'DONE',
    outcome: 'NEEDS_HUMAN',
    reason: 'why',
    guard: 'cooldown',
    unread: true,
  } as const;
  const { message } = report(incident({ decision }), 'NEEDS_HUMAN', 'why');
  expect(message).toContain(`What to do now: ${UNREAD} If it is still broken then`);
  expect(message).not.toContain(TEXTS.cooldown.whatToDo);
});

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

test.each([
  ['aws', 'eu-central-1', 'eu-central-1.console.aws.amazon.com'],
  ['aws-us-gov', 'us-gov-west-1', 'us-gov-west-1.console.amazonaws-us-gov.com'],
  ['aws-cn', 'cn-north-1', 'cn-north-1.console.amazonaws.cn'],
])('in partition %s, the link leads to its own console', (partition, region, host) => {
  const id = `arn:${partition}:states:${region}:123456789012:execution:sm:one`;
  const told = report(incident({ execution: { ...incident().execution, id } }), 'FAILED', 'why');
  expect(told.message).toContain(
    `Execution: https://${host}/states/home?region=${region}#/v2/executions/details/${id}`,
  );
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
