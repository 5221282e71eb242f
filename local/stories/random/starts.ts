/** What starts the workflow in random stories: alarms as events come, and people. */

import type { Random } from '../../simulation/random.ts';
import { alarmAt, byHand, type Start } from '../starts.ts';
import { ALARM_KINDS, type Alarms, type Story } from '../story.ts';
import { HOUR, MINUTE, SECOND, soon } from './times.ts';

/** Alarms that come of the states. */
export function randomAlarms(random: Random): Alarms {
  return {
    kinds: random.pick([['contributor'], ['contributor'], ['workspace'], ALARM_KINDS]),
    lost: random.pick([0, 0, 0.1, 0.3]),
    twice: random.pick([0, 0.1, 0.3]),
    late: random.pick([0, 0.05, 0.2]),
  };
}

/** Starts of one desktop: by people, and by alarms unless those come of the states. */
export function randomStarts(
  random: Random,
  workspaceId: string,
  { at: startedAt, alarms }: Pick<Story, 'at' | 'alarms'>,
): Start[] {
  const at = random.integer(0, 600) * SECOND;
  const people = [...byPeople(random, workspaceId, at), ...(alarms ? slowPeople(random, workspaceId) : [])];
  return alarms ? people : [...drawnAlarms(random, workspaceId, at, startedAt), ...people];
}

/** Alarms in whatever order, time and number they come. */
function drawnAlarms(random: Random, workspaceId: string, at: number, startedAt: number): Start[] {
  const alarm = (delay: number, more: Partial<Start> = {}) =>
    alarmAt(startedAt, workspaceId, at + delay, { kind: random.pick(ALARM_KINDS), ...more });
  const first = alarm(0, stops(random));
  const starts: Start[] = random.chance(0.04) ? [] : [first];
  // Delivered at least once: sometimes twice, sometimes much later.
  if (random.chance(0.25)) starts.push({ ...first, at: at + soon(random) });
  if (random.chance(0.1)) starts.push({ ...first, at: at + random.integer(1, 6) * HOUR });
  if (random.chance(0.2)) starts.push(alarm(soon(random)));
  // "New execution" in the console begins with the input of the old one.
  if (random.chance(0.04)) {
    const { stopAfter: _, redriveAfter: __, ...old } = first;
    const input = random.chance(0.5) ? old.input : withoutReason(old.input);
    starts.push({ ...old, input, via: 'console', at: at + random.integer(1, 72) * 5 * MINUTE });
  }
  return starts;
}

/** An alarm's event that somebody has made shorter. */
const withoutReason = (event: unknown): unknown =>
  JSON.parse(JSON.stringify(event, (name, value: unknown) => (name === 'reason' ? undefined : value)));

/** Few are stopped by a person, and some of those are redriven; some are redriven if they fail. */
function stops(random: Random): Pick<Start, 'stopAfter' | 'redriveAfter'> {
  const redrive = { redriveAfter: random.integer(1, 240) * MINUTE };
  if (random.chance(0.02)) {
    const stopAfter = random.integer(0, 40) * MINUTE + random.integer(0, 200);
    return { stopAfter, ...(random.chance(0.4) && redrive) };
  }
  return random.chance(0.06) ? redrive : {};
}

/** Such as no log and no message may take as they are: control characters, directions, half a character. */
const REASONS = [
  'ticket',
  'ticket',
  'line\nRECOVERED\u001b[2J\u0000',
  '\u202egnp.exe \u2066ticket',
  '\ud83d ticket',
] as const;

function byPeople(random: Random, workspaceId: string, at: number): Start[] {
  if (!random.chance(0.15)) return [];
  const wishes = {
    ...(random.chance(0.3) && { force: true }),
    ...(random.chance(0.2) && { dryRun: true }),
    ...(random.chance(0.3) && {
      override: random.pick([
        ['cooldown'],
        ['storm', 'connected'],
        ['snapshot-age', 'window'],
        ['snapshot-age', 'cooldown', 'snapshot-age'],
      ]),
    }),
    ...(random.chance(0.1) && { ladder: random.pick(['reboot', 'restore,rebuild']) }),
  };
  const reason = random.pick(REASONS);
  return [{ ...byHand(workspaceId, at + soon(random), wishes, reason), ...stops(random) }];
}

/** Where alarms may be lost, somebody notices in the end. */
function slowPeople(random: Random, workspaceId: string): Start[] {
  return random.chance(0.1) ? [byHand(workspaceId, random.integer(15, 240) * MINUTE)] : [];
}
