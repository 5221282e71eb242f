/** Stories in which a known fault shows, and their twins in which it does not. */
import * as v from 'valibot';
import type { Edges } from '../../local/simulation/edges.ts';
import type { KnownRule } from '../../local/simulation/judge/known.ts';
import { PATHS } from '../../local/stories/catalogue.ts';
import { accepted, type Course, type DesktopSpec, refused } from '../../local/stories/desktop.ts';
import type { Start, Story } from '../../local/stories/story.ts';

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

/** It tells what it saw long ago. */
const SAYS_OLD_NEWS: Edges = {
  result: (step, result) =>
    step === 'close'
      ? JSON.parse(
          JSON.stringify(result).replace(
            /Last seen: .*?\\n/,
            'Last seen: AVAILABLE at 2026-01-01T00:00:00.000Z\\n',
          ),
        )
      : result,
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

const QUICK = { Ladder: 'reboot,rebuild' };

const seen = v.looseObject({
  decision: v.looseObject({ action: v.picklist(['WAIT', 'WATCH', 'DONE']) }),
  seen: v.looseObject({ state: v.string() }),
});

/** Says it at the first such look of a step. */
const saysAtOnce = (step: string, states: string[], outcome: string): Edges => ({
  result: (of, result) => {
    const parsed = v.safeParse(seen, result);
    if (of !== step || !parsed.success || !states.includes(parsed.output.seen.state)) return result;
    return { ...parsed.output, decision: { action: 'DONE', outcome, reason: 'It has looked once.' } };
  },
});
const SAYS_HEALTHY = saysAtOnce('check', ['AVAILABLE', 'STOPPED'], 'ALREADY_HEALTHY');
const SAYS_RECOVERED = saysAtOnce('poll', ['AVAILABLE'], 'RECOVERED');
const SAYS_FAILED = saysAtOnce('poll', ['UNHEALTHY'], 'FAILED');
/** It asks for something, and is gone. */
const DOES_NOT_LOOK = saysAtOnce('act', ['UNHEALTHY'], 'NEEDS_HUMAN');

const state = v.looseObject({
  attempt: v.optional(v.looseObject({ rung: v.string() })),
  course: v.optional(v.looseObject({ endedAt: v.optional(v.string()) })),
  decision: v.looseObject({ action: v.string(), reason: v.string() }),
});

/** Another state than a step has left. */
const leaves = (change: (given: v.InferOutput<typeof state>) => object): Edges => ({
  result: (_, result) => {
    const parsed = v.safeParse(state, result);
    return parsed.success ? change(parsed.output) : result;
  },
});
/** A reboot that did not show is held to have been made. */
const GOES_ON = leaves((given) =>
  given.attempt?.rung === 'reboot' && given.decision.action === 'WAIT'
    ? { ...given, attempt: { ...given.attempt, spent: true, seenUnderWay: true } }
    : given,
);
const NEVER_SETTLES = leaves(({ course: { endedAt: _, ...course } = {}, ...given }) => ({
  ...given,
  course,
}));
/** What cannot be read is a failure at once. */
const GIVES_UP = leaves((given) =>
  given.decision.reason.includes('does not answer')
    ? { ...given, decision: { action: 'DONE', outcome: 'FAILED', reason: given.decision.reason } }
    : given,
);
/** It notes nobody's remedies but its own. */
const FORGETS_PEOPLE: Edges = {
  request: (_, body) =>
    body.includes('ADD rebuilds :one')
      ? body.replace('holder = :me', 'holder = :me AND attribute_not_exists(holder)')
      : body,
};

/** A desktop whose reboot goes so. */
const rebooted = (course: Course): Partial<DesktopSpec> => ({
  remedies: { reboot: [accepted('reboot', course)], rebuild: [accepted('rebuild', { takes: 12 * MINUTE })] },
});

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
const SLOW = rebuiltLate(3 * MINUTE);

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

export const DIRECTED: readonly Directed[] = [
  faulty('message-incomplete', 'a message without the rebuild', FAILS_AGAIN, SAYS_NOTHING),
  sound('message-incomplete', 'a message with the rebuild', FAILS_AGAIN),

  faulty('last-seen', 'a message with what was seen long ago', FAILS_AGAIN, SAYS_OLD_NEWS),
  sound('last-seen', 'stopped after it has read REBUILDING: the net looks itself', {
    ...like('recovered', { starts: stopped('recovered', 250 * SECOND) }),
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

  faulty(
    'on-one-read',
    'STOPPED at the only look',
    like('already healthy', { desktop: { state: 'STOPPED', runningMode: 'AUTO_STOP' } }),
    SAYS_HEALTHY,
  ),
  faulty('on-one-read', 'AVAILABLE at the only look', like('already healthy', {}), SAYS_HEALTHY),
  faulty('on-one-read', 'a rebuild, and AVAILABLE in one look', like('recovered', {}), SAYS_RECOVERED),
  sound('on-one-read', 'AVAILABLE, and it stays so', like('already healthy', {})),
  sound('on-one-read', 'a rebuild, and it stays AVAILABLE', like('recovered', {})),

  faulty('made-twice', 'a rebuild that ended badly, made again', FAILS_AGAIN, MAKES_AGAIN),
  sound('made-twice', 'a rebuild that ended badly', FAILS_AGAIN),
  sound(
    'made-twice',
    'a rebuild that nothing came of, asked for again',
    like('never starts', { parameters: { MaxAttempts: '2' } }),
  ),

  faulty(
    'no-evidence',
    'a reboot that nothing came of, then a rebuild',
    like('a reboot first', { desktop: rebooted({ ignored: true }) }),
    GOES_ON,
  ),
  sound('no-evidence', 'a reboot that was made, then a rebuild', like('a reboot first', {})),
  sound(
    'no-evidence',
    'a reboot that this WorkSpace cannot have, then a rebuild',
    like('a reboot first', {
      desktop: { remedies: { reboot: [refused('OperationNotSupportedException', 'Not this one.')] } },
    }),
  ),

  faulty(
    'not-settled',
    'a rebuild minutes after the reboot',
    like('a reboot first', {
      desktop: rebooted({ takes: 4 * MINUTE, endsIn: 'UNHEALTHY' }),
      parameters: QUICK,
    }),
    NEVER_SETTLES,
  ),
  sound('not-settled', 'a rebuild a quarter of an hour after the reboot', like('a reboot first', {})),

  faulty(
    'over-a-person',
    "a rebuild after a person's, which was read",
    like('recovered', { desktop: byPerson(-MINUTE, 12 * MINUTE) }),
    FORGETS_PEOPLE,
  ),
  sound(
    'over-a-person',
    "a rebuild after a person's, of which nothing was read",
    like('recovered', { desktop: byPerson(-HOUR, -30 * MINUTE) }),
  ),

  faulty(
    'failed-too-soon',
    'a rebuild that is well three minutes after its end',
    like('recovered', { desktop: SLOW }),
    SAYS_FAILED,
  ),
  sound(
    'failed-too-soon',
    'a rebuild that is well an hour after its end',
    like('recovered', { desktop: rebuiltLate(HOUR) }),
  ),

  faulty('unread-verdict', 'a request, and no look since', like('recovered', {}), DOES_NOT_LOOK),
  sound('unread-verdict', 'a request that is looked after', like('recovered', {})),

  faulty('outage', 'no look for half an hour', like('recovered', away(3 * MINUTE, 45 * MINUTE)), GIVES_UP),
  sound('outage', 'the same, waited for', like('recovered', away(3 * MINUTE, 45 * MINUTE))),
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
