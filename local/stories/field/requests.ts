/** How AWS answers requests, and what somebody else has asked for. */
import { type Answer, accepted, refused } from '../desktop.ts';
import {
  alarm,
  by,
  bySomebody,
  ends,
  type FieldStory,
  ID,
  LADDER,
  MINUTE,
  refusal,
  refusedTwice,
  taken,
} from './words.ts';

const REBOOTS = accepted('reboot');
const REBUILDS = accepted('rebuild');
/** After its end the health check takes some minutes more. */
const slow = (underWay: string, ended: number, well: number): Answer =>
  taken([0.3, underWay], [ended, 'UNHEALTHY'], [well, 'AVAILABLE']);

/** Refused for now and not any more, for good, or nobody knows. */
export const REFUSALS: Readonly<Record<string, FieldStory>> = {
  ...Object.fromEntries(
    [
      'OperationInProgressException',
      'ResourceUnavailableException',
      'InvalidResourceStateException',
      'SomeNewException',
    ].map((code): [string, FieldStory] => [
      `a rebuild that AWS refuses twice with ${code}`,
      ends('RECOVERED', { rebuild: 3 }, { desktop: { remedies: { rebuild: refusedTwice(code, REBUILDS) } } }),
    ]),
  ),
  'a reboot that AWS refuses for now, and that helps': ends(
    'RECOVERED',
    { reboot: 2 },
    { ladder: LADDER, desktop: { remedies: { reboot: [refusal('OperationInProgressException'), REBOOTS] } } },
  ),
  'a reboot that AWS refuses for now until its deadline': ends(
    'FAILED',
    { reboot: 5 },
    {
      ladder: LADDER,
      desktop: { remedies: { reboot: [refusal('WorkspaceBusy')] } },
      says: [/WorkspaceBusy/],
    },
  ),
  'a reboot that the role may not make': ends(
    'FAILED',
    { reboot: 1 },
    {
      ladder: LADDER,
      desktop: {
        remedies: { reboot: [refused('AccessDeniedException', 'Not authorized.', { asError: true })] },
      },
      says: [/AccessDeniedException/],
    },
  ),
  'a reboot that this WorkSpace cannot have': ends(
    'RECOVERED',
    { reboot: 1, rebuild: 1 },
    { ladder: LADDER, desktop: { remedies: { reboot: [refusal('OperationNotSupportedException')] } } },
  ),
  'a reboot of which nothing comes': ends(
    'FAILED',
    { reboot: 3 },
    { ladder: LADDER, desktop: { remedies: { reboot: [accepted('reboot', { ignored: true })] } } },
  ),
  'a rebuild that was made, and answered with 500': ends(
    'RECOVERED',
    { rebuild: 1 },
    {
      desktop: {
        remedies: {
          rebuild: [
            refused('InternalServerError', '', {
              status: 500,
              steps: by([4, 'REBUILDING'], [25, 'AVAILABLE']),
            }),
            REBUILDS,
          ],
        },
      },
    },
  ),
  'a rebuild that was not made, and answered with 500': ends(
    'RECOVERED',
    { rebuild: 2 },
    { desktop: { remedies: { rebuild: [refused('InternalServerError', '', { status: 500 }), REBUILDS] } } },
  ),
};

export const SETTLING: Readonly<Record<string, FieldStory>> = {
  'a reboot whose health check takes six minutes more': ends(
    'RECOVERED',
    { reboot: 1 },
    { ladder: LADDER, desktop: { remedies: { reboot: [slow('REBOOTING', 4, 10)] } } },
  ),
  'a reboot that does not help': ends(
    'RECOVERED',
    { reboot: 1, rebuild: 1 },
    { ladder: LADDER, desktop: { remedies: { reboot: [taken([0.1, 'REBOOTING'], [4, 'UNHEALTHY'])] } } },
  ),
  'a rebuild after which it is UNHEALTHY for three minutes': ends(
    'RECOVERED',
    { rebuild: 1 },
    { desktop: { remedies: { rebuild: [slow('REBUILDING', 25, 28)] } } },
  ),
  'a restore after which it is UNHEALTHY for eight minutes': ends(
    'RECOVERED',
    { restore: 1 },
    { ladder: 'restore,rebuild', desktop: { remedies: { restore: [slow('RESTORING', 12, 20)] } } },
  ),
  'somebody reboots it, and it needs seven minutes more': ends(
    'ALREADY_HEALTHY',
    {},
    { desktop: { changes: bySomebody([1, 'REBOOTING'], [5, 'UNHEALTHY'], [12, 'AVAILABLE']) } },
  ),
  'somebody restores it, and it needs five minutes more': ends(
    'RECOVERED',
    {},
    { desktop: { state: 'RESTORING', changes: bySomebody([15, 'UNHEALTHY'], [20, 'AVAILABLE']) } },
  ),
  'somebody modifies it, and it needs five minutes more': ends(
    'ALREADY_HEALTHY',
    {},
    { desktop: { state: 'UPDATING', changes: by([6, 'UNHEALTHY'], [11, 'AVAILABLE']) } },
  ),
  'somebody reboots it, and that does not help': ends(
    'RECOVERED',
    { rebuild: 1 },
    { desktop: { changes: bySomebody([1, 'REBOOTING'], [5, 'UNHEALTHY']) } },
  ),
  'MAINTENANCE, and it needs nine minutes more': ends(
    'ALREADY_HEALTHY',
    {},
    { desktop: { state: 'MAINTENANCE', changes: by([100, 'UNHEALTHY'], [109, 'AVAILABLE']) } },
  ),
  'it settles only by a longer setting': ends(
    'RECOVERED',
    { reboot: 1 },
    {
      ladder: LADDER,
      parameters: { SettleMinutes: '30', RebootDeadlineMinutes: '60' },
      desktop: { remedies: { reboot: [slow('REBOOTING', 4, 28)] } },
    },
  ),
};

export const SOMEBODYS: Readonly<Record<string, FieldStory>> = {
  'somebody rebuilds it, and it does not help': ends(
    'NEEDS_HUMAN',
    {},
    { desktop: { state: 'REBUILDING', changes: bySomebody([20, 'UNHEALTHY']) }, says: [/Guard cooldown/] },
  ),
  'somebody restores it while it is being confirmed': ends(
    'NEEDS_HUMAN',
    {},
    { desktop: { changes: bySomebody([1, 'RESTORING'], [14, 'ERROR']) }, says: [/Guard cooldown/] },
  ),
  "somebody's rebuild, seen by an incident before": ends(
    { RECOVERED: 1, NEEDS_HUMAN: 1 },
    {},
    {
      desktop: {
        state: 'REBUILDING',
        changes: [...bySomebody([20, 'AVAILABLE']), ...by([60, 'UNHEALTHY'])],
      },
      starts: [alarm(), alarm(ID, 62 * MINUTE)],
      says: [/Guard cooldown/],
    },
  ),
  "somebody's rebuild of 75 minutes": ends(
    'RECOVERED',
    {},
    { desktop: { state: 'REBUILDING', changes: bySomebody([75, 'AVAILABLE']) } },
  ),
  "somebody's rebuild that never ends": ends('NEEDS_HUMAN', {}, { desktop: { state: 'REBUILDING' } }),
};
