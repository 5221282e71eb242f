import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WORKSPACE_ID } from '../../functions/incident.ts';
import { type Parsed, parseRequest } from '../../functions/policy/request.ts';
import { sample } from '../../local/stories/samples.ts';
import { changed } from '../events.ts';

const alarm = sample('alarm-workspace.json');
const METRICS = 'detail.configuration.metrics';
/** Texts with halves of surrogate pairs, which JSON can hold. */
const HALVES = fc.array(fc.constantFrom('x', '\ud83d', '\udd25')).map((halves) => halves.join(''));

function reason(parsed: Parsed): string {
  if (parsed.kind === 'request') throw new Error(`Was understood: ${JSON.stringify(parsed.request)}`);
  return `${parsed.kind}: ${parsed.reason}`;
}

describe('what is understood', () => {
  test('an alarm on one WorkSpace', () => {
    expect(parseRequest(alarm)).toMatchObject({
      kind: 'request',
      request: { source: 'alarm', workspaceId: 'ws-8kq3zn1yd', alarmTime: '2026-11-02T17:04:40.989Z' },
    });
  });

  test('a contributor', () => {
    expect(parseRequest(sample('alarm-contributor.json'))).toMatchObject({
      kind: 'request',
      request: { source: 'alarm', workspaceId: 'ws-8kq3zn1yd', alarmTime: '2026-11-02T17:05:04.919Z' },
    });
  });

  test('a manual start, with its defaults', () => {
    expect(parseRequest(sample('manual.json'))).toEqual({
      kind: 'request',
      request: {
        source: 'manual',
        workspaceId: 'ws-8kq3zn1yd',
        reason: 'User reports a black screen, ticket 4711',
        force: false,
        dryRun: false,
        override: [],
      },
    });
    const wishes = { force: true, dryRun: true, requestedBy: ' jdoe ' };
    expect(parseRequest({ workspaceId: 'ws-8kq3zn1yd', ...wishes })).toMatchObject({
      request: { force: true, dryRun: true, requestedBy: 'jdoe', reason: 'No reason given' },
    });
    expect(parseRequest({ workspaceId: 'ws-8kq3zn1yd', requestedBy: 'x'.repeat(100) })).toMatchObject({
      request: { requestedBy: 'x'.repeat(100) },
    });
  });

  test.each([['reboot,rebuild'], ['reboot + rebuild'], [['reboot', 'rebuild']]])(
    'a ladder of its own: %j',
    (ladder) => {
      expect(
        parseRequest({ workspaceId: 'ws-8kq3zn1yd', ladder, override: ['storm'], requestedBy: 'jdoe' }),
      ).toMatchObject({
        request: { ladder: ['reboot', 'rebuild'], override: ['storm'] },
      });
    },
  );
});

test.each<[string, unknown, string]>([
  ['nothing', undefined, 'The input must be an object, and is nothing.'],
  ['null', null, 'and is null.'],
  ['an array', ['ws-8kq3zn1yd'], 'The input must be an object, and is ["ws-8kq3zn1yd"].'],
  ['a text', 'ws-8kq3zn1yd', 'The input must be an object'],
  ['an empty object', {}, 'workspaceId'],
  ['scope overridden', { workspaceId: 'ws-8kq3zn1yd', override: ['scope'] }, 'override.0 must be'],
  ['no list of overrides', { workspaceId: 'ws-8kq3zn1yd', override: 'storm' }, 'override must be Array'],
  [
    'a ladder upside down',
    { workspaceId: 'ws-8kq3zn1yd', ladder: 'rebuild,reboot' },
    'ladder must be reboot',
  ],
  ['no ladder', { workspaceId: 'ws-8kq3zn1yd', ladder: [] }, 'ladder must be reboot'],
  ['a number as id', { workspaceId: 5 }, 'workspaceId must be string, and is 5.'],
  ['a malformed id', { workspaceId: 'ws-UPPER000' }, 'workspaceId must look like ws-'],
  ['an id with a line break', { workspaceId: 'ws-8kq3zn1yd\n' }, '"ws-8kq3zn1yd\\n"'],
  ['a short id', { workspaceId: 'ws-1234567' }, 'workspaceId must look like'],
  ['a list of ids', { workspaceId: ['ws-8kq3zn1yd'] }, 'workspaceId must be string'],
  ['force as text', { workspaceId: 'ws-8kq3zn1yd', force: 'true' }, 'force must be boolean, and is "true".'],
  ['dryRun as a number', { workspaceId: 'ws-8kq3zn1yd', dryRun: 1 }, 'dryRun must be boolean, and is 1.'],
  [
    'a misspelt dryRun',
    { workspaceId: 'ws-8kq3zn1yd', dryrun: true },
    'dryrun is not a field of a manual start.',
  ],
  [
    'force by nobody',
    { workspaceId: 'ws-8kq3zn1yd', reason: 'a "b"', force: true },
    'requestedBy must say who asks when force or override is given, and is missing. Start it again with {"workspaceId":"ws-8kq3zn1yd","reason":"a \\"b\\"","force":true,"requestedBy":"your name"}.',
  ],
  [
    'an override by nobody',
    { workspaceId: 'ws-8kq3zn1yd', override: ['storm'] },
    '{"workspaceId":"ws-8kq3zn1yd","override":["storm"],"requestedBy":"your name"}',
  ],
  [
    'a blank name',
    { workspaceId: 'ws-8kq3zn1yd', force: true, requestedBy: '  ' },
    'requestedBy must say who asks, in 1 to 100 characters, and is "".',
  ],
  ['a long name', { workspaceId: 'ws-8kq3zn1yd', requestedBy: 'x'.repeat(101) }, 'in 1 to 100 characters'],
  ['a number as name', { workspaceId: 'ws-8kq3zn1yd', requestedBy: 5 }, 'requestedBy must be string'],
  ['a long reason', { workspaceId: 'ws-8kq3zn1yd', reason: 'x'.repeat(501) }, 'reason must be'],
  ['an OK event', sample('alarm-workspace-ok.json'), 'detail.state.value must be "ALARM", and is "OK".'],
  ['a directory alarm', sample('alarm-directory.json'), 'names no WorkSpace'],
  ['an unrelated alarm', sample('alarm-unrelated.json'), 'names no WorkSpace'],
  ['another source', changed(alarm, 'source', 'my.app'), 'source must be'],
  ['another type', changed(alarm, 'detail-type', 'X'), 'detail-type'],
  ['no detail', changed(alarm, 'detail', undefined), 'detail must be'],
  [
    'a bad time',
    changed(alarm, 'detail.state.timestamp', 'soon'),
    'detail.state.timestamp must be a time, and is "soon".',
  ],
  ['a bad id', changed(alarm, `${METRICS}.0.metricStat.metric.dimensions.WorkspaceId`, '../x'), '"../x"'],
  ['other metric', changed(alarm, `${METRICS}.0.metricStat.metric.name`, 'Available'), 'names no WorkSpace'],
])('rejects %s', (_, input, expected) => {
  expect(reason(parseRequest(input))).toContain('rejected: ');
  expect(reason(parseRequest(input))).toContain(expected);
});

test('an alarm on two WorkSpaces is rejected: none of them is meant', () => {
  const two = changed(alarm, METRICS, ['ws-aaaaaaaaa', 'ws-bbbbbbbbb'].map(workspaceMetric));
  expect(reason(parseRequest(two))).toContain('more than one WorkSpace (["ws-aaaaaaaaa","ws-bbbbbbbbb"])');
});

test('one metric of a metric-math alarm', () => {
  const math = changed(alarm, METRICS, [
    { id: 'e1', expression: 'm1 > 0', returnData: true },
    workspaceMetric('ws-bbbbbbbbb'),
  ]);
  expect(parseRequest(math)).toMatchObject({ request: { workspaceId: 'ws-bbbbbbbbb' } });
});

test.each([
  [
    'muted',
    'detail.muteDetail',
    { mutedByArn: 'arn:aws:cloudwatch:us-east-1:123456789012:alarm-mute-rule:night' },
  ],
  ['suppressed', 'detail.state.actionsSuppressedBy', 'WaitPeriod'],
])('a %s alarm is held back', (word, path, value) => {
  expect(reason(parseRequest(changed(alarm, path, value)))).toMatch(new RegExp(`^held: .*${word}`));
});

test('never throws, never lets a malformed id through, never repeats a control character', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.jsonValue(),
        fc.record({ workspaceId: fc.string({ unit: 'binary' }) }),
        fc.record({ workspaceId: fc.constant('ws-8kq3zn1yd'), reason: HALVES }),
        mutant(),
      ),
      (input) => {
        const parsed = parseRequest(input);
        for (const text of texts(parsed)) expect(text.isWellFormed()).toBe(true);
        if (parsed.kind === 'request') expect(parsed.request.workspaceId).toMatch(WORKSPACE_ID);
        else expect(parsed.reason).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
      },
    ),
    { numRuns: 2000 },
  );
});

test('any well-formed id is understood', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^ws-[0-9a-z]{8,63}$/), (workspaceId) => {
      expect(parseRequest({ workspaceId })).toMatchObject({ kind: 'request', request: { workspaceId } });
    }),
  );
});

function workspaceMetric(WorkspaceId: string) {
  const metric = { namespace: 'AWS/WorkSpaces', name: 'Unhealthy', dimensions: { WorkspaceId } };
  return { id: 'm1', metricStat: { metric, period: 300, stat: 'Maximum' }, returnData: false };
}

/** Every text in a value. */
function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
}

/** A real alarm event with one field turned into something else. */
function mutant() {
  const paths = [
    'detail',
    'detail.alarmName',
    'detail.state',
    'detail.state.value',
    'detail.state.reason',
    'detail.state.timestamp',
    METRICS,
    `${METRICS}.0`,
    `${METRICS}.0.metricStat.metric.dimensions`,
    `${METRICS}.0.metricStat.metric.dimensions.WorkspaceId`,
  ];
  return fc
    .tuple(fc.constantFrom(...paths), fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' }), HALVES))
    .map(([path, value]) => changed(alarm, path, value));
}
