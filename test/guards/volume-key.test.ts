import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { KeyReading } from '../../functions/aws/volume-key.ts';
import type { Choice, RungFacts } from '../../functions/guards/choice.ts';
import type { Verdict } from '../../functions/guards/guard.ts';
import { notEnabled } from '../../functions/guards/volume-key.ts';
import type { Rung } from '../../functions/incident.ts';
import { type ApiResponse, type Listening, reply, serve } from '../../local/desk/http.ts';
import { describeKey, keyArn } from '../../local/desk/kms-server.ts';
import { loadStack } from '../../local/desk/template.ts';
import type { KeyReading as Told } from '../../local/stories/desktop.ts';
import { incident, SETTINGS, START } from '../policy/fixtures.ts';
import { stubEnvironment } from '../steps/harness.ts';

const KEY = keyArn('Enabled');

describe('the key, by its reading', () => {
  test('Enabled alone lets pass', () => {
    expect(notEnabled(KEY, { state: 'Enabled' })).toEqual({ says: 'go' });
  });

  test.each<[KeyReading, string]>([
    [{ state: 'Disabled' }, `the KMS key "${KEY}" of its volumes is "Disabled", not Enabled.`],
    [{ state: 'PendingDeletion' }, `the KMS key "${KEY}" of its volumes is "PendingDeletion", not Enabled.`],
    [{ state: 'UNKNOWN' }, `the KMS key "${KEY}" of its volumes is "UNKNOWN", not Enabled.`],
    [
      { unreadable: 'AccessDeniedException' },
      `the KMS key "${KEY}" of its volumes cannot be read ("AccessDeniedException"): the key's policy must allow kms:DescribeKey to this account, or to the role of the function Check.`,
    ],
    [
      { unreadable: 'NotFoundException' },
      `the KMS key "${KEY}" of its volumes cannot be read ("NotFoundException"): it may have been deleted.`,
    ],
  ])('%j is for a person', (reading, reason) => {
    expect(notEnabled(KEY, reading)).toEqual({ says: 'person', reason });
  });

  test('a hostile name of a key forges no line', () => {
    expect(notEnabled('a\nOUTCOME: RECOVERED', { state: 'Disabled' })).toMatchObject({
      reason: expect.stringContaining('"a\\nOUTCOME: RECOVERED"'),
    });
  });
});

describe('before something is asked for', () => {
  let kms: Listening;
  let asked: string[] = [];
  /** In place of KMS's own answer. */
  let answer: ApiResponse | undefined;
  let guard: typeof import('../../functions/guards/volume-key.ts');

  beforeAll(async () => {
    kms = await serve((request) => {
      asked.push(String(request.headers['x-amz-target']));
      return answer ?? describeKey(request, Date.now());
    });
    stubEnvironment(loadStack(), { KMS: kms });
    guard = await import('../../functions/guards/volume-key.ts');
  });
  afterAll(() => kms.close());
  beforeEach(() => {
    asked = [];
    answer = undefined;
  });

  const facts: RungFacts = { now: START, state: 'UNHEALTHY', rebuilds: [], overridden: () => false };
  const ask = (choice: Choice, volumeKey?: string): Promise<Verdict> =>
    guard.ask({
      incident: incident(),
      settings: SETTINGS,
      unreadable: 0,
      now: () => START,
      tags: {},
      facts,
      seen: { at: START, state: 'UNHEALTHY', ...(volumeKey !== undefined && { volumeKey }) },
      choose: () => choice,
    });
  const chosen = (rung: Rung): Choice => ({ kind: 'chosen', rung, notes: [] });

  test.each(['rebuild', 'restore'] as const)('a %s asks for the key, once', async (rung) => {
    expect(await ask(chosen(rung), KEY)).toEqual({ says: 'go' });
    expect(asked).toEqual(['TrentService.DescribeKey']);
  });

  test.each<[Choice, string | undefined]>([
    [chosen('reboot'), keyArn('Disabled')],
    [chosen('rebuild'), undefined],
    [{ kind: 'none', guard: 'ladder', notes: [] }, keyArn('Disabled')],
  ])('%j with the key %j asks nothing', async (choice, key) => {
    expect(await ask(choice, key)).toEqual({ says: 'go' });
    expect(asked).toEqual([]);
  });

  test.each<[Told, string]>([
    ['Disabled', '"Disabled", not Enabled'],
    ['PendingDeletion', '"PendingDeletion", not Enabled'],
    ['AccessDenied', "the key's policy must allow kms:DescribeKey"],
  ])('a key that is read as %s holds a rebuild back', async (reading, part) => {
    expect(await ask(chosen('rebuild'), keyArn(reading))).toMatchObject({
      says: 'person',
      reason: expect.stringContaining(part),
    });
  });

  test.each([
    ['arn:aws:s3:::bucket', 'InvalidArnException'],
    ['0a1b2c3d-0000-4000-8000-000000000000', 'NotFoundException'],
  ])('the key %s too', async (key, error) => {
    expect(await ask(chosen('restore'), key)).toMatchObject({ reason: expect.stringContaining(error) });
  });

  test.each([
    [400, 'ThrottlingException'],
    [500, 'KMSInternalException'],
  ])('HTTP %i, %s, is no fact: it is asked again, and nothing is done meanwhile', async (status, name) => {
    answer = reply(status, { __type: name, message: 'later' });
    await expect(ask(chosen('rebuild'), KEY)).rejects.toMatchObject({
      name: 'AwsUnavailable',
      message: expect.stringContaining(`KMS does not answer (${name}`),
    });
  });

  test('an answer without a state holds it back', async () => {
    answer = reply(200, {});
    expect(await ask(chosen('rebuild'), KEY)).toMatchObject({ reason: expect.stringContaining('UNKNOWN') });
  });
});
