/** People who do something about a WorkSpace while the service does. */
import type { Random } from '../../simulation/random.ts';
import { type Change, type DesktopSpec, UNDER_WAY } from '../desktop.ts';
import { MINUTE } from './times.ts';
import { randomRetags } from './wishes.ts';

/** What they do, and how often in a hundred desktops. */
export const PEOPLE = {
  'rebooted by a person': 3,
  'restored by a person': 2,
  'rebuilt by a person': 5,
  retagged: 4,
  'made anew by a person': 2,
};

/** The desktop with what people do, and the one that takes its place where they make another. */
export function peopleMeanwhile(
  random: Random,
  fate: keyof typeof PEOPLE,
  base: DesktopSpec,
  startedAt: number,
): DesktopSpec[] {
  const soon = random.integer(-10, 30);
  switch (fate) {
    case 'rebooted by a person':
      return [{ ...base, changes: remedied(random, UNDER_WAY.reboot, soon, random.integer(2, 8)) }];
    case 'restored by a person':
      return [{ ...base, changes: remedied(random, UNDER_WAY.restore, soon, random.integer(5, 25)) }];
    case 'rebuilt by a person':
      return [{ ...base, changes: remedied(random, UNDER_WAY.rebuild, soon, random.integer(10, 40)) }];
    case 'retagged':
      return [{ ...base, ...randomRetags(random, startedAt) }];
    case 'made anew by a person':
      return madeAnew(random, base, Math.max(1, soon));
  }
}

/** Somebody reboots it, once it has been seen that nothing comes of what the service has asked for. */
export const helpedByPerson = (random: Random): Pick<DesktopSpec, 'changes'> => ({
  changes: remedied(random, UNDER_WAY.reboot, random.integer(5, 30), random.integer(2, 8)),
});

const byPerson = (minutes: number, state: string): Change => ({
  after: minutes * MINUTE,
  state,
  byPerson: true,
});

/** It helps, it does not, or it helps only after a while. */
function remedied(random: Random, underWay: string, from: number, takes: number): Change[] {
  const start = byPerson(from, underWay);
  const end = (state: string) => byPerson(from + takes, state);
  switch (random.weighted({ helps: 5, fails: 3, settles: 3 })) {
    case 'helps':
      return [start, end('AVAILABLE')];
    case 'fails':
      return [start, end(random.pick(['UNHEALTHY', 'ERROR']))];
    default:
      return [start, end('UNHEALTHY'), byPerson(from + takes + random.integer(1, 20), 'AVAILABLE')];
  }
}

/** Terminated, and soon there is another for its user, which may break as well. */
function madeAnew(random: Random, base: DesktopSpec, at: number): DesktopSpec[] {
  const ready = at + random.integer(10, 40);
  const next: DesktopSpec = {
    ...base,
    workspaceId: `${base.workspaceId}new`,
    state: 'GONE',
    changes: [
      byPerson(at, 'PENDING'),
      byPerson(ready, 'AVAILABLE'),
      ...(random.chance(0.5)
        ? [{ after: (ready + random.integer(5, 90)) * MINUTE, state: 'UNHEALTHY' }]
        : []),
    ],
  };
  return [{ ...base, changes: [byPerson(at, 'TERMINATING'), byPerson(at + 3, 'GONE')] }, next];
}
