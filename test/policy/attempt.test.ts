/** Whole courses of requests, read by read, as Check watches them. */
import { expect, test } from 'vitest';
import type { Attempt } from '../../functions/incident.ts';
import { afterwards, watched } from '../../functions/policy/attempt.ts';
import { after, attempt, SETTINGS, seen } from './fixtures.ts';

type Read = [seconds: number, state: string];

interface Given {
  ladder?: ('reboot' | 'restore' | 'rebuild')[];
  more?: Partial<Attempt>;
  runningMode?: string;
}

/** The first read at which something else than to watch is said, and what. */
function play(reads: Read[], { ladder = ['rebuild'], more = {}, runningMode = 'ALWAYS_ON' }: Given = {}) {
  let known: Pick<ReturnType<typeof watched>, 'attempt' | 'course'> = { attempt: attempt(more), course: {} };
  for (const [at, state] of reads) {
    const { decision, ...next } = watched({ ladder, ...known }, seen(state, at, { runningMode }), SETTINGS);
    known = next;
    if (decision.action !== 'WATCH') {
      const says = decision.action === 'DONE' ? decision.outcome : decision.action;
      return { at, says, reason: decision.reason, attempt: next.attempt };
    }
  }
  return { at: undefined, says: 'WATCH', reason: '', attempt: known.attempt };
}

/** Reads of one state, a minute apart. */
const every = (state: string, from: number, to: number): Read[] =>
  Array.from({ length: Math.floor((to - from) / 60) + 1 }, (_, index) => [from + index * 60, state]);

const rebooted = { ladder: ['reboot', 'rebuild'] as const, more: { rung: 'reboot' as const } };
const reboot = (reads: Read[], more: Partial<Attempt> = {}) =>
  play(reads, { ladder: [...rebooted.ladder], more: { ...rebooted.more, ...more } });

test('a rebuild that helps: RECOVERED at the second good read, timed by the first', () => {
  const played = play([
    ...every('REBUILDING', 120, 1440),
    [1500, 'AVAILABLE'],
    [1560, 'AVAILABLE'],
    [1620, 'AVAILABLE'],
  ]);
  expect([played.at, played.says]).toEqual([1620, 'RECOVERED']);
  expect(played.reason).toContain('25 min after the rebuild');
});

test('well for less than ConfirmSeconds is not well', () => {
  const played = play([
    ...every('REBUILDING', 120, 1440),
    [1500, 'AVAILABLE'],
    [1560, 'UNHEALTHY'],
    [1590, 'AVAILABLE'],
    ...every('UNHEALTHY', 1620, 2400),
  ]);
  expect([played.says, played.at]).toEqual(['FAILED', 2160]);
});

test('a health check that is slow after a rebuild or a reboot is waited for', () => {
  const slow = [
    ...every('REBUILDING', 120, 1440),
    ...every('UNHEALTHY', 1500, 2040),
    ...every('AVAILABLE', 2080, 2300),
  ];
  expect(play(slow)).toMatchObject({ says: 'RECOVERED', at: 2200 });
  const after = [
    ...every('REBOOTING', 30, 240),
    ...every('UNHEALTHY', 250, 600),
    ...every('AVAILABLE', 620, 980),
  ];
  expect(reboot(after)).toMatchObject({ says: 'RECOVERED', at: 740 });
});

test('a rung that was seen made and left it broken is spent once it has settled', () => {
  const made = [...every('REBOOTING', 30, 210), ...every('UNHEALTHY', 240, 1200)];
  const played = reboot(made);
  expect(played).toMatchObject({ says: 'WAIT', at: 900, attempt: { spent: true, seenUnderWay: true } });
  expect(played.reason).toBe('The reboot ended with the WorkSpace UNHEALTHY. The ladder has another rung.');
  expect(play(made, { more: { rung: 'reboot' }, ladder: ['reboot'] })).toMatchObject({
    says: 'FAILED',
    at: 900,
  });
});

test('two bad reads: the first one after settling may be stale', () => {
  const reads: Read[] = [
    [30, 'REBOOTING'],
    [60, 'UNHEALTHY'],
    [700, 'UNHEALTHY'],
  ];
  expect(reboot(reads).says).toBe('WATCH');
  expect(reboot([...reads, [720, 'UNHEALTHY']]).says).toBe('WAIT');
});

test('a reboot is stuck after 20 minutes, by AWS, whatever its deadline is', () => {
  const played = reboot(every('REBOOTING', 30, 1800));
  expect(played).toMatchObject({ says: 'WAIT', at: 1230, attempt: { spent: true } });
  expect(played.reason).toContain('stuck');
});

test('REBUILDING at its deadline is a failure after which nothing else is requested', () => {
  const played = play(every('REBUILDING', 120, 8000));
  expect(played).toMatchObject({ says: 'FAILED', at: 7200 });
  expect(played.reason).toBe('Not healthy 2 h after the rebuild: still REBUILDING.');
});

test.each(['accepted', 'unknown'] as const)(
  '%s and not a sign of it: the same again, never the next rung',
  (result) => {
    const played = reboot(every('UNHEALTHY', 30, 1000), { result });
    expect(played).toMatchObject({ says: 'WAIT', at: 930, attempt: { spent: false } });
    expect(reboot(every('UNHEALTHY', 30, 1000), { result, tries: 3 })).toMatchObject({
      says: 'FAILED',
      at: 930,
    });
  },
);

test.each(['STOPPED', 'AVAILABLE', 'REBOOTING'])('forced while %s, and never seen to run', (state) => {
  const played = play(every(state, 120, 1100), { more: { before: state }, runningMode: 'AUTO_STOP' });
  expect(played).toMatchObject({ says: state === 'AVAILABLE' ? 'FAILED' : 'WAIT', at: 900 });
});

test('what has changed, and was not seen to run, is neither made again nor followed by another rung', () => {
  const played = reboot([[30, 'ERROR'], ...every('UNHEALTHY', 60, 1600)]);
  expect(played).toMatchObject({ says: 'FAILED', at: 900 });
  expect(played.reason).toContain('was not seen to run');
});

test('what may have been made while AWS did not answer is not asked for again', () => {
  const played = reboot([[30, 'UNHEALTHY'], ...every('UNHEALTHY', 4000, 5000)]);
  expect(played).toMatchObject({ says: 'FAILED', at: 4660 });
  expect(played.reason).toContain('not known');
  // Once it was seen under way, a gap hides nothing.
  const seenBefore = play([[120, 'REBUILDING'], ...every('UNHEALTHY', 4000, 5000)]);
  expect(seenBefore.reason).toContain('ended with the WorkSpace UNHEALTHY');
});

test('an accepted request is judged by a read after its deadline, and well is well', () => {
  expect(
    play([
      [120, 'REBUILDING'],
      [20_000, 'AVAILABLE'],
      [20_120, 'AVAILABLE'],
    ]),
  ).toMatchObject({
    says: 'RECOVERED',
    at: 20_120,
  });
});

test('good news about a request that was not seen to run waits until it cannot come any more', () => {
  expect(play(every('AVAILABLE', 120, 1000))).toMatchObject({ says: 'RECOVERED', at: 900 });
  expect(play(every('AVAILABLE', 120, 1000), { more: { result: 'unknown' } })).toMatchObject({
    says: 'ALREADY_HEALTHY',
    at: 900,
  });
});

test('STOPPED after a remedy: good if it was seen well, to be started if not, wrong if it should run', () => {
  const made: Read[] = [...every('REBUILDING', 120, 1440)];
  expect(
    play([...made, [1500, 'AVAILABLE'], [1560, 'STOPPED'], [1620, 'STOPPED']], { runningMode: 'AUTO_STOP' }),
  ).toMatchObject({
    says: 'RECOVERED',
    at: 1620,
  });
  expect(play([...made, [1500, 'STOPPED']], { runningMode: 'MANUAL' })).toMatchObject({
    says: 'WAIT',
    attempt: { spent: true },
  });
  expect(play([...made, [1500, 'STOPPED']], { runningMode: 'ALWAYS_ON' }).says).toBe('NEEDS_HUMAN');
});

test.each([
  ['MAINTENANCE', 'FAILED', 21_660],
  ['IMPAIRED', 'NEEDS_HUMAN', 2100],
  ['UPDATING', 'FAILED', 5100],
  ['SUSPENDED', 'NEEDS_HUMAN', 1500],
  ['NOT_FOUND', 'NEEDS_HUMAN', 1500],
])('%s after a rebuild has its own time', (state, says, at) => {
  const played = play([...every('REBUILDING', 120, 1440), ...every(state, 1500, 24_000)]);
  expect([played.says, played.at]).toEqual([says, state === 'MAINTENANCE' ? 1500 + 21_600 : at]);
});

test('one that was started is looked at anew when it runs, and for a person when it does not', () => {
  const start = (reads: Read[]) =>
    play(reads, { more: { rung: 'start', before: 'STOPPED' }, runningMode: 'AUTO_STOP' });
  expect(
    start([
      [30, 'STOPPED'],
      [60, 'STARTING'],
      [120, 'UNHEALTHY'],
    ]),
  ).toMatchObject({
    says: 'WAIT',
    at: 120,
    attempt: { spent: true, end: 'It started, and became UNHEALTHY.' },
  });
  expect(start(every('STOPPED', 30, 1000))).toMatchObject({ says: 'NEEDS_HUMAN', at: 930 });
  expect(start(every('STARTING', 30, 4000))).toMatchObject({ says: 'NEEDS_HUMAN', at: 3630 });
});

test('one that was given up and shows after all is spent', () => {
  const late = (state: string, more: Partial<Attempt> = {}, earlier = [attempt()]) =>
    afterwards(attempt(more), earlier, seen(state, 250));
  const end = 'It became ERROR after all, so no second rebuild is requested.';
  expect(late('ERROR')).toEqual(attempt({ changed: true, spent: true, end, readAt: after(250) }));
  expect(late('REBUILDING')).toMatchObject({ seenUnderWay: true, spent: true });
  expect(late('UNHEALTHY')).toEqual(attempt());
  // Refused: it cannot show, but the one before it can.
  expect(late('ERROR', { result: 'refused' })).toMatchObject({ spent: true });
  for (const earlier of [[], [attempt({ result: 'refused' })], [attempt({ rung: 'restore' })]]) {
    expect(late('ERROR', { result: 'refused' }, earlier)).toEqual(attempt({ result: 'refused' }));
  }
  // What is over already stays as it was told.
  const spent = attempt({ spent: true, end: 'why' });
  expect(afterwards(spent, [], seen('ERROR', 950))).toEqual(spent);
});
