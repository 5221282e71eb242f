/** The stories that `npm start -- --scenario NAME` plays. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { accepted, refused } from './desktop.ts';
import { brokenDesktop } from './samples.ts';
import { byAlarm, byHand, known, rebuilt } from './single.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Other executions have their turn, and their leases. */
function othersAtWork(workspaceIds: string[]): Record<string, AttributeValue>[] {
  const permits = workspaceIds.map((workspaceId) => ({
    workspaceId,
    executionId: `execution-${workspaceId}`,
  }));
  const turns = { S: JSON.stringify({ permits, waiting: [] }) };
  return [
    { id: { S: 'TURNS' }, version: { N: '1' }, turns },
    ...permits.map(({ workspaceId, executionId }) =>
      known(workspaceId, { holder: { S: executionId }, leaseUntil: { N: '1999999999' } }),
    ),
  ];
}

export const SCENARIOS = {
  rebuild: byAlarm('an alarm, a rebuild, AVAILABLE again'),
  'already-healthy': byAlarm('the WorkSpace is healthy again before the first look', {
    desktops: [brokenDesktop({ state: 'AVAILABLE' })],
  }),
  contributor: byAlarm(
    'the fleet alarm names one WorkSpace as its contributor',
    {},
    'alarm-contributor.json',
  ),
  manual: byHand('an administrator starts the workflow by hand'),
  'rebuild-refused': byAlarm('AWS refuses the rebuild for good', {
    desktops: [
      brokenDesktop({
        remedies: {
          rebuild: [refused('OperationNotSupported', 'The image of this WorkSpace no longer exists.')],
        },
      }),
    ],
  }),
  'rebuild-fails': byAlarm('the rebuild ends, and the WorkSpace is still broken', {
    desktops: [brokenDesktop(rebuilt({ takes: 20 * MINUTE, endsIn: 'UNHEALTHY' }))],
  }),
  'never-finishes': byAlarm('the rebuild is still under way at the deadline', {
    desktops: [brokenDesktop(rebuilt({ takes: Number.POSITIVE_INFINITY }))],
  }),
  throttled: byAlarm('AWS throttles every second call and refuses the first rebuild for now', {
    desktops: [
      brokenDesktop({
        remedies: {
          rebuild: [
            refused('ThrottlingException', 'Rate exceeded'),
            accepted('rebuild', { startsAfter: 15_000, takes: 25 * MINUTE }),
          ],
        },
      }),
    ],
    throttledOperations: ['DescribeWorkspaces'],
  }),
  aborted: byAlarm('a person stops the execution while the rebuild is under way', { stopAfter: 10 * MINUTE }),
  'out-of-scope': byAlarm('the WorkSpace is not tagged for automatic remediation', {
    desktops: [brokenDesktop({ tags: { CostCenter: '4711' } })],
  }),
  paused: byAlarm('the service is paused: nothing new starts', { mode: [{ at: 0, value: 'paused' }] }),
  'dry-run': byAlarm('the mode is dry-run: it says what it would do', {
    mode: [{ at: 0, value: 'dry-run' }],
  }),
  'mode-unknown': byAlarm('the mode has an unknown value', { mode: [{ at: 0, value: 'off' }] }),
  storm: byAlarm('much of the directory is broken: the cause is somewhere else', {
    desktops: Array.from({ length: 16 }, (_, index) =>
      index === 0 ? brokenDesktop() : brokenDesktop({ workspaceId: `ws-storm${1000 + index}` }),
    ),
  }),
  cooldown: byAlarm('it was rebuilt yesterday evening, and is broken again', {
    table: [
      known('ws-8kq3zn1yd', {
        fence: { N: '1' },
        lastAttempt: { N: '0' },
        rebuilds: { SS: ['2026-11-01T20:00:00.000Z'] },
      }),
    ],
  }),
  'old-snapshot': byAlarm('a rebuild would lose three days of work', {
    desktops: [brokenDesktop({ snapshots: { rebuild: [72 * HOUR, 90 * HOUR] } })],
  }),
  connected: byAlarm('somebody is working on it, and leaves after half an hour', {
    desktops: [brokenDesktop({ connected: [{ from: -HOUR, to: 30 * MINUTE }] })],
  }),
  flapping: byAlarm('it is broken for only a minute', {
    desktops: [brokenDesktop({ changes: [{ after: MINUTE, state: 'AVAILABLE' }] })],
  }),
  window: byAlarm('its maintenance window opens in the evening', {
    desktops: [
      brokenDesktop({
        tags: { AutoRemediate: 'true', 'AutoRemediate:Window': 'Mon-Fri 20:00-06:00 Europe/Berlin' },
      }),
    ],
  }),
  'malformed-tag': byAlarm('its ladder tag is malformed', {
    desktops: [brokenDesktop({ tags: { AutoRemediate: 'true', 'AutoRemediate:Ladder': 'reformat' } })],
  }),
  ladder: byAlarm('a reboot does not help, there is nothing to restore, a rebuild heals it', {
    parameters: { Ladder: 'reboot,restore,rebuild' },
    desktops: [
      brokenDesktop({
        remedies: { reboot: [accepted('reboot', { takes: 4 * MINUTE, endsIn: 'UNHEALTHY' })] },
        snapshots: { rebuild: [3 * HOUR] },
      }),
    ],
  }),
  turn: byAlarm('all rebuild slots are in use, and none becomes free', {
    parameters: { MaxConcurrentRebuilds: '2', TurnLimitMinutes: '30' },
    table: othersAtWork(['ws-0first0000', 'ws-0second000']),
    otherExecutions: 'RUNNING',
  }),
  'unknown-workspace': byAlarm('the alarm names a WorkSpace that does not exist any more', {
    desktops: [brokenDesktop({ workspaceId: 'ws-0somebodyelse' })],
  }),
};
