import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WORKSPACE_ID } from '../../functions/incident.ts';
import { sample } from '../../local/stories/samples.ts';
import { changed } from '../events.ts';
import { METRICS, parse as parseRequest } from './inputs.ts';

const alarm = sample('alarm-workspace.json');
/** Texts with halves of surrogate pairs, which JSON can hold. */
const HALVES = fc.array(fc.constantFrom('x', '\ud83d', '\udd25')).map((halves) => halves.join(''));

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

test('never throws, never lets a malformed id through, never repeats a control character', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.jsonValue(),
        fc.record({ workspaceId: fc.string({ unit: 'binary' }) }),
        fc.record({ workspaceId: fc.constant('ws-8kq3zn1yd'), reason: HALVES }),
        mutant(),
        paste(),
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

/** Every text in a value. */
function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
}

/** Shapes that are known, with whatever in them. */
function paste() {
  const any = fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' }), fc.constant('ws-8kq3zn1yd'));
  const names = [
    'Records',
    'Sns',
    'Message',
    'WorkspaceIds',
    'workspaceId',
    'alarmData',
    'Comment',
    'override',
  ];
  return fc.dictionary(fc.constantFrom(...names), any, { minKeys: 1 });
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
