/** A random story; the same seed and number give the same one. */
import { Random } from '../../simulation/random.ts';
import type { DesktopSpec } from '../desktop.ts';
import { healthyBeside } from '../paths.ts';
import { named } from '../starts.ts';
import type { Story } from '../story.ts';
import { badStart } from './bad-starts.ts';
import { randomDesktops } from './desktops.ts';
import { randomParameters } from './parameters.ts';
import { randomAlarms, randomStarts } from './starts.ts';
import { randomTime } from './times.ts';
import { randomFaults, randomMetrics, randomOutages } from './troubles.ts';
import { randomMode } from './wishes.ts';

export function randomStory(seed: number, number: number): Story {
  const random = new Random(seed * 1_000_003 + number);
  const at = randomTime(random);
  const isFleet = random.chance(0.015);
  const desktops = isFleet ? fleet(random, at) : few(random, at);
  const alarms = random.chance(isFleet ? 0.9 : 0.6) ? { alarms: randomAlarms(random) } : {};
  const starts = desktops
    .filter(({ state }) => state !== 'GONE')
    .flatMap(({ workspaceId }) => randomStarts(random, workspaceId, { at, ...alarms }));
  if (random.chance(0.1)) starts.push(badStart(random));
  const parameters = randomParameters(random);
  return {
    title: `random story ${number}`,
    at,
    healthy: healthyBeside(desktops, isFleet ? random.pick([20, 100, 250]) : random.pick([3, 20, 20, 100])),
    stopped: random.chance(0.3) ? healthyBeside(desktops, random.pick([5, 40, 150])) : {},
    seed: random.integer(1, 2 ** 31 - 1),
    desktops,
    starts: named(starts.sort((one, other) => one.at - other.at)),
    parameters,
    ...alarms,
    ...randomIdentities(random, desktops),
    ...randomMode(random),
    ...randomMetrics(random),
    ...randomOutages(random),
    faults: randomFaults(random, isFleet),
  };
}

/** Now and then a directory is joined to Microsoft Entra. */
function randomIdentities(random: Random, desktops: DesktopSpec[]): Pick<Story, 'directories'> {
  if (!random.chance(0.08)) return {};
  const identity = random.pick(['entra', 'entra', 'ad']);
  return { directories: Object.fromEntries(desktops.map(({ directoryId }) => [directoryId, { identity }])) };
}

const directory = (index: number) => `d-906720000${index}`;
const prefixOf = (random: Random) => `ws-${random.integer(36 ** 5, 36 ** 6 - 1).toString(36)}`;
const idOf = (prefix: string, index: number) => `${prefix}${String(index).padStart(4, '0')}`;

/** One to three, each in a directory of its own or all in one. */
function few(random: Random, startedAt: number): DesktopSpec[] {
  const prefix = prefixOf(random);
  const isApart = random.chance(0.7);
  return Array.from({ length: random.integer(1, 3) }, (_, index) => {
    const directoryId = directory(isApart ? index : 0);
    return randomDesktops(random, { workspaceId: idOf(prefix, index), directoryId, startedAt });
  }).flat();
}

/** Twenty to sixty in one to three directories; some have troubles, the others are well. */
function fleet(random: Random, startedAt: number): DesktopSpec[] {
  const prefix = prefixOf(random);
  const directories = random.integer(1, 3);
  const share = random.pick([0.1, 0.3, 1]);
  return Array.from({ length: random.integer(20, 60) }, (_, index) => {
    const directoryId = directory(index % directories);
    const made = randomDesktops(random, { workspaceId: idOf(prefix, index), directoryId, startedAt });
    return random.chance(share) ? made : made.slice(0, 1).map(well);
  }).flat();
}

const well = ({ changes: _, ...desktop }: DesktopSpec): DesktopSpec => ({ ...desktop, state: 'AVAILABLE' });
