/** Desktops of random stories: how each one is, what becomes of it by itself, and how AWS answers. */

import type { Random } from '../../simulation/random.ts';
import { type Answer, accepted, type Change, type Course, type DesktopSpec } from '../desktop.ts';
import { brokenDesktop } from '../samples.ts';
import { milder, refusing } from './answers.ts';
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
  recovers: 8,
  flaps: 6,
  relapses: 6,
  vanishes: 3,
  maintenance: 4,
  busy: 6,
  stops: 3,
  healthy: 4,
  odd: 2,
  ...PEOPLE,
};

/** One desktop; two where somebody terminates it and makes another for its user. */
export function randomDesktops(random: Random, place: Place): DesktopSpec[] {
  const isAutoStop = random.chance(0.3);
  const known = brokenDesktop({
    workspaceId: place.workspaceId,
    directoryId: place.directoryId,
    runningMode: isAutoStop ? 'AUTO_STOP' : 'ALWAYS_ON',
    state: random.pick(['UNHEALTHY', 'UNHEALTHY', 'ERROR']),
    stateSince: random.integer(0, 15 * 60) * SECOND,
    ...randomTags(random, place.startedAt),
    ...randomSnapshots(random),
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
    // STOPPED is how an AUTO_STOP desktop rests, and odd for another.
    endsIn: random.chance(isAutoStop ? 0.3 : 0.03) ? 'STOPPED' : 'AVAILABLE',
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

type Fate = Exclude<keyof typeof FATES, keyof typeof PEOPLE>;
type Desktop = DesktopSpec & { remedies: NonNullable<DesktopSpec['remedies']> };

/** What AWS makes of a rebuild. */
function byAnswer(random: Random, fate: Fate, { remedies }: Desktop, course: Course): Partial<DesktopSpec> {
  const withRebuild = (...rebuild: Answer[]) => ({ remedies: { ...remedies, rebuild } });
  switch (fate) {
    case 'fails again':
      return withRebuild(accepted('rebuild', { ...course, endsIn: random.pick(['UNHEALTHY', 'ERROR']) }));
    case 'never starts':
    case 'never starts, and a person helps':
      return withRebuild(accepted('rebuild', { ignored: true }));
    case 'never finishes':
      return withRebuild(accepted('rebuild', { ...course, takes: Number.POSITIVE_INFINITY }));
    case 'refused':
      return withRebuild(...refusing(random, 'rebuild', accepted('rebuild', course)));
    case 'relapses': {
      const steps = [{ after: random.integer(1, 180) * MINUTE, state: 'UNHEALTHY' }];
      return withRebuild(accepted('rebuild', { ...course, steps }));
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
          later(first, random.pick(['MAINTENANCE', 'ADMIN_MAINTENANCE'])),
          later(first + random.integer(5, 40), random.pick(['AVAILABLE', 'UNHEALTHY'])),
        ],
      };
    case 'busy':
      return {
        state: random.pick(['REBOOTING', 'STARTING', 'IMPAIRED', 'UPDATING']),
        changes: [later(first, random.pick(['UNHEALTHY', 'AVAILABLE']))],
      };
    case 'stops':
      // Its user has left: an AUTO_STOP one stops, and comes back as it was or well.
      return {
        runningMode: 'AUTO_STOP',
        changes: [
          later(first, 'STOPPING'),
          later(first + 2, 'STOPPED'),
          later(first + random.integer(30, 120), 'STARTING'),
          later(first + random.integer(125, 130), random.pick(['UNHEALTHY', 'AVAILABLE'])),
        ],
      };
    case 'healthy':
      return {
        state: runningMode === 'AUTO_STOP' ? 'STOPPED' : 'AVAILABLE',
        ...(random.chance(0.3) && { remedies: { rebuild: [accepted('rebuild', { ignored: true })] } }),
      };
    case 'odd':
      return { state: random.pick(['SUSPENDED', 'TERMINATING', 'A_STATE_OF_2031']) };
    default:
      return undefined;
  }
}
