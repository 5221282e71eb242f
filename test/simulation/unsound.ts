/** Products that do no harm and are of no use, or that say what is not so: each breaks one promise, in one story. */
import * as v from 'valibot';
import type { Edges } from '../../local/simulation/edges.ts';
import { pathStory } from '../../local/simulation/exhaustive.ts';
import type { Fault } from '../../local/simulation/faults.ts';
import { rebuilt } from '../../local/stories/paths.ts';
import { brokenDesktop } from '../../local/stories/samples.ts';
import { alarmAt } from '../../local/stories/starts.ts';
import type { Story } from '../../local/stories/story.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

export interface Unsound extends Edges {
  promise: string;
  story: Story;
  /** What is wrong in the world all the same; nothing, mostly. The sound product holds the promise in it. */
  world?: Edges;
}

/** Without its expected end: that is another promise. */
function path(name: string, more: Partial<Story> = {}): Story {
  const found = pathStory(name, []);
  if (!found) throw new RangeError(`There is no path ${name}.`);
  const { expected: _, ...story } = found;
  return { ...story, ...more };
}

const incident = v.looseObject({ attempt: v.optional(v.unknown()), decision: v.looseObject({}) });

/** Another decision of a step, where its incident is such a one. */
export const decides =
  (
    step: string,
    decision: object,
    isMeant: (result: v.InferOutput<typeof incident>) => boolean = () => true,
  ): NonNullable<Edges['result']> =>
  (of, result) => {
    const parsed = v.safeParse(incident, result);
    if (of !== step || !parsed.success || !isMeant(parsed.output)) return result;
    return { ...parsed.output, decision };
  };

export const refuses = (guard: string) => ({
  action: 'DONE',
  outcome: 'NEEDS_HUMAN',
  guard,
  reason: `Guard ${guard}: it says so.`,
});

/** Turns a guard off: whatever it holds back goes on, as a rebuild. */
export const letPass =
  (guard: string): NonNullable<Edges['result']> =>
  (_, result) => {
    const parsed = v.safeParse(heldBack, result);
    if (!parsed.success || parsed.output.decision.guard !== guard) return result;
    const { course: { badSince } = {}, seen } = parsed.output;
    // What comes after it goes on: a storm is looked for before it is confirmed that it is broken.
    const isFirstLook = guard === 'storm' && badSince === seen?.at;
    const decision = isFirstLook ? { action: 'WAIT', waitSeconds: 120 } : { action: 'ACT' };
    return {
      ...parsed.output,
      decision: { ...decision, reason: 'The guard is off.' },
      ladder: ['rebuild'],
      next: { rung: 'rebuild' },
    };
  };
const heldBack = v.looseObject({
  decision: v.looseObject({ guard: v.string() }),
  course: v.optional(v.looseObject({ badSince: v.optional(v.string()) })),
  seen: v.optional(v.looseObject({ at: v.string() })),
});

const throws =
  (step: string): NonNullable<Edges['result']> =>
  (of, result) => {
    if (of === step) throw new Error('It does not work.');
    return result;
  };

/** It is tried again, and nobody would notice. */
function throwsOnce(step: string): NonNullable<Edges['result']> {
  let left = 1;
  return (of, result) => {
    if (of === step && left-- > 0) throw new Error('It does not work.');
    return result;
  };
}

export const answers =
  (call: string, from: string | RegExp, to: string): NonNullable<Edges['answer']> =>
  (given, body) =>
    given === call ? body.replaceAll(from, to) : body;

/** One decision, so many times: what loops must come to an end. */
function atFirst(times: number, result: NonNullable<Edges['result']>): NonNullable<Edges['result']> {
  let left = times;
  return (artifact, given) => {
    const changed = left > 0 ? result(artifact, given) : given;
    if (changed !== given) left--;
    return changed;
  };
}

const LOOK = 'act > WorkSpaces.DescribeWorkspaces';
const BROKEN = JSON.stringify({
  Workspaces: [{ WorkspaceId: 'ws-8kq3zn1yd', DirectoryId: 'd-9067206a1f', State: 'UNHEALTHY' }],
});

/** Four faults that hurt nobody. */
const FOUR = [1, 2, 3, 4].map(
  (number): Fault => ({ site: { execution: 'e1', call: 'intake', number }, kind: 'throttled' }),
);

/** A second and a third wait for the turn of the first; it comes so that the third looks first when that is over. */
function queue(): Story {
  const story = path('one at a time');
  const [first] = story.desktops;
  const third = 'ws-0third000';
  return {
    ...story,
    desktops: [...story.desktops, ...(first ? [{ ...first, workspaceId: third }] : [])],
    starts: [...story.starts, { name: 'e3', ...alarmAt(story.at, third, 145 * SECOND) }],
  };
}

export const UNSOUND: Readonly<Record<string, Unsound>> = {
  'does nothing': { promise: 'L1', story: path('recovered'), result: throws('check') },
  'always refuses': {
    promise: 'L1',
    story: path('recovered'),
    result: decides('check', refuses('ladder')),
  },
  'never sees a recovery': {
    promise: 'L1',
    story: path('recovered'),
    answer: answers('poll > WorkSpaces.DescribeWorkspaces', '"AVAILABLE"', '"REBUILDING"'),
  },
  'always says FAILED': { promise: 'L2', story: path('already healthy'), result: throws('check') },
  'drops what it has begun': {
    promise: 'L3',
    story: path('never starts'),
    result: decides(
      'check',
      { action: 'DONE', outcome: 'SKIPPED', reason: 'Paused.' },
      ({ attempt }) => attempt !== undefined,
    ),
  },
  'says nothing at all': {
    promise: 'Q9',
    story: path('recovered'),
    result: decides('check', { action: 'DONE', outcome: 'SKIPPED', reason: 'Not ours.' }),
  },
  'says that the window is closed': {
    promise: 'L5',
    story: path('window opens'),
    answer: answers('check > WorkSpaces.DescribeTags', '13:00-15:00', '20:00-21:00'),
  },
  'says that somebody works on it': {
    promise: 'L5',
    story: path('recovered'),
    answer: answers('check > WorkSpaces.DescribeWorkspacesConnectionStatus', '"DISCONNECTED"', '"CONNECTED"'),
  },
  'says that its snapshot is old': {
    promise: 'L5',
    story: path('recovered'),
    answer: answers(
      'check > WorkSpaces.DescribeWorkspaceSnapshots',
      /"SnapshotTime":\d+/g,
      '"SnapshotTime":1',
    ),
  },
  ...Object.fromEntries(
    ['tags', 'mode', 'storm', 'cooldown', 'turn'].map((guard): [string, Unsound] => [
      `says ${guard} for nothing`,
      { promise: 'L5', story: path('recovered'), result: decides('check', refuses(guard)) },
    ]),
  ),
  'has no queue': {
    promise: 'L6',
    story: queue(),
    answer: answers('check > DynamoDB.GetItem', /\\"waiting\\":\[.*?\]/g, '\\"waiting\\":[]'),
  },
  'goes by what another step read': {
    promise: 'L7',
    story: path('recovered'),
    memory: (call) => (call === LOOK ? BROKEN : undefined),
  },
  'goes by an old look': {
    promise: 'L7',
    story: path('recovered'),
    dawdle: (call) => (call === 'act > WorkSpaces.RebuildWorkspaces' ? 11 * SECOND : 0),
  },
  'looks all the time': {
    promise: 'L8',
    story: path('recovered'),
    result: atFirst(5, decides('poll', { action: 'WATCH', reason: 'Not yet.', waitSeconds: 1 })),
  },
  'asks again and again': {
    promise: 'L8',
    story: path('recovered'),
    result: atFirst(1_500, decides('check', { action: 'WAIT', reason: 'Busy.', waitSeconds: 1 })),
  },
  'waits for ever': {
    promise: 'L8',
    story: path('recovered'),
    result: atFirst(100, decides('check', { action: 'WAIT', reason: 'Busy.', waitSeconds: 3_600 })),
  },
  'drags everything along': {
    promise: 'L8',
    story: path('recovered'),
    result: (step, result) =>
      step === 'check' && v.is(incident, result) ? { ...result, notes: ['x'.repeat(20_000)] } : result,
  },
  'hammers a service that is away': {
    promise: 'L8 (outage)',
    story: path('recovered', { outages: [{ service: 'SSM', from: 0, to: 20 * SECOND, how: 'error' }] }),
    repeat: (call) => call === 'check > SSM.GetParameter',
  },
  'fails for nothing': { promise: 'L9', story: path('recovered'), result: throwsOnce('check') },
  'runs out of time': {
    promise: 'L9',
    story: path('recovered'),
    definition: (text) => text.replace('"TimeoutSeconds": 432000', '"TimeoutSeconds": 200'),
  },
  'gives up at once': {
    promise: 'L10',
    story: path('recovered'),
    world: { answer: answers('check > CloudWatch.GetMetricData', '"Complete"', '"PartialData"') },
    result: decides(
      'check',
      { ...refuses('storm'), reason: 'Guard storm: what it has to know could not be read.' },
      ({ decision }) => JSON.stringify(decision).includes('could not be read'),
    ),
  },
  'has no alarm on its dead letters': {
    promise: 'P4',
    story: path('recovered', {
      starts: path('recovered').starts.map((start) => ({ ...start, stopAfter: 3 * MINUTE })),
    }),
    world: { answer: answers('net > StepFunctions.DescribeExecution', /^\{/g, '{"') },
    alarm: (name) => !name.includes('DeadLetter'),
  },
  'gives up under many faults': {
    promise: 'P4',
    story: path('recovered', { faults: FOUR, desktops: [brokenDesktop(rebuilt({ takes: 12 * MINUTE }))] }),
    result: throws('poll'),
  },
};
