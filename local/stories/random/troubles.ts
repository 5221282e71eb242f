/** What goes wrong around a random story: services that are away, and numbers that come late or not at all. */

import type { Fault, FaultKind } from '../../simulation/faults.ts';
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
  'KMS',
];

/** In one story of so many a service is away, from 20 seconds to three hours. */
const WITH_OUTAGES = 0.08;

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

/** Calls of which one may fail as often as the SDK sends it; the functions go on without those or start anew. */
const PERSISTENT: readonly [string, ...string[]] = [
  'act > DynamoDB.UpdateItem',
  'act > DynamoDB.UpdateItem',
  'act > DynamoDB.UpdateItem',
  'act > DynamoDB.PutItem',
  'check > DynamoDB.UpdateItem',
  'intake > DynamoDB.UpdateItem',
  'net > DynamoDB.UpdateItem',
  'net > DynamoDB.GetItem',
  'close > DynamoDB.UpdateItem',
];
const TRIES = 3;

/** A share of all calls fails; in a few stories one call does, and so does each time that the SDK sends it again. */
export function randomFaults(random: Random, isFleet: boolean): Story['faults'] {
  const rate = random.pick(isFleet ? [0, 0, 0.01, 0.03] : [0, 0.02, 0.06, 0.15]);
  if (!random.chance(0.06)) return { rate };
  const call = random.pick(PERSISTENT);
  const first = random.integer(1, 4);
  const kind = random.pick<FaultKind>(['reset-before', 'throttled', 'error-500', 'lost-response']);
  const execution = call.startsWith('net') ? 'net' : 'e1';
  return Array.from({ length: TRIES }, (_, index): Fault => {
    return { site: { execution, call, number: first + index }, kind };
  });
}
