import { describe, expect, test } from 'vitest';
import { flapping } from '../../functions/guards/flapping.ts';
import { byHand, incident, START, seen } from '../policy/fixtures.ts';
import { verdictOf } from './verdict.ts';

describe('flapping', () => {
  const at = (seconds: number, known = {}, state = 'UNHEALTHY') =>
    flapping(incident(known), seen(state, seconds), 120);
  const bad = { course: { badSince: START } };
  test('the second bad read is waited for', () => {
    expect(verdictOf('flapping', at(0))).toEqual({
      remember: { waitingSince: { flapping: START } },
      held: {
        action: 'WAIT',
        guard: 'flapping',
        waitSeconds: 120,
        reason: 'Guard flapping: It is UNHEALTHY; one read is not enough to act on.',
      },
    });
    expect(verdictOf('flapping', at(30, bad))).toMatchObject({ held: { waitSeconds: 90 } });
    expect(verdictOf('flapping', at(119.5, bad))).toMatchObject({ held: { waitSeconds: 20 } });
  });
  test.each<[string, ReturnType<typeof at>]>([
    ['confirmed', at(120, { course: { badSince: START } })],
    ['a dry run by hand is answered at once', at(0, { request: byHand({ dryRun: true }) })],
    ['a forced start on one that is well', at(0, { request: byHand({ force: true }) }, 'AVAILABLE')],
    ['one that is stuck', at(0, {}, 'REBOOTING')],
  ])('%s: nothing to wait for', (_, verdict) => {
    expect(verdict).toEqual({ says: 'go' });
  });
  test('a person does not make it sure', () => {
    expect(at(0, { request: byHand({ force: true }) })).toMatchObject({ says: 'wait' });
  });
});
