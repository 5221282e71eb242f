/** Desktops of random stories: how each one is, what becomes of it by itself, and how AWS answers. */

import type { Random } from '../../simulation/random.ts';
import { type Answer, accepted, type Change, type Course, type DesktopSpec } from '../desktop.ts';
import { brokenDesktop } from '../samples.ts';
import { end, milder, refusing, shortWhile } from './answers.ts';
import { helpedByPerson, PEOPLE, peopleMeanwhile } from './people.ts';
import { HOUR, MINUTE, SECOND } from './times.ts';
import { randomTags } from './wishes.ts';

/** Where and when: a desktop that is made anew is in the same directory. */
export interface Place {
  workspaceId: string;
  directoryId: string;
  startedAt: number;
}

const FATES = {
  rebuilds: 36,
  'fails again': 8,
  'never starts': 6,
  'never starts, and a person helps': 1,
  'never finishes': 2,
  refused: 12,
  recovers: 7,
  flaps: 6,
  relapses: 6,
  vanishes: 3,
  maintenance: 4,
  busy: 5,
  impaired: 3,
  'stuck in a reboot': 3,
  stops: 4,
  stopped: 3,
  healthy: 4,
  odd: 2,
  ...PEOPLE,
};

/** One desktop; two where somebody terminates it and makes another for its user. */
export function randomDesktops(random: Random, place: Place): DesktopSpec[] {
  const runningMode = random.weighted({ ALWAYS_ON: 66, AUTO_STOP: 27, MANUAL: 7 });
  const known = brokenDesktop({
    workspaceId: place.workspaceId,
    directoryId: place.directoryId,
    runningMode,
    state: random.pick(['UNHEALTHY', 'UNHEALTHY', 'ERROR']),
    stateSince: random.integer(0, 15 * 60) * SECOND,
    ...randomTags(random, place.startedAt),
    ...randomSnapshots(random),
    ...randomKey(random),
    ...(random.chance(0.3) && {
      errorCode: 'InternalServiceError',
      errorMessage: 'The WorkSpace could not be started.',
    }),
    ...(random.chance(0.1) && {
      connected: [{ from: random.integer(-60, 10) * MINUTE, to: random.integer(15, 120) * MINUTE }],
    }),
  });
  const course: Course = {
    // Sooner than the shortest time that the service waits for a rebuild to show.
    startsAfter: random.pick([random.integer(0, 60), random.integer(0, 240)]) * SECOND,
    takes: random.integer(1, 50) * MINUTE,
    ...end(random, { well: 16, slow: 5, impaired: 1, relapse: 1, broken: 0 }),
    // STOPPED is how one rests whose user has left, and odd for another.
    ...(random.chance(runningMode === 'ALWAYS_ON' ? 0.03 : 0.2) && { endsIn: 'STOPPED', steps: [] }),
  };
  const base = { ...known, remedies: { ...milder(random), rebuild: [accepted('rebuild', course)] } };
  const fate = random.weighted(FATES);
  if (isOfPeople(fate)) return peopleMeanwhile(random, fate, base, place.startedAt);
  const helped = fate === 'never starts, and a person helps' && helpedByPerson(random);
  return [{ ...base, ...(byItself(random, fate, base) ?? byAnswer(random, fate, base, course)), ...helped }];
}

const isOfPeople = (fate: keyof typeof FATES): fate is keyof typeof PEOPLE => Object.hasOwn(PEOPLE, fate);

function randomSnapshots(random: Random): Pick<DesktopSpec, 'snapshots'> {
  if (!random.chance(0.12)) return {};
  const snapshots = random.pick<NonNullable<DesktopSpec['snapshots']>>([
    {},
    {},
    { rebuild: [2 * HOUR] },
    { rebuild: [30 * HOUR], restore: [HOUR] },
    { rebuild: [2 * HOUR, 14 * HOUR, 26 * HOUR], restore: [14 * HOUR, 26 * HOUR] },
    { rebuild: [30 * HOUR, 42 * HOUR], restore: [3 * HOUR, 54 * HOUR] },
  ]);
  return { snapshots };
}

/** Now and then its volumes are encrypted, and the key of some is not to be used. */
function randomKey(random: Random): Pick<DesktopSpec, 'volumeKey'> {
  if (!random.chance(0.08)) return {};
  const state = random.pick([
    'Enabled',
    'Enabled',
    'Enabled',
    'Disabled',
    'PendingDeletion',
    'AccessDenied',
  ] as const);
  return { volumeKey: { state } };
}

/** What was under way ends after so many minutes: well, broken, or well once the health check has run. */
function settling(random: Random, minutes: number): Change[] {
  const later = (after: number, state: string): Change => ({ after: after * MINUTE, state });
  const state = random.pick(['UNHEALTHY', 'AVAILABLE']);
  const isSlow = state === 'UNHEALTHY' && random.chance(0.5);
  return [later(minutes, state), ...(isSlow ? [later(minutes + random.integer(1, 20), 'AVAILABLE')] : [])];
}

type Fate = Exclude<keyof typeof FATES, keyof typeof PEOPLE>;
type Desktop = DesktopSpec & { remedies: NonNullable<DesktopSpec['remedies']> };

/** What AWS makes of a rebuild. */
function byAnswer(random: Random, fate: Fate, { remedies }: Desktop, course: Course): Partial<DesktopSpec> {
  const withRebuild = (...rebuild: Answer[]) => ({ remedies: { ...remedies, rebuild } });
  switch (fate) {
    case 'fails again':
      return withRebuild(
        accepted('rebuild', { ...course, endsIn: random.pick(['UNHEALTHY', 'ERROR']), steps: [] }),
      );
    case 'never starts':
    case 'never starts, and a person helps':
      return withRebuild(accepted('rebuild', { ignored: true }));
    case 'never finishes':
      return withRebuild(accepted('rebuild', { ...course, takes: Number.POSITIVE_INFINITY }));
    case 'refused':
      return withRebuild(...refusing(random, 'rebuild', accepted('rebuild', course)));
    case 'relapses': {
      const after = random.pick([shortWhile(random), random.integer(1, 180) * MINUTE]);
      const steps = [{ after, state: 'UNHEALTHY' }];
      return withRebuild(accepted('rebuild', { ...course, endsIn: 'AVAILABLE', steps }));
    }
    default:
      return {};
  }
}

/** What becomes of it without anybody's doing. */
function byItself(random: Random, fate: Fate, { runningMode }: Desktop): Partial<DesktopSpec> | undefined {
  const later = (minutes: number, state: string): Change => ({ after: minutes * MINUTE, state });
  const first = random.integer(1, 30);
  switch (fate) {
    case 'recovers':
      return { changes: [later(first, 'AVAILABLE')] };
    case 'flaps':
      return {
        changes: Array.from({ length: 6 }, (_, index) =>
          later(first * (index + 1), index % 2 === 0 ? 'AVAILABLE' : 'UNHEALTHY'),
        ),
      };
    case 'vanishes':
      return { changes: [later(first, 'GONE')] };
    case 'maintenance':
      return {
        state: random.pick(['MAINTENANCE', 'UNHEALTHY']),
        changes: [
          later(first, random.pick(['MAINTENANCE', 'MAINTENANCE', 'ADMIN_MAINTENANCE'])),
          // AWS's weekly window takes hours.
          later(
            first + random.pick([random.integer(5, 40), random.integer(40, 420)]),
            random.pick(['AVAILABLE', 'UNHEALTHY']),
          ),
        ],
      };
    case 'busy':
      return {
        state: random.pick(['REBOOTING', 'STARTING', 'STOPPING', 'UPDATING']),
        changes: settling(random, first),
      };
    case 'impaired':
      return {
        state: random.pick(['IMPAIRED', 'UNHEALTHY']),
        changes: [
          later(first, 'IMPAIRED'),
          ...(random.chance(0.6)
            ? [later(first + random.integer(1, 30), random.pick(['UNHEALTHY', 'AVAILABLE']))]
            : []),
        ],
      };
    case 'stuck in a reboot':
      return {
        state: 'REBOOTING',
        stateSince: random.integer(0, 120) * MINUTE,
        ...(random.chance(0.4) && { changes: settling(random, random.integer(10, 60)) }),
      };
    case 'stops':
      // Its user has left: it stops, and comes back as it was or well, or stays so until somebody starts it.
      return {
        runningMode: random.pick(['AUTO_STOP', 'AUTO_STOP', 'MANUAL']),
        state: random.pick(['UNHEALTHY', 'UNHEALTHY', 'AVAILABLE']),
        changes: [
          later(first, 'STOPPING'),
          later(first + 2, 'STOPPED'),
          ...(random.chance(0.4)
            ? [
                later(first + random.integer(30, 120), 'STARTING'),
                later(first + random.integer(125, 130), random.pick(['UNHEALTHY', 'AVAILABLE'])),
              ]
            : []),
        ],
      };
    case 'stopped':
      return { state: 'STOPPED' };
    case 'healthy':
      return {
        state: runningMode === 'ALWAYS_ON' ? 'AVAILABLE' : random.pick(['STOPPED', 'AVAILABLE']),
        ...(random.chance(0.3) && { remedies: { rebuild: [accepted('rebuild', { ignored: true })] } }),
      };
    case 'odd':
      return {
        state: random.pick(['SUSPENDED', 'SUSPENDED', 'TERMINATING', 'A_STATE_OF_2031']),
        ...(random.chance(0.4) && { changes: [later(first, 'AVAILABLE')] }),
      };
    default:
      return undefined;
  }
}
