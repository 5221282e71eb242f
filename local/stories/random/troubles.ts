/** What goes wrong around a random story: services that are away, and numbers that come late or not at all. */
import type { Random } from '../../simulation/random.ts';
import type { Outage, Service, Story } from '../story.ts';
import { HOUR, MINUTE, SECOND } from './times.ts';

/** Those that the service calls. */
const CALLED: readonly [Service, ...Service[]] = [
  'WorkSpaces',
  'DynamoDB',
  'SSM',
  'CloudWatch',
  'StepFunctions',
  'SNS',
  'Lambda',
];

/** In one story of so many a service is away, from 20 seconds to three hours. */
const WITH_OUTAGES = 0.04;

export function randomOutages(random: Random): Pick<Story, 'outages'> {
  if (!random.chance(WITH_OUTAGES)) return {};
  const outage = (): Outage => {
    const from = random.integer(-60, 45 * 60) * SECOND;
    const lasts = random.pick([
      random.integer(20, 120) * SECOND,
      random.integer(2, 20) * MINUTE,
      random.integer(1, 12) * (HOUR / 4),
    ]);
    const how = random.pick<Outage['how']>(['throttled', 'error', 'silent']);
    return { service: random.pick(CALLED), from, to: from + lasts, how };
  };
  return { outages: Array.from({ length: random.pick([1, 1, 1, 2]) }, outage) };
}

export function randomMetrics(random: Random): Pick<Story, 'metrics'> {
  if (!random.chance(0.15)) return {};
  return {
    metrics: {
      delay: random.integer(0, 15 * 60) * SECOND,
      missing: random.pick([0, 0.1, 0.5]),
      partial: random.pick([0, 0.1, 0.5]),
    },
  };
}
