/** What starts the workflow in random stories and is no good: inputs that people typed or pasted, and events that no rule may match. */
import type { Random } from '../../simulation/random.ts';
import { alarm, metric, OTHER_ALARMS, PASTED } from '../bad-inputs.ts';
import { sample } from '../samples.ts';
import { alarmEvent, type Start } from '../starts.ts';
import { START } from '../story.ts';
import { SECOND } from './times.ts';

const ID = 'ws-8kq3zn1yd';
/** Turns the direction of what follows; ends a line; clears a terminal. */
const HOSTILE = '\u202e\u2066gpj.exe\n\u001b[2J\u0000';

type List<T> = readonly [T, ...T[]];

const NO_OBJECTS: List<unknown> = [null, 42, true, ID, [], [{ workspaceId: ID }]];

const WRONG_FIELDS: List<Record<string, unknown>> = [
  { workspaceId: 'WS-8KQ3ZN1YD' },
  { workspaceId: `${ID}${HOSTILE}` },
  { workspaceId: 42 },
  { workspaceId: null },
  { force: 'yes' },
  { reason: 'x'.repeat(501) },
  { [HOSTILE]: true },
  { '': true },
  { workspaceIds: [ID] },
  { dryRun: 1 },
  { ladder: 'rebuild,reboot' },
  { ladder: [] },
  { ladder: ['rebuild', 'rebuild'] },
  { override: ['scope'], requestedBy: 'ops@example.com' },
  { override: 'cooldown', requestedBy: 'ops@example.com' },
  { override: ['cooldown'] },
  { force: true },
  { force: true, requestedBy: '  ' },
  { requestedBy: 'x'.repeat(101) },
  { workspaceId: [ID, 'ws-0second001'] },
  { workspaceId: `arn:aws:workspaces:eu-central-1:123456789012:workspace/${ID}` },
  { Force: true },
  { RebuildWorkspaceRequests: [{ WorkspaceId: ID }] },
];

const WRONG_ALARMS: List<() => unknown> = [
  () => sample('alarm-directory.json'),
  () => sample('alarm-workspace-ok.json'),
  () => ({ source: 'aws.cloudwatch', 'detail-type': 'CloudWatch Alarm State Change' }),
  () => ({ source: 'aws.ec2' }),
  () => alarmEvent('contributor', 'ws-8KQ3ZN1YD', START),
  () =>
    alarm(({ detail }) => {
      detail.state.timestamp = `yesterday${HOSTILE}`;
    }),
  () =>
    alarm(({ detail }) => {
      detail.configuration = { metrics: [metric(ID), metric('ws-second000')] };
    }),
  () => ({ ...Object(alarmEvent('workspace', ID, START)), account: '210987654321' }),
];

/** An alarm that a person has muted. */
const muted = () =>
  alarm(({ detail }) => {
    detail.muteDetail = { mutedByArn: 'arn:aws:cloudwatch:us-east-1:123456789012:alarm-mute-rule:nights' };
  });

const UNMATCHED: List<() => unknown> = [
  () => sample('alarm-workspace-ok.json'),
  () => sample('alarm-unrelated.json'),
  () => sample('alarm-directory.json'),
  muted,
];

const list = <T>(values: readonly T[]): List<T> => {
  const [first, ...others] = values;
  if (first === undefined) throw new Error('There is nothing to choose from.');
  return [first, ...others];
};

export function badStart(random: Random): Start {
  const at = random.integer(0, 1_200) * SECOND;
  const byHand = (bad: 'rejected' | 'held', input: unknown): Start => ({ at, via: 'console', bad, input });
  switch (random.weighted({ value: 1, field: 4, pasted: 3, alarm: 2, muted: 1, other: 2, unmatched: 2 })) {
    case 'value':
      return byHand('rejected', random.pick(NO_OBJECTS));
    case 'field':
      return byHand('rejected', { workspaceId: ID, ...random.pick(WRONG_FIELDS) });
    case 'pasted':
      return byHand('rejected', random.pick(list(Object.values(PASTED))));
    case 'alarm':
      return byHand('rejected', random.pick(WRONG_ALARMS)());
    case 'muted':
      return byHand('held', muted());
    case 'other':
      return { at, via: 'bus', bad: 'held', input: random.pick(list(Object.values(OTHER_ALARMS)))() };
    case 'unmatched':
      return { at, via: 'bus', bad: 'unmatched', input: random.pick(UNMATCHED)() };
  }
}
