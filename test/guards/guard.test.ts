import { describe, expect, test } from 'vitest';
import {
  type Guard as Asked,
  askAll,
  GO,
  hold,
  isOverridden,
  type Verdict,
} from '../../functions/guards/guard.ts';
import { type Guard, isDryRun, type OpenIncident } from '../../functions/incident.ts';
import { settings } from '../../functions/settings.ts';
import { after, byHand, incident, SETTINGS, START } from '../policy/fixtures.ts';

interface Waiting {
  waitSeconds: number;
}

describe('waiting', () => {
  const wait = (
    known: OpenIncident,
    name: Guard,
    reason: string,
    at: string,
    more: Partial<Waiting> = {},
  ) => {
    const verdict = { says: 'wait', reason, at, limitSeconds: 3600, ...more } as const;
    return hold(name, verdict, { incident: known });
  };
  test('the first time it remembers since when, and looks again after a minute', () => {
    expect(wait(incident(), 'connected', 'Why.', START)).toEqual({
      held: { action: 'WAIT', reason: 'Guard connected: Why.', waitSeconds: 60, guard: 'connected' },
      remember: { waitingSince: { connected: START } },
    });
  });
  test.each([
    [3599, 'WAIT'],
    [3600, 'DONE'],
  ])('%i s later: %s', (seconds, action) => {
    const waiting = incident({ waitingSince: { turn: after(500), connected: START } });
    const { held, remember } = wait(waiting, 'connected', 'Why.', after(seconds));
    expect(held.action).toBe(action);
    if (action === 'WAIT') expect(remember.waitingSince).toEqual({ turn: after(500), connected: START });
    else
      expect(held).toEqual({
        action: 'DONE',
        outcome: 'NEEDS_HUMAN',
        guard: 'connected',
        reason: 'Guard connected: Why. It has waited for 60 min, which is the limit.',
      });
  });
  test('intervals grow with the wait, and a known wait is kept, whole and never none', () => {
    const seconds = (elapsed: number, more: Partial<Waiting> = {}) => {
      const known = incident({ waitingSince: { turn: START } });
      const verdict = { says: 'wait', reason: '', at: after(elapsed), limitSeconds: 1e6, ...more } as const;
      const { held } = hold('turn', verdict, { incident: known });
      return held.action === 'WAIT' && held.waitSeconds;
    };
    expect([seconds(0), seconds(900), seconds(5000)]).toEqual([60, 90, 120]);
    expect([seconds(0, { waitSeconds: 12.2 }), seconds(0, { waitSeconds: 0 })]).toEqual([13, 1]);
  });
  test('a dry run by hand says that it would have waited', () => {
    const dry = incident({ request: byHand({ dryRun: true }) });
    expect(wait(dry, 'turn', 'Why.', START).held).toEqual({
      action: 'DONE',
      outcome: 'SKIPPED',
      guard: 'turn',
      reason: 'Dry run: guard turn would have made it wait. Why.',
    });
    expect(wait(incident({ mode: 'dry-run' }), 'turn', 'Why.', START).held.action).toBe('WAIT');
  });
});

describe('asking', () => {
  const guard = (name: Guard, verdict: Verdict): Asked => ({ name, ask: async () => verdict });
  const ask = (guards: Asked[], known = incident(), unreadable = 0) =>
    askAll(guards, { incident: known, unreadable, now: () => START, settings: SETTINGS });
  const failing = (name: Guard, error: unknown): Asked => ({ name, ask: () => Promise.reject(error) });

  test('where none holds it back there is no decision, and what they want remembered is', async () => {
    const first = guard('mode', { says: 'go', remember: { mode: 'on' } });
    const second = guard('tags', { says: 'go', remember: { ladder: ['reboot'] } });
    expect(await ask([first, guard('turn', GO), second])).toEqual({
      remember: { mode: 'on', ladder: ['reboot'] },
    });
  });
  test('the first that holds it back decides: none after it is asked, and what those before it found is remembered', async () => {
    let asked = 0;
    const last: Asked = {
      name: 'turn',
      ask: async () => {
        asked++;
        return GO;
      },
    };
    const before = guard('tags', { says: 'go', remember: { ladder: ['reboot'] } });
    const holding = guard('connected', { says: 'person', reason: 'Why.', remember: { notes: ['note'] } });
    expect(await ask([before, holding, last])).toEqual({
      held: { action: 'DONE', outcome: 'NEEDS_HUMAN', guard: 'connected', reason: 'Guard connected: Why.' },
      remember: { ladder: ['reboot'], notes: ['note'] },
    });
    expect(asked).toBe(0);
  });
  test('each goes by what those before it found', async () => {
    const before = guard('tags', { says: 'go', remember: { ladder: ['reboot'] } });
    const ladders: unknown[] = [];
    const noting: Asked = {
      name: 'ladder',
      read: async ({ incident: { ladder } }) => void ladders.push(ladder),
      ask: async ({ incident: { ladder } }) => {
        ladders.push(ladder);
        return GO;
      },
    };
    await ask([before, noting], incident({ ladder: ['rebuild'] }));
    expect(ladders).toEqual([['reboot'], ['reboot']]);
  });
  test.each<[Verdict, object]>([
    [
      { says: 'skip', reason: 'Why.' },
      { outcome: 'SKIPPED', guard: 'tags', reason: 'Guard tags: Why.' },
    ],
    [
      { says: 'person', reason: 'Why.', opening: 'Out of scope' },
      { guard: 'tags', reason: 'Out of scope: Why.' },
    ],
    [
      { says: 'person', reason: 'Why.', as: 'ladder' },
      { guard: 'ladder', reason: 'Guard ladder: Why.' },
    ],
    [
      { says: 'person', reason: 'Why.', toldBy: 'e1' },
      { outcome: 'NEEDS_HUMAN', toldBy: 'e1' },
    ],
    [
      { says: 'wait', reason: 'Why.', at: START, limitSeconds: 60 },
      { action: 'WAIT', guard: 'tags' },
    ],
  ])('%j', async (verdict, held) => {
    expect(await ask([guard('tags', verdict)])).toMatchObject({ held });
  });
  test('one that a person overrides is not asked; what those after it go by too is read all the same', async () => {
    const order: string[] = [];
    const noting = (name: Guard): Asked => ({
      name,
      read: async () => void order.push(`read ${name}`),
      ask: async () => {
        order.push(`ask ${name}`);
        return GO;
      },
    });
    const known = incident({ request: byHand({ override: ['storm'] }) });
    expect(await ask([noting('flapping'), noting('storm'), noting('turn')], known)).toEqual({ remember: {} });
    expect(order).toEqual(['read flapping', 'ask flapping', 'read storm', 'read turn', 'ask turn']);
  });
  test('a fact that cannot be read: twice it waits, then it is for a person', async () => {
    const storm = failing('storm', new RangeError('No'));
    const reason = 'Guard storm: what it checks could not be read: RangeError: "No".';
    expect(await ask([storm, guard('turn', GO)])).toEqual({
      held: { action: 'WAIT', reason, waitSeconds: 30, guard: 'storm' },
      remember: { unreadable: 1 },
    });
    expect(await ask([storm], incident(), 1)).toMatchObject({ remember: { unreadable: 2 } });
    expect(await ask([storm], incident(), 2)).toEqual({
      held: {
        action: 'DONE',
        outcome: 'NEEDS_HUMAN',
        guard: 'storm',
        reason: `${reason} Tried 3 times; nothing was done.`,
        unread: true,
      },
      remember: {},
    });
  });
  test('a wrong setting is no fact: the step fails', async () => {
    const turn: Asked = {
      name: 'turn',
      ask: async () => {
        settings();
        return GO;
      },
    };
    await expect(ask([turn])).rejects.toThrow('Environment variable TABLE_NAME is missing');
  });
  test('nor may what others go by too be unread', async () => {
    const storm: Asked = { name: 'storm', read: () => Promise.reject('No'), ask: async () => GO };
    const known = incident({ request: byHand({ override: ['storm'] }) });
    expect(await ask([guard('flapping', GO), storm], known)).toMatchObject({
      held: { guard: 'storm', reason: 'Guard storm: what it checks could not be read: UnknownError: "No".' },
    });
  });
  test('who passes over a guard, and what is dry', () => {
    const request = byHand({ override: ['storm'] });
    expect([
      isOverridden(incident({ request }), 'storm'),
      isOverridden(incident({ request }), 'turn'),
    ]).toEqual([true, false]);
    expect(isOverridden(incident(), 'storm')).toBe(false);
    expect([isDryRun(incident()), isDryRun(incident({ mode: 'on' }))]).toEqual([false, false]);
    expect(isDryRun(incident({ mode: 'dry-run' }))).toBe(true);
    expect(isDryRun(incident({ request: byHand({ dryRun: true }) }))).toBe(true);
  });
});
