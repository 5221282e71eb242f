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
    endsIn: random.pick(['AVAILABLE', 'UNHEALTHY']),
    ...(random.chance(0.1) && { ignored: true }),
  };
}

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

/** The milder rungs: mostly taken, now and then refused. */
export function milder(random: Random): NonNullable<DesktopSpec['remedies']> {
  const answers = (kind: RemedyName) => {
    const taken = accepted(kind, randomCourse(random));
    return random.chance(0.2) ? refusing(random, kind, taken) : [taken];
  };
  return { reboot: answers('reboot'), restore: answers('restore') };
}
