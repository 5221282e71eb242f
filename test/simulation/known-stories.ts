/** Stories in which a known fault shows, and their twins in which it does not. */
import * as v from 'valibot';
import type { Edges } from '../../local/simulation/edges.ts';
import { KNOWN, type KnownRule } from '../../local/simulation/judge/known.ts';
import { PATHS } from '../../local/stories/catalogue.ts';
import { accepted, type DesktopSpec, refused } from '../../local/stories/desktop.ts';
import type { Start, Story } from '../../local/stories/story.ts';
import { TURNED_BACK } from './turned-back.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export interface Directed {
  about: string;
  rule: KnownRule;
  /** Whether the rule has to find something in it. */
  isFaulty: boolean;
  story: Story;
  /** What is taken away from the service, where it does better by itself. */
  edges: Edges;
}

/** One of the main paths, with another desktop, other starts, other settings. */
function like(
  path: string,
  {
    desktop,
    parameters,
    ...more
  }: Partial<Omit<Story, 'parameters'>> & {
    desktop?: Partial<DesktopSpec>;
    parameters?: Record<string, string>;
  },
): Story {
  const made = PATHS[path]?.();
  if (!made) throw new RangeError(`There is no path ${path}.`);
  const { expected: _, ...story } = made;
  return {
    ...story,
    ...more,
    desktops: story.desktops.map((one) => ({ ...one, ...desktop })),
    parameters: { ...story.parameters, ...parameters },
  };
}

const byHand = (name: string, at: number): Start => {
  const workspaceId = 'ws-8kq3zn1yd';
  return { name, at, via: 'console', workspaceId, input: { workspaceId, reason: 'ticket' } };
};

/** The first start, stopped after a while. */
const stopped = (path: string, stopAfter: number): Start[] =>
  (PATHS[path]?.().starts ?? []).map((start) => ({ ...start, stopAfter }));

/** The first start, stopped while its first request is under way, and redriven an hour later. */
const redriven = (path: string): Start[] =>
  stopped(path, 3 * MINUTE).map((start) => ({ ...start, redriveAfter: HOUR }));

/** The message knows of nothing that was asked. */
const SAYS_NOTHING: Edges = {
  result: (step, result) =>
    step === 'close'
      ? JSON.parse(JSON.stringify(result).replace(/What was tried: .*?\\n/, 'What was tried: Nothing.\\n'))
      : result,
};

/** Whoever is told of a stopped execution is told what was read when its request was claimed. */
const SAYS_WHAT_WAS_CLAIMED: Edges = {
  request: (call, body) =>
    call === 'net > SNS.Publish'
      ? body.replace(/(Last(?:\+|%20)seen%3A(?:\+|%20))[A-Z]+/, '$1UNHEALTHY')
      : body,
};

const failed = v.looseObject({
  decision: v.looseObject({ action: v.literal('DONE'), outcome: v.literal('FAILED') }),
  attempt: v.looseObject({ spent: v.boolean(), number: v.literal(1) }),
});

const NEVER_MADE = { spent: false, changed: false, seenUnderWay: false };

/** A rebuild that ended badly is held never to have been made. */
const MAKES_AGAIN: Edges = {
  result: (step, result) => {
    const parsed = v.safeParse(failed, result);
    if (step !== 'poll' || !parsed.success) return result;
    const { attempt, ...rest } = parsed.output;
    const decision = { action: 'WAIT', reason: 'It never started.', waitSeconds: 60 };
    return { ...rest, decision, attempt: { ...attempt, ...NEVER_MADE } };
  },
};

/** A rebuild after whose end it is UNHEALTHY for a while. */
const rebuiltLate = (after: number): Partial<DesktopSpec> => ({
  remedies: {
    rebuild: [
      accepted('rebuild', {
        takes: 12 * MINUTE,
        endsIn: 'UNHEALTHY',
        steps: [{ after, state: 'AVAILABLE' }],
      }),
    ],
  },
});

/** A person rebuilds it from then to then, and it does not help. */
const byPerson = (from: number, to: number): Partial<DesktopSpec> => ({
  stateSince: 2 * HOUR,
  changes: [
    { after: from, state: 'REBUILDING', byPerson: true },
    { after: to, state: 'UNHEALTHY', byPerson: true },
  ],
});

const away = (from: number, to: number): Pick<Story, 'outages'> => ({
  outages: [{ service: 'WorkSpaces', from, to, how: 'error' }],
});

const faulty = (rule: KnownRule, about: string, story: Story, edges: Edges = {}): Directed => ({
  about,
  rule,
  isFaulty: true,
  story,
  edges,
});
const sound = (rule: KnownRule, about: string, story: Story): Directed => ({
  about,
  rule,
  isFaulty: false,
  story,
  edges: {},
});

/** A rebuild that is still under way at the first look, and ends badly. */
const FAILS_AGAIN = like('fails again', {
  desktop: { remedies: { rebuild: [accepted('rebuild', { takes: 12 * MINUTE, endsIn: 'UNHEALTHY' })] } },
});

const isKnownRule = (promise: string): promise is KnownRule => Object.hasOwn(KNOWN, promise);

/** A rule that is kept by now is broken by a product in which it is what it was. */
const TURNED = Object.entries(TURNED_BACK).flatMap(([about, { promise, story, world: _, ...edges }]) =>
  isKnownRule(promise) ? [faulty(promise, about, story, edges), sound(promise, `not: ${about}`, story)] : [],
);

export const DIRECTED: readonly Directed[] = [
  ...TURNED,

  faulty('message-incomplete', 'a message without the rebuild', FAILS_AGAIN, SAYS_NOTHING),
  sound('message-incomplete', 'a message with the rebuild', FAILS_AGAIN),

  faulty(
    'last-seen',
    'stopped after it has read REBUILDING',
    like('recovered', { starts: stopped('recovered', 150 * SECOND) }),
    SAYS_WHAT_WAS_CLAIMED,
  ),
  sound('last-seen', 'stopped before it has looked again', {
    ...like('recovered', { starts: stopped('recovered', 3 * MINUTE) }),
  }),

  faulty(
    'told-twice',
    'a malformed tag, and two starts within an hour',
    like('malformed tag', { starts: [byHand('e1', 0), byHand('e2', 20 * MINUTE)] }),
  ),
  sound(
    'told-twice',
    'a malformed tag, and two starts a day',
    like('malformed tag', { starts: [byHand('e1', 0), byHand('e2', 2 * HOUR)] }),
  ),

  sound('on-one-read', 'AVAILABLE, and it stays so', like('already healthy', {})),
  sound('on-one-read', 'a rebuild, and it stays AVAILABLE', like('recovered', {})),

  faulty('made-twice', 'a rebuild that ended badly, made again', FAILS_AGAIN, MAKES_AGAIN),
  sound('made-twice', 'a rebuild that ended badly', FAILS_AGAIN),
  sound(
    'made-twice',
    'a rebuild that nothing came of, asked for again',
    like('never starts', { parameters: { MaxAttempts: '2' } }),
  ),

  sound('no-evidence', 'a reboot that was made, then a rebuild', like('a reboot first', {})),
  sound(
    'no-evidence',
    'a reboot that this WorkSpace cannot have, then a rebuild',
    like('a reboot first', {
      desktop: { remedies: { reboot: [refused('OperationNotSupportedException', 'Not this one.')] } },
    }),
  ),

  sound('not-settled', 'a rebuild a quarter of an hour after the reboot', like('a reboot first', {})),

  sound(
    'over-a-person',
    "a rebuild after a person's, of which nothing was read",
    like('recovered', { desktop: byPerson(-HOUR, -30 * MINUTE) }),
  ),

  sound(
    'failed-too-soon',
    'a rebuild that is well an hour after its end',
    like('recovered', { desktop: rebuiltLate(HOUR) }),
  ),

  sound('unread-verdict', 'a request that is looked after', like('recovered', {})),

  sound('outage', 'no look for ten seconds', like('recovered', away(0, 10 * SECOND))),

  faulty(
    'storm',
    'whoever saw the storm first is stopped before it tells',
    like('a small storm', {
      faults: [{ site: { execution: 'e1', call: 'close', number: 1 }, kind: 'abort' }],
    }),
  ),
  sound('storm', 'a storm that is told', like('a small storm', {})),

  faulty(
    'redrive',
    'stopped during a reboot that does not help, and redriven',
    like('a reboot first', { starts: redriven('a reboot first') }),
  ),
  sound(
    'redrive',
    'stopped during a rebuild that helps, and redriven',
    like('recovered', { starts: redriven('recovered') }),
  ),
];
