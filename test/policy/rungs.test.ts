import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Remedy, RUNGS, type Rung } from '../../functions/incident.ts';
import { hasNextRung, parseLadder, RUNG_FACTS, rungsLeft } from '../../functions/rungs.ts';
import { attempt } from './fixtures.ts';

test.each<[string, Rung[] | undefined]>([
  ['rebuild', ['rebuild']],
  ['reboot,rebuild', ['reboot', 'rebuild']],
  ['reboot+restore + rebuild', ['reboot', 'restore', 'rebuild']],
  [' restore  rebuild ', ['restore', 'rebuild']],
  ['rebuild,reboot', undefined],
  ['reboot,reboot', undefined],
  ['Rebuild', undefined],
  ['reboot;rebuild', undefined],
  ['', undefined],
  [',', undefined],
  ['toString', undefined],
])('the ladder %j is %j', (text, expected) => {
  expect(parseLadder(text)).toEqual(expected);
});

test('whatever is read as a ladder is a part of the whole one, in its order', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...RUNGS, 'x', '+', ''), { maxLength: 5 }), (names) => {
      const ladder = parseLadder(names.join(','));
      if (ladder) expect(RUNGS.filter((rung) => ladder.includes(rung))).toEqual(ladder);
    }),
  );
});

test.each<[Parameters<typeof attempt>[0] | undefined, Rung[]]>([
  [undefined, ['reboot', 'restore', 'rebuild']],
  [{ rung: 'reboot' }, ['reboot', 'restore', 'rebuild']],
  [{ rung: 'reboot', spent: true }, ['restore', 'rebuild']],
  [{ rung: 'restore', spent: true }, ['rebuild']],
  [{ rung: 'rebuild', spent: true }, []],
])('after %j there is left %j', (more, left) => {
  expect(rungsLeft({ ladder: ['reboot', 'restore', 'rebuild'], attempt: more && attempt(more) })).toEqual(
    left,
  );
});

test('a ladder that lost a rung meanwhile never leads down', () => {
  expect(rungsLeft({ ladder: ['reboot', 'rebuild'], attempt: attempt({ rung: 'restore' }) })).toEqual([
    'rebuild',
  ]);
  expect(
    rungsLeft({ ladder: ['reboot', 'rebuild'], attempt: attempt({ rung: 'restore', spent: true }) }),
  ).toEqual(['rebuild']);
  expect(rungsLeft({ ladder: ['reboot'], attempt: attempt({ rung: 'rebuild' }) })).toEqual([]);
  expect([hasNextRung(['rebuild'], 'restore'), hasNextRung(['reboot'], 'restore')]).toEqual([true, false]);
});

test('the last rung has none after it', () => {
  expect([hasNextRung(['reboot', 'rebuild'], 'reboot'), hasNextRung(['reboot'], 'reboot')]).toEqual([
    true,
    false,
  ]);
  expect(hasNextRung(undefined, 'rebuild')).toBe(false);
});

test('to start a WorkSpace leaves the ladder where it was', () => {
  const ladder: Rung[] = ['reboot', 'restore', 'rebuild'];
  const start = attempt({ rung: 'start', spent: true });
  expect(rungsLeft({ ladder, attempt: start })).toEqual(ladder);
  expect(
    rungsLeft({ ladder, attempt: start, attempts: [attempt({ rung: 'restore', spent: true })] }),
  ).toEqual(['rebuild']);
  expect(rungsLeft({ ladder, attempt: start, attempts: [attempt({ rung: 'restore' })] })).toEqual([
    'restore',
    'rebuild',
  ]);
  expect(hasNextRung(ladder, 'start')).toBe(false);
});

// API reference of RebootWorkspaces, RestoreWorkspace, RebuildWorkspaces and StartWorkspaces.
test.each<[Remedy, string, string[]]>([
  ['reboot', 'REBOOTING', ['AVAILABLE', 'UNHEALTHY', 'REBOOTING']],
  ['restore', 'RESTORING', ['AVAILABLE', 'ERROR', 'UNHEALTHY', 'STOPPED']],
  ['rebuild', 'REBUILDING', ['AVAILABLE', 'ERROR', 'UNHEALTHY', 'STOPPED', 'REBOOTING']],
  ['start', 'STARTING', ['STOPPED']],
])('a %s shows as %s, and is taken in %j', (rung, underWay, states) => {
  const losesData = rung === 'restore' || rung === 'rebuild';
  expect(RUNG_FACTS[rung]).toMatchObject({ underWay, states, losesData });
});
