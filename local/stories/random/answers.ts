/** How AWS answers requests to change a WorkSpace in random stories. */
import type { Random } from '../../simulation/random.ts';
import {
  type Answer,
  accepted,
  type Course,
  type DesktopSpec,
  type RemedyName,
  refused,
} from '../desktop.ts';
import { MINUTE, SECOND } from './times.ts';

/** A course that helps or does not. */
function randomCourse(random: Random): Course {
  return {
    startsAfter: random.integer(0, 240) * SECOND,
    takes: random.integer(1, 20) * MINUTE,
    ...end(random, { well: 4, slow: 3, impaired: 1, relapse: 1, broken: 5 }),
    ...(random.chance(0.1) && { ignored: true }),
  };
}

const ENDS = ['well', 'slow', 'impaired', 'relapse', 'broken'] as const;

/** How what was asked for ends: well at once, once the health check has run, only for a while, or not. */
export function end(
  random: Random,
  weights: Record<(typeof ENDS)[number], number>,
): Pick<Course, 'endsIn' | 'steps'> {
  const then = (first: string, after: number, next: string) => ({
    endsIn: first,
    steps: [{ after, state: next }],
  });
  switch (random.weighted(weights)) {
    case 'well':
      return { endsIn: 'AVAILABLE' };
    case 'slow':
      return then('UNHEALTHY', random.integer(1, 20) * MINUTE, 'AVAILABLE');
    case 'impaired':
      return then('IMPAIRED', random.integer(1, 20) * MINUTE, random.pick(['AVAILABLE', 'UNHEALTHY']));
    case 'relapse':
      return then('AVAILABLE', shortWhile(random), 'UNHEALTHY');
    case 'broken':
      return { endsIn: random.pick(['UNHEALTHY', 'UNHEALTHY', 'ERROR']) };
  }
}

/** Seconds or minutes. */
export const shortWhile = (random: Random) =>
  random.pick([random.integer(5, 90) * SECOND, random.integer(1, 15) * MINUTE]);

/** The names under which AWS refuses, by what they tell of the request. */
const NOT_NOW = [
  'ThrottlingException',
  'OperationInProgressException',
  'ResourceUnavailableException',
  'InvalidResourceStateException',
  'InvalidResourceState',
  // Names that nobody has heard of yet.
  'WorkspaceBusy',
  'CapacityRebalancing.Pending',
] as const;
const NEVER = [
  'AccessDeniedException',
  'ResourceNotFoundException',
  'InvalidParameterValuesException',
] as const;

/** A refusal of any class; `kind` is what was asked for. */
function refusal(random: Random, kind: RemedyName): Answer {
  const asError = random.chance(0.4);
  const plain = (code: string) => refused(code, `${code}: not this ${kind}.`, { asError });
  switch (random.weighted({ unknown: 3, 'not now': 6, never: 2, 'not for this': 2 })) {
    case 'unknown': {
      const [code, status] = random.pick<readonly [string, number]>([
        ['InternalServerException', 500],
        ['ServiceUnavailableException', 503],
      ]);
      const { steps } = accepted(kind, randomCourse(random));
      return refused(code, 'Try again.', { status, ...(random.chance(0.5) && { steps: [...steps] }) });
    }
    case 'not now':
      return plain(random.pick(NOT_NOW));
    case 'never':
      return plain(random.pick(NEVER));
    default:
      return plain('OperationNotSupportedException');
  }
}

/** Refused for good, or so many times and then as `after` says. */
export function refusing(random: Random, kind: RemedyName, after: Answer): Answer[] {
  const first = refusal(random, kind);
  if (random.chance(0.4)) return [first];
  const more = random.integer(0, 2);
  return [...Array.from({ length: more + 1 }, () => first), after];
}

/** The milder rungs, and a start of what is stopped: mostly taken, now and then refused; a reboot may never end. */
export function milder(random: Random): NonNullable<DesktopSpec['remedies']> {
  const answers = (kind: RemedyName, course = randomCourse(random)) => {
    const taken = accepted(kind, course);
    return random.chance(0.2) ? refusing(random, kind, taken) : [taken];
  };
  const stuck = random.chance(0.08) && { takes: Number.POSITIVE_INFINITY };
  return {
    reboot: answers('reboot', { ...randomCourse(random), ...stuck }),
    restore: answers('restore'),
    start: answers('start', { ...randomCourse(random), takes: random.integer(30, 300) * SECOND }),
  };
}
