/** The stories that are simulated: the main paths, each with known faults, and random ones. */

import { type Answer, accepted, type Course, type DesktopSpec, refused } from '../stories/desktop.ts';
import { brokenDesktop, sample } from '../stories/samples.ts';
import type { Start as NamedStart, Story } from '../stories/story.ts';
import { Random } from './random.ts';

/** Named once the story has all of its starts. */
type Start = Omit<NamedStart, 'name'>;

const named = (starts: Start[]): NamedStart[] =>
  starts.map((start, index) => ({ name: `e${index + 1}`, ...start }));

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const NOON = Date.parse('2026-11-02T12:00:00.000Z');

const ALARM = 'alarm-workspace.json';
const CONTRIBUTOR = 'alarm-contributor.json';
const SAMPLE_ID = /ws-8kq3zn1yd/g;

/** A real event of a sample's shape, about another WorkSpace and of another time. */
function event(file: string, workspaceId: string, alarmTime: number): unknown {
  const [base] = [JSON.stringify(sample(file)).replace(SAMPLE_ID, workspaceId)];
  const parsed: { detail: { state: { timestamp: string } } } = JSON.parse(base);
  parsed.detail.state.timestamp = new Date(alarmTime).toISOString().replace('Z', '+0000');
  return parsed;
}

function alarm(workspaceId: string, at: number, more: Partial<Start> & { file?: string } = {}): Start {
  const { file = ALARM, ...rest } = more;
  const alarmTime = rest.alarmTime ?? NOON + at - SECOND;
  return { at, via: 'bus', workspaceId, alarmTime, input: event(file, workspaceId, alarmTime), ...rest };
}

type Wishes = Pick<Start, 'force' | 'dryRun' | 'override' | 'ladder'>;

function byHand(workspaceId: string, at: number, wishes: Wishes = {}): Start {
  return { at, via: 'console', workspaceId, input: { workspaceId, reason: 'ticket', ...wishes }, ...wishes };
}

/** Long waits: as few polls as the settings allow. */
const COARSE = {
  FirstWaitSeconds: '600',
  PollGrowthPercent: '100',
  PollFloorSeconds: '300',
  PollCeilingSeconds: '900',
};

const ID = 'ws-8kq3zn1yd';

/** The main paths, each without any fault. */
export const PATHS: Readonly<Record<string, () => Story>> = {
  recovered: () => path('RECOVERED', [brokenDesktop(rebuilt({ takes: 12 * MINUTE }))], [alarm(ID, 0)]),
  'already healthy': () => path('ALREADY_HEALTHY', [brokenDesktop({ state: 'AVAILABLE' })], [alarm(ID, 0)]),
  refused: () =>
    path(
      'FAILED',
      [brokenDesktop({ remedies: { rebuild: [refused('OperationNotSupported', 'No image.')] } })],
      [alarm(ID, 0)],
    ),
  'refused for now': () =>
    path(
      'RECOVERED',
      [
        brokenDesktop({
          remedies: {
            rebuild: [refused('ThrottlingException', 'Rate exceeded'), ...rebuild({ takes: 12 * MINUTE })],
          },
        }),
      ],
      [alarm(ID, 0)],
    ),
  'fails again': () =>
    path(
      'FAILED',
      [brokenDesktop(rebuilt({ takes: 8 * MINUTE, endsIn: 'ERROR' }))],
      [alarm(ID, 0, { file: CONTRIBUTOR })],
    ),
  'never starts': () =>
    path('FAILED', [brokenDesktop(rebuilt({ ignored: true }))], [byHand(ID, 0)], {
      MaxAttempts: '2',
      NotStartedMinutes: '15',
    }),
  'a second alarm': () =>
    path(
      'RECOVERED',
      [brokenDesktop(rebuilt({ takes: 12 * MINUTE }))],
      [alarm(ID, 0), alarm(ID, 40 * SECOND, { file: CONTRIBUTOR })],
    ),
  'a late alarm': () =>
    path(
      'RECOVERED',
      // Delivered three hours late, when the WorkSpace is UNHEALTHY for another reason.
      [brokenDesktop(rebuilt({ takes: 12 * MINUTE, steps: [{ after: 2 * HOUR, state: 'UNHEALTHY' }] }))],
      [alarm(ID, 0), alarm(ID, 3 * HOUR, { alarmTime: NOON + 5 * SECOND })],
      { CooldownHours: '1' },
    ),
  // Stopped while Rebuild is at work. The person is quick: what the stopped execution has under way is not over yet.
  'stopped and started again': () =>
    path(
      'RECOVERED',
      [
        brokenDesktop({
          remedies: {
            rebuild: [refused('ThrottlingException', 'Rate exceeded'), ...rebuild({ takes: 12 * MINUTE })],
          },
        }),
      ],
      [alarm(ID, 0, { stopAfter: 841_120 }), byHand(ID, 843 * SECOND, { override: ['cooldown'] })],
    ),
  paused: () => ({
    ...path('SKIPPED', [brokenDesktop()], [alarm(ID, 0)]),
    mode: [{ at: 0, value: 'paused' }],
  }),
  'window opens': () =>
    path(
      'RECOVERED',
      [
        brokenDesktop({
          ...rebuilt({ takes: 12 * MINUTE }),
          tags: tagged({ Window: 'Daily 13:00-15:00 UTC' }),
        }),
      ],
      [alarm(ID, 0)],
    ),
  'malformed tag': () =>
    path('NEEDS_HUMAN', [brokenDesktop({ tags: tagged({ Ladder: 'reformat' }) })], [alarm(ID, 0)]),
  'heals by itself': () =>
    path(
      'ALREADY_HEALTHY',
      [brokenDesktop({ changes: [{ after: 100 * SECOND, state: 'AVAILABLE' }] })],
      [alarm(ID, 0)],
    ),
  'a small storm': () => ({
    ...path(
      'NEEDS_HUMAN',
      [brokenDesktop(), brokenDesktop({ workspaceId: 'ws-0second00' })],
      [alarm(ID, 0), alarm('ws-0second00', 5 * SECOND)],
    ),
    healthy: { [brokenDesktop().directoryId]: 3 },
  }),
  'broken again': () =>
    path(
      'RECOVERED',
      [brokenDesktop(rebuilt({ takes: 12 * MINUTE, steps: [{ after: HOUR, state: 'UNHEALTHY' }] }))],
      [alarm(ID, 0), alarm(ID, 2 * HOUR)],
    ),
  'no snapshot': () => path('NEEDS_HUMAN', [brokenDesktop({ snapshots: {} })], [alarm(ID, 0)]),
  'somebody works on it': () =>
    path(
      'RECOVERED',
      [brokenDesktop({ ...rebuilt({ takes: 12 * MINUTE }), connected: [{ from: -HOUR, to: 20 * MINUTE }] })],
      [alarm(ID, 0)],
    ),
  'one at a time': () =>
    path(
      'RECOVERED',
      [
        brokenDesktop(rebuilt({ takes: 12 * MINUTE })),
        brokenDesktop({ workspaceId: 'ws-0second00', ...rebuilt({ takes: 12 * MINUTE }) }),
      ],
      [alarm(ID, 0), alarm('ws-0second00', 30 * SECOND)],
      { MaxConcurrentRebuilds: '1' },
    ),
  'a reboot first': () =>
    path(
      'RECOVERED',
      [
        brokenDesktop({
          remedies: {
            rebuild: rebuild({ takes: 12 * MINUTE }),
            reboot: [
              accepted('reboot', { startsAfter: 10 * SECOND, takes: 11 * MINUTE, endsIn: 'UNHEALTHY' }),
            ],
          },
        }),
      ],
      [alarm(ID, 0)],
      { Ladder: 'reboot,rebuild' },
    ),
  'out of scope': () =>
    path('SKIPPED', [brokenDesktop({ tags: { AutoRemediate: 'False' } })], [alarm(ID, 0)]),
  rejected: () =>
    path(
      'REJECTED',
      [brokenDesktop()],
      [{ at: 0, via: 'console', bad: 'rejected', input: { workspaceId: 'ws-NOT_AN_ID' } }],
    ),
  'made by a person': () =>
    path(
      'RECOVERED',
      [
        brokenDesktop({
          changes: [
            { after: -MINUTE, state: 'REBUILDING', byPerson: true },
            { after: 12 * MINUTE, state: 'AVAILABLE', byPerson: true },
          ],
        }),
      ],
      [alarm(ID, 0)],
    ),
};

const tagged = (wishes: { Window?: string; Ladder?: string }) => ({
  AutoRemediate: 'true',
  ...(wishes.Window !== undefined && { 'AutoRemediate:Window': wishes.Window }),
  ...(wishes.Ladder !== undefined && { 'AutoRemediate:Ladder': wishes.Ladder }),
});

/** What every rebuild does. */
function rebuild(course: Course): Answer[] {
  return [accepted('rebuild', { startsAfter: 20 * SECOND, ...course })];
}

const rebuilt = (course: Course): Pick<DesktopSpec, 'remedies'> => ({
  remedies: { rebuild: rebuild(course) },
});

/** So many that are always well in each directory of the desktops. */
const healthyBeside = (desktops: DesktopSpec[], count: number): Story['healthy'] =>
  Object.fromEntries(desktops.map(({ directoryId }) => [directoryId, count]));

function path(
  expected: string,
  desktops: DesktopSpec[],
  starts: Start[],
  parameters: Record<string, string> = {},
): Story {
  return {
    title: '',
    at: NOON,
    seed: 1,
    desktops,
    healthy: healthyBeside(desktops, 20),
    stopped: {},
    starts: named(starts),
    faults: [],
    expected,
    parameters: { ...COARSE, ...parameters },
  };
}

/** When the storm of `stormStory` is over, milliseconds after its start. */
export const STORM_ENDS = 45 * MINUTE;

/**
 * Many WorkSpaces of one directory break within five minutes. Most are well again when the storm is over; one in fifty
 * stays broken, and its alarm goes off again.
 */
export function stormStory(seed: number, size: number): Story {
  const random = new Random(seed);
  const desktops = Array.from({ length: size }, (_, index) =>
    brokenDesktop({
      workspaceId: `ws-${String(index).padStart(9, '0')}`,
      ...rebuilt({ takes: 12 * MINUTE }),
      ...(index % 50 !== 0 && { changes: [{ after: STORM_ENDS, state: 'AVAILABLE' }] }),
    }),
  );
  const first = desktops.map(({ workspaceId }) => alarm(workspaceId, random.integer(0, 300) * SECOND));
  const second = desktops
    .filter(({ changes }) => changes === undefined)
    .map(({ workspaceId }) => alarm(workspaceId, 2 * STORM_ENDS + random.integer(0, 60) * SECOND));
  return {
    title: `a storm of ${size}`,
    at: NOON,
    seed,
    desktops,
    healthy: healthyBeside(desktops, Math.floor(size / 4)),
    stopped: {},
    starts: named([...first, ...second].sort((one, other) => one.at - other.at)),
    faults: [],
    parameters: { ...COARSE, TurnLimitMinutes: '240' },
  };
}

/** A random story; the same seed and number give the same one. */
export function randomStory(seed: number, number: number): Story {
  const random = new Random(seed * 1_000_003 + number);
  const prefix = `ws-${random.integer(36 ** 5, 36 ** 6 - 1).toString(36)}`;
  const desktops = Array.from({ length: random.integer(1, 3) }, (_, index) =>
    randomDesktop(random, `${prefix}${String(index).padStart(4, '0')}`),
  );
  const starts = desktops.flatMap(({ workspaceId }) => randomStarts(random, workspaceId));
  // Each in a directory of its own, or all in one.
  if (random.chance(0.7)) {
    desktops.forEach((desktop, index) => {
      desktop.directoryId = `d-906720000${index}`;
    });
  }
  if (random.chance(0.1)) starts.push(badStart(random));
  return {
    title: `random story ${number}`,
    at: NOON,
    healthy: healthyBeside(desktops, random.pick([3, 20, 20, 100])),
    stopped: {},
    seed: random.integer(1, 2 ** 31 - 1),
    desktops,
    starts: named(starts.sort((one, other) => one.at - other.at)),
    parameters: {
      Scope: random.pick(['tagged', 'tagged', 'all']),
      MaxAttempts: String(random.integer(1, 3)),
      FirstWaitSeconds: String(random.integer(120, 900)),
      PollGrowthPercent: random.pick(['30', '100']),
      PollFloorSeconds: random.pick(['60', '300']),
      PollCeilingSeconds: random.pick(['300', '900']),
      NotStartedMinutes: String(random.integer(5, 15)),
      DeadlineMinutes: random.pick(['30', '60', '120']),
      BusyLimitMinutes: random.pick(['10', '60']),
      Ladder: random.pick([
        'rebuild',
        'rebuild',
        'rebuild',
        'rebuild',
        'reboot,rebuild',
        'restore',
        'reboot,restore,rebuild',
      ]),
      RebootDeadlineMinutes: random.pick(['10', '30']),
      ConfirmSeconds: random.pick(['30', '120', '300']),
      MaxUnhealthyPercent: random.pick(['5', '20', '20', '50']),
      MaxUnhealthyCount: random.pick(['1', '50', '50', '50']),
      StormCooldownMinutes: random.pick(['5', '15']),
      MaxConcurrentRebuilds: random.pick(['1', '2', '10']),
      TurnLimitMinutes: random.pick(['10', '120']),
      CooldownHours: random.pick(['1', '1', '24']),
      MaxRebuildsPerWeek: random.pick(['1', '2']),
      MaxSnapshotAgeHours: random.pick(['6', '24']),
      ConnectedLimitMinutes: random.pick(['10', '60']),
      WindowLimitHours: random.pick(['1', '12']),
    },
    ...(random.chance(0.06) && { mode: randomMode(random) }),
    faults: { rate: random.pick([0, 0.02, 0.06, 0.15]) },
  };
}

/** Somebody sets the mode, and after a while sets it back. */
function randomMode(random: Random): NonNullable<Story['mode']> {
  const at = random.integer(0, 1_200) * SECOND;
  const value = random.pick<string | null>(['paused', 'paused', 'dry-run', 'ON', null]);
  return [
    { at, value },
    { at: at + random.integer(60, 3_600) * SECOND, value: 'on' },
  ];
}

function randomTags(random: Random): Pick<DesktopSpec, 'tags'> {
  if (random.chance(0.08)) {
    return { tags: random.pick([{ AutoRemediate: 'false' }, { AutoRemediate: 'FALSE' }, {}]) };
  }
  if (random.chance(0.06)) {
    // Stories start at noon.
    const windows = [
      'Daily 20:00-06:00 UTC',
      'Daily 08:00-18:00 UTC',
      'Daily 13:00-14:00 UTC',
      'nights',
    ] as const;
    return { tags: tagged({ Window: random.pick(windows) }) };
  }
  if (random.chance(0.04)) {
    return { tags: tagged({ Ladder: random.pick(['reboot', 'reboot+rebuild', 'rebuild reboot', 'none']) }) };
  }
  return {};
}

function randomDesktop(random: Random, workspaceId: string): DesktopSpec {
  const isAutoStop = random.chance(0.3);
  const known = brokenDesktop({
    workspaceId,
    runningMode: isAutoStop ? 'AUTO_STOP' : 'ALWAYS_ON',
    state: random.pick(['UNHEALTHY', 'UNHEALTHY', 'ERROR']),
    ...randomTags(random),
    ...(random.chance(0.06) && {
      snapshots: random.pick<NonNullable<DesktopSpec['snapshots']>>([
        {},
        { rebuild: [2 * HOUR] },
        { rebuild: [30 * HOUR], restore: [HOUR] },
      ]),
    }),
    ...(random.chance(0.1) && {
      connected: [{ from: random.integer(-60, 10) * MINUTE, to: random.integer(15, 120) * MINUTE }],
    }),
  });
  const reboot = [accepted('reboot', randomCourse(random))];
  const restore = [accepted('restore', randomCourse(random))];
  const course: Course = {
    // Shorter than the shortest time that the service waits for a rebuild to show.
    startsAfter: random.integer(0, 120) * SECOND,
    takes: random.integer(1, 50) * MINUTE,
    // STOPPED is how an AUTO_STOP desktop rests, and odd for another.
    endsIn: random.chance(isAutoStop ? 0.5 : 0.03) ? 'STOPPED' : 'AVAILABLE',
  };
  const withRebuild = (...answers: Answer[]): DesktopSpec => ({
    ...known,
    remedies: { reboot, restore, rebuild: answers },
  });
  const base = withRebuild(accepted('rebuild', course));
  const later = (minutes: number, state: string) => ({ after: minutes * MINUTE, state });
  const soon = random.integer(1, 30);
  const fate = random.weighted({
    rebuilds: 40,
    'fails again': 8,
    'never starts': 6,
    'never finishes': 2,
    refused: 6,
    'refused for now': 8,
    recovers: 8,
    flaps: 6,
    'rebuilt by a person': 6,
    vanishes: 4,
    maintenance: 4,
    busy: 6,
    healthy: 4,
    odd: 2,
  });
  switch (fate) {
    case 'fails again':
      return withRebuild(accepted('rebuild', { ...course, endsIn: random.pick(['UNHEALTHY', 'ERROR']) }));
    case 'never starts':
      return withRebuild(accepted('rebuild', { ignored: true }));
    case 'never finishes':
      return withRebuild(accepted('rebuild', { ...course, takes: Number.POSITIVE_INFINITY }));
    case 'refused':
      return withRebuild(refused('OperationNotSupported', 'No image.'));
    case 'refused for now': {
      const code = random.pick(['ThrottlingException', 'InternalError']);
      const times = Array.from({ length: random.integer(1, 3) }, () => refused(code, 'Try later'));
      return withRebuild(...times, accepted('rebuild', course));
    }
    case 'recovers':
      return { ...base, changes: [later(soon, 'AVAILABLE')] };
    case 'flaps':
      return {
        ...base,
        changes: Array.from({ length: 6 }, (_, index) =>
          later(soon * (index + 1), index % 2 === 0 ? 'AVAILABLE' : 'UNHEALTHY'),
        ),
      };
    case 'rebuilt by a person':
      return {
        ...base,
        changes: [
          { ...later(soon, 'REBUILDING'), byPerson: true },
          { ...later(soon + 20, 'AVAILABLE'), byPerson: true },
        ],
      };
    case 'vanishes':
      return { ...base, changes: [later(soon, 'GONE')] };
    case 'maintenance':
      return {
        ...base,
        state: random.pick(['MAINTENANCE', 'UNHEALTHY']),
        changes: [
          later(soon, random.pick(['MAINTENANCE', 'ADMIN_MAINTENANCE'])),
          later(soon + random.integer(5, 40), random.pick(['AVAILABLE', 'UNHEALTHY'])),
        ],
      };
    case 'busy':
      return {
        ...base,
        state: random.pick(['REBOOTING', 'STARTING', 'IMPAIRED', 'UPDATING']),
        changes: [later(soon, random.pick(['UNHEALTHY', 'AVAILABLE']))],
      };
    case 'healthy':
      return { ...base, state: isAutoStop ? 'STOPPED' : 'AVAILABLE' };
    case 'odd':
      return { ...base, state: random.pick(['SUSPENDED', 'TERMINATING', 'A_STATE_OF_2031']) };
    default:
      return base;
  }
}

function randomCourse(random: Random): Course {
  return {
    startsAfter: random.integer(0, 120) * SECOND,
    takes: random.integer(1, 20) * MINUTE,
    endsIn: random.pick(['AVAILABLE', 'UNHEALTHY']),
    ...(random.chance(0.1) && { ignored: true }),
  };
}

function randomStarts(random: Random, workspaceId: string): Start[] {
  const at = random.integer(0, 600) * SECOND;
  const file = random.pick([ALARM, CONTRIBUTOR]);
  const first = alarm(workspaceId, at, {
    file,
    ...(random.chance(0.06) && { stopAfter: random.integer(0, 40) * MINUTE + random.integer(0, 200) }),
  });
  const starts: Start[] = random.chance(0.04) ? [] : [first];
  const soon = () => random.pick([0, 1, random.integer(0, 90), random.integer(0, 3_000)]) * SECOND;
  // Delivered at least once: sometimes twice, sometimes much later.
  if (random.chance(0.25)) starts.push({ ...first, at: at + soon() });
  if (random.chance(0.1)) starts.push({ ...first, at: at + random.integer(1, 6) * HOUR });
  if (random.chance(0.2))
    starts.push(alarm(workspaceId, at + soon(), { file: random.pick([ALARM, CONTRIBUTOR]) }));
  if (random.chance(0.15)) {
    starts.push(
      byHand(workspaceId, at + soon(), {
        ...(random.chance(0.3) && { force: true }),
        ...(random.chance(0.2) && { dryRun: true }),
        ...(random.chance(0.3) && {
          override: random.pick([['cooldown'], ['storm', 'connected'], ['snapshot-age', 'window']]),
        }),
        ...(random.chance(0.1) && { ladder: random.pick(['reboot', 'restore,rebuild']) }),
      }),
    );
  }
  return starts;
}

function badStart(random: Random): Start {
  const at = random.integer(0, 1_200) * SECOND;
  const rejected = (input: unknown): Start => ({ at, via: 'console', bad: 'rejected', input });
  const unmatched = (file: string): Start => ({ at, via: 'bus', bad: 'unmatched', input: sample(file) });
  return random.pick<() => Start>([
    () => rejected({ workspaceId: 'WS-8KQ3ZN1YD' }),
    () => rejected({ workspaceId: 42 }),
    () => rejected('ws-8kq3zn1yd'),
    () => rejected({ workspaceId: 'ws-8kq3zn1yd', force: 'yes' }),
    () => rejected(sample('alarm-directory.json')),
    () => unmatched('alarm-workspace-ok.json'),
    () => unmatched('alarm-unrelated.json'),
    () => unmatched('alarm-directory.json'),
  ])();
}
