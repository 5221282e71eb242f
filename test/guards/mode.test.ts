import { describe, expect, test } from 'vitest';
import { GO, type Verdict } from '../../functions/guards/guard.ts';
import { modeVerdict } from '../../functions/guards/mode.ts';
import { attempt, byHand, incident } from '../policy/fixtures.ts';
import { verdictOf } from './verdict.ts';

describe('mode', () => {
  const read = (value: string, known = {}) => modeVerdict(incident(known), { value });
  const told = (verdict: Verdict) => verdictOf('mode', verdict)?.held.reason;
  const tried = { attempt: attempt() };
  const dry = { request: byHand({ dryRun: true }) };
  test.each<[string, object, object]>([
    ['on', {}, { says: 'go', remember: { mode: 'on' } }],
    ['on', tried, { says: 'go', remember: { mode: 'on' } }],
    ['dry-run', {}, { says: 'go', remember: { mode: 'dry-run' } }],
    ['dry-run', tried, { says: 'person' }],
    ['paused', {}, { says: 'skip', remember: { mode: 'paused' } }],
    ['paused', tried, { says: 'go', remember: { mode: 'paused' } }],
    ['paused', dry, GO],
    ['ON', {}, { says: 'person', remember: { mode: 'paused' } }],
    ['', {}, { says: 'person', remember: { mode: 'paused' } }],
    ['off', tried, { says: 'go', remember: { mode: 'paused' } }],
    ['off', dry, GO],
  ])('%j with %j', (value, known, expected) => {
    expect(read(value, known)).toMatchObject(expected);
  });
  test('the reasons name the value, or why there is none', () => {
    expect(told(read('on\n'))).toBe(
      'Guard mode: the mode must be on, dry-run or paused, and is "on\\n"; until it is set right nothing new starts, for any WorkSpace.',
    );
    expect(verdictOf('mode', modeVerdict(incident(), { unreadable: '"No access"' }))).toEqual({
      remember: { mode: 'paused' },
      held: {
        action: 'DONE',
        outcome: 'NEEDS_HUMAN',
        guard: 'mode',
        reason:
          'Guard mode: the mode could not be read ("No access"); until it is set right nothing new starts, for any WorkSpace.',
      },
    });
    expect(told(read('paused'))).toBe('Guard mode: the service is paused; nothing new starts.');
    expect(told(read('dry-run', tried))).toBe(
      'Guard mode: the mode was set to dry-run after this incident had sent a request; no other is sent.',
    );
  });
});
