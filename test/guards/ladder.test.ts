import { describe, expect, test } from 'vitest';
import { type Choice, noneLeft, type RungFacts } from '../../functions/guards/choice.ts';
import { GO } from '../../functions/guards/guard.ts';
import { chooseRung } from '../../functions/guards/ladder.ts';
import { ask } from '../../functions/guards/snapshot-age.ts';
import type { Guard, Rung } from '../../functions/incident.ts';
import { after, incident, SETTINGS, START } from '../policy/fixtures.ts';

const HOUR = 3600;
const settings = { cooldownSeconds: 24 * HOUR, maxRebuildsPerWeek: 2, maxSnapshotAgeSeconds: 24 * HOUR };
const facts = (more: Partial<RungFacts> = {}): RungFacts => ({
  now: START,
  state: 'UNHEALTHY',
  rebuilds: [],
  isEntra: false,
  snapshots: { restore: after(-HOUR), rebuild: after(-2 * HOUR) },
  overridden: () => false,
  ...more,
});
const choose = (rungs: Rung[], more: Partial<RungFacts> = {}) => chooseRung(rungs, facts(more), settings);
const overriding =
  (...names: Guard[]) =>
  (guard: Guard) =>
    names.includes(guard);

describe('the first rung whose preconditions hold', () => {
  test('is taken, with the time of its own snapshot', () => {
    expect(choose(['restore', 'rebuild'])).toEqual({
      kind: 'chosen',
      rung: 'restore',
      dataFrom: after(-HOUR),
      notes: [],
    });
    expect(choose(['rebuild'])).toMatchObject({ rung: 'rebuild', dataFrom: after(-2 * HOUR) });
  });
  test('snapshots are asked for before a restore or rebuild, not before a reboot', () => {
    expect(choose(['rebuild'], { snapshots: undefined })).toEqual({ kind: 'ask-snapshots' });
    expect(choose(['reboot', 'rebuild'], { snapshots: undefined })).toEqual({
      kind: 'chosen',
      rung: 'reboot',
      dataFrom: undefined,
      notes: [],
    });
    // What the cooldown bars in any case needs none.
    expect(choose(['rebuild'], { snapshots: undefined, rebuilds: [after(-60)] })).toMatchObject({
      kind: 'none',
    });
  });
  test('what its directory is joined to is asked for before a rebuild alone, and bars it alone', () => {
    const unread = { isEntra: undefined, snapshots: undefined };
    expect(choose(['rebuild'], unread)).toEqual({ kind: 'ask-identity' });
    expect(choose(['restore', 'rebuild'], unread)).toEqual({ kind: 'ask-snapshots' });
    expect(choose(['reboot', 'rebuild'], unread)).toMatchObject({ rung: 'reboot' });
    expect(choose(['rebuild'], { isEntra: true })).toMatchObject({ kind: 'none', guard: 'identity' });
    expect(choose(['restore', 'rebuild'], { isEntra: true })).toMatchObject({ rung: 'restore', notes: [] });
    const overridden = overriding('identity');
    expect(choose(['rebuild'], { isEntra: true, overridden })).toMatchObject({ rung: 'rebuild' });
  });
  test('without a snapshot it is for a person', () => {
    expect(choose(['rebuild'], { snapshots: {} })).toMatchObject({ kind: 'none', guard: 'snapshot-age' });
  });
  test('what AWS does not do in this state is skipped', () => {
    expect(choose(['reboot', 'rebuild'], { state: 'ERROR' })).toMatchObject({
      rung: 'rebuild',
      notes: ['reboot is skipped: AWS does not reboot a WorkSpace that is "ERROR".'],
    });
    expect(choose(['reboot'], { state: 'ERROR' })).toMatchObject({ kind: 'none', guard: 'ladder' });
  });
  test.each([
    [-24 * HOUR + 1, 'none'],
    [-24 * HOUR, 'chosen'],
  ])('a rebuild %i s ago: %s', (seconds, kind) => {
    expect(choose(['rebuild'], { rebuilds: [after(seconds)] }).kind).toBe(kind);
  });
  test('the cooldown counts from the last, whatever their order, and bars no reboot', () => {
    const rebuilds = [after(-30 * HOUR), after(-HOUR)];
    expect(choose(['rebuild'], { rebuilds })).toEqual({
      kind: 'none',
      guard: 'cooldown',
      notes: [
        'rebuild is skipped: a rebuild or restore was requested 60 min ago (limit: one per 24 h), and it is broken again or still.',
      ],
    });
    expect(choose(['reboot', 'rebuild'], { rebuilds })).toMatchObject({ rung: 'reboot' });
    expect(choose(['rebuild'], { rebuilds, overridden: overriding('cooldown') })).toMatchObject({
      rung: 'rebuild',
    });
  });
  test.each([
    [[-25, -50], 'none'],
    [[-25, -7 * 24], 'chosen'],
    [[-25], 'chosen'],
  ])('rebuilds %j hours ago: %s', (hours, kind) => {
    const choice = choose(['rebuild'], { rebuilds: hours.map((hour) => after(hour * HOUR)) });
    expect(choice.kind).toBe(kind);
    if (choice.kind === 'none') {
      expect(choice).toMatchObject({ guard: 'cooldown' });
      expect(choice.notes[0]).toContain('requested 2 times in seven days (limit 2)');
    }
  });
  test.each([
    [-24 * HOUR, 'chosen'],
    [-24 * HOUR - 1, 'none'],
  ])('a snapshot of %i s: %s', (seconds, kind) => {
    expect(choose(['rebuild'], { snapshots: { rebuild: after(seconds) } }).kind).toBe(kind);
  });
  test('the age of the snapshot is told; each rung has its own', () => {
    const snapshots = { rebuild: after(-72 * HOUR), restore: after(-HOUR) };
    expect(choose(['rebuild'], { snapshots })).toEqual({
      kind: 'none',
      guard: 'snapshot-age',
      notes: [
        `rebuild is skipped: its newest snapshot for a rebuild is 72 h old, from ${after(-72 * HOUR)} (limit 24 h).`,
      ],
    });
    expect(choose(['restore', 'rebuild'], { snapshots: { rebuild: after(-HOUR) } })).toMatchObject({
      rung: 'rebuild',
      notes: ['restore is skipped: there is no snapshot for a restore.'],
    });
    const overridden = overriding('snapshot-age');
    expect(choose(['rebuild'], { snapshots: {}, overridden })).toMatchObject({ dataFrom: undefined });
    expect(choose(['rebuild'], { snapshots, overridden })).toMatchObject({ dataFrom: after(-72 * HOUR) });
  });
  test('where remedies of the directory do not help, a reboot may be made, and no data is set back', () => {
    const futile = '3 of the last 5 did not help';
    expect(choose(['reboot', 'rebuild'], { futile })).toMatchObject({ rung: 'reboot' });
    expect(choose(['restore', 'rebuild'], { futile, snapshots: undefined, rebuilds: [after(-60)] })).toEqual({
      kind: 'none',
      guard: 'futile',
      notes: [`restore is skipped: ${futile}.`, `rebuild is skipped: ${futile}.`],
    });
    expect(choose(['rebuild'], { futile, overridden: overriding('futile') })).toMatchObject({
      rung: 'rebuild',
    });
  });
  test('without any rung there is none, and the first reason that is not the state names the guard', () => {
    expect(choose([])).toEqual({ kind: 'none', guard: 'ladder', notes: [] });
    expect(choose(['reboot', 'rebuild'], { state: 'ERROR', snapshots: {} })).toMatchObject({
      guard: 'snapshot-age',
      notes: [expect.any(String), expect.stringContaining('no snapshot for a rebuild')],
    });
  });
});

test('snapshot-age is the last that bars a rung: it speaks for whichever barred the first', async () => {
  const told = (choice: Choice) => {
    const pass = { incident: incident(), settings: SETTINGS, unreadable: 0, now: () => START };
    return ask({
      ...pass,
      seen: { at: START, state: 'ERROR' },
      tags: {},
      facts: facts(),
      choose: () => choice,
    });
  };
  const none = choose(['restore', 'rebuild'], { rebuilds: [after(-HOUR)] });
  expect(await told(none)).toMatchObject({ says: 'person', as: 'cooldown' });
  expect(await told(choose(['rebuild'], { snapshots: {} }))).toMatchObject({
    says: 'person',
    as: 'snapshot-age',
  });
  expect(await told(choose(['rebuild']))).toEqual(GO);
});

test('the guard that bars the first rung holds the incident back, and no other', () => {
  const barred = choose(['restore', 'rebuild'], { rebuilds: [after(-HOUR)] });
  if (barred.kind !== 'none') throw new Error('A rung is left.');
  const { notes } = barred;
  expect(noneLeft('cooldown', barred)).toEqual({
    says: 'person',
    as: 'cooldown',
    reason: notes.join(' '),
    remember: { notes },
  });
  expect(notes).toHaveLength(2);
  for (const guard of ['snapshot-age', 'ladder'] as const) expect(noneLeft(guard, barred)).toEqual(GO);
  expect(noneLeft('ladder', choose([]))).toMatchObject({ reason: 'no rung of the ladder is left.' });
  expect(noneLeft('ladder', choose(['reboot']))).toEqual(GO);
});
