import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Place, type Turns, takeTurn } from '../../functions/policy/turns.ts';

const place = (name: string): Place => ({ workspaceId: `ws-${name}`, executionId: name });
const turns = (permits: string[], waiting: string[] = []): Turns => ({
  permits: permits.map(place),
  waiting: waiting.map(place),
});
const all = (...names: string[]) => new Set(names);

test('while there is room nobody is asked for', () => {
  expect(takeTurn(turns([]), place('me'), undefined, 1)).toEqual({
    kind: 'granted',
    ahead: 0,
    turns: turns(['me']),
  });
  expect(takeTurn(turns(['a']), place('me'), undefined, 2)).toMatchObject({ turns: turns(['a', 'me']) });
});

test('who has a permit keeps it, also where there is no room', () => {
  expect(takeTurn(turns(['a', 'me'], ['b']), place('me'), undefined, 1)).toEqual({
    kind: 'granted',
    ahead: 0,
    turns: turns(['a', 'me'], ['b']),
  });
});

test('full: the leases of all that are there decide', () => {
  expect(takeTurn(turns(['a'], ['b']), place('me'), undefined, 1)).toEqual({
    kind: 'ask',
    places: [place('a'), place('b')],
  });
  expect(takeTurn(turns(['a'], ['b']), place('me'), all('a', 'b'), 1)).toEqual({
    kind: 'waiting',
    ahead: 1,
    turns: turns(['a'], ['b', 'me']),
    doubtful: [],
  });
});

test('each place is asked about by one: permits by the first in line, the others by who is just behind', () => {
  const doubtfulFor = (
    me: string,
    permits: string[],
    waiting: string[],
    alive = [...permits, ...waiting],
  ) => {
    const turn = takeTurn(turns(permits, waiting), place(me), all(...alive), permits.length);
    return 'doubtful' in turn ? turn.doubtful.map(({ executionId }) => executionId) : turn.kind;
  };
  expect(doubtfulFor('b', ['a'], ['b', 'c', 'd'])).toEqual(['a']);
  expect(doubtfulFor('c', ['a'], ['b', 'c', 'd'])).toEqual(['b']);
  expect(doubtfulFor('d', ['a'], ['b', 'c', 'd'])).toEqual(['c']);
  // Those whose lease is gone are not there.
  expect(doubtfulFor('d', ['a'], ['b', 'c', 'd'], ['a', 'b', 'd'])).toEqual(['b']);
  expect(doubtfulFor('d', ['a'], ['b', 'c', 'd'], ['a', 'd'])).toEqual(['a']);
  // Many may come at once: who has only just come asks in the next pass.
  expect(doubtfulFor('e', ['a'], ['b', 'c', 'd'])).toEqual([]);
  expect(doubtfulFor('e', ['a'], [])).toEqual([]);
  // The oldest of many permits.
  const permits = Array.from({ length: 12 }, (_, index) => `p${index}`);
  expect(doubtfulFor('b', permits, ['b'])).toEqual(permits.slice(0, 10));
  // A queue that takes no more may end with one that is over.
  const queue = Array.from({ length: 100 }, (_, index) => `w${index}`);
  expect(doubtfulFor('e', ['a'], queue)).toEqual(['w99']);
});

test('a permit or place whose lease is gone is free', () => {
  expect(takeTurn(turns(['a'], ['b', 'me']), place('me'), all('me'), 1)).toMatchObject({
    kind: 'granted',
    turns: turns(['me']),
  });
  expect(takeTurn(turns(['a', 'b'], ['c', 'me']), place('me'), all('b', 'c', 'me'), 2)).toMatchObject({
    kind: 'waiting',
    ahead: 1,
    turns: turns(['b'], ['c', 'me']),
  });
});

test('in order of arrival: what is free belongs to those before', () => {
  const given = turns(['a'], ['b', 'me', 'c']);
  expect(takeTurn(given, place('me'), all('a', 'b', 'me', 'c'), 2)).toMatchObject({
    kind: 'waiting',
    ahead: 1,
  });
  expect(takeTurn(given, place('b'), undefined, 2)).toMatchObject({
    kind: 'granted',
    turns: turns(['a', 'b'], ['me', 'c']),
  });
  expect(takeTurn(given, place('me'), undefined, 3)).toMatchObject({ kind: 'granted' });
});

test('a place of an earlier execution for the same WorkSpace is mine to clear', () => {
  const given: Turns = {
    permits: [{ workspaceId: 'ws-me', executionId: 'before' }],
    waiting: [{ workspaceId: 'ws-me', executionId: 'long before' }],
  };
  expect(takeTurn(given, place('me'), undefined, 1)).toEqual({
    kind: 'granted',
    ahead: 0,
    turns: turns(['me']),
  });
});

test('a queue of a hundred takes no more, and keeps those who are in it', () => {
  const names = Array.from({ length: 100 }, (_, index) => `w${index}`);
  const alive = all('a', ...names);
  expect(takeTurn(turns(['a'], names), place('me'), alive, 1)).toMatchObject({ kind: 'full' });
  expect(takeTurn(turns(['a'], names), place('w99'), alive, 1)).toMatchObject({ kind: 'waiting', ahead: 99 });
  expect(takeTurn(turns(['a'], names.slice(1)), place('me'), alive, 1)).toMatchObject({ ahead: 99 });
});

test('never more permits than allowed, in order, and nobody is forgotten, whatever happens', () => {
  const step = fc.record({ who: fc.integer({ min: 0, max: 6 }), leaves: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 3 }), (steps, maximum) => {
      let state = turns([]);
      const alive = new Set<string>();
      const arrived: string[] = [];
      for (const { who, leaves } of steps) {
        const name = `e${who}`;
        if (leaves) {
          alive.delete(name);
          const at = arrived.indexOf(name);
          if (at >= 0) arrived.splice(at, 1);
          continue;
        }
        alive.add(name);
        if (!arrived.includes(name)) arrived.push(name);
        // An execution that has left never comes back; a later one for its WorkSpace has another name.
        let turn = takeTurn(state, place(name), undefined, maximum);
        if (turn.kind === 'ask') turn = takeTurn(state, place(name), alive, maximum);
        if (turn.kind !== 'granted' && turn.kind !== 'waiting') throw new Error(turn.kind);
        state = turn.turns;
        const living = state.permits.filter(({ executionId }) => alive.has(executionId));
        expect(living.length).toBeLessThanOrEqual(maximum);
        expect(state.permits.length).toBeLessThanOrEqual(maximum);
        const there = [...state.permits, ...state.waiting].map(({ executionId }) => executionId);
        expect(there).toContain(name);
        expect(new Set(there).size).toBe(there.length);
      }
    }),
  );
});
