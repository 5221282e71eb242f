/** What a WorkSpace is read as, and what that means. */
import { type Answer, accepted } from '../desktop.ts';
import { tagged } from '../paths.ts';
import {
  AUTO_STOP,
  alarm,
  by,
  ends,
  type FieldStory,
  HOUR,
  hand,
  ID,
  LADDER,
  MINUTE,
  refusedTwice,
  SECOND,
  STOPPED,
  taken,
} from './words.ts';

const NEVER_ENDS: Answer = taken([0.1, 'REBOOTING']);
const startsAs = (state: string): Answer => taken([0.2, 'STARTING'], [2, state]);

export const STOPS: Readonly<Record<string, FieldStory>> = {
  'it stops in the evening, and its window opens at night': ends(
    'RECOVERED',
    { start: 1, rebuild: 1 },
    {
      desktop: {
        ...AUTO_STOP,
        tags: tagged({ Window: 'Mon-Fri 20:00-06:00 Europe/Berlin' }),
        changes: by([70, 'STOPPING'], [72, 'STOPPED']),
        remedies: { start: [startsAs('UNHEALTHY')] },
      },
    },
  ),
  'an alarm, and it is stopped: started, and broken': ends(
    'RECOVERED',
    { start: 1, rebuild: 1 },
    { desktop: { ...STOPPED, remedies: { start: [startsAs('UNHEALTHY')] } } },
  ),
  'an alarm, and it is stopped: started, and slow to settle': ends(
    { ALREADY_HEALTHY: 1 },
    { start: 1 },
    {
      desktop: {
        ...STOPPED,
        remedies: { start: [taken([0.2, 'STARTING'], [2, 'UNHEALTHY'], [8, 'AVAILABLE'])] },
      },
    },
  ),
  'an alarm, and it is stopped: AWS refuses the start for now': ends(
    { ALREADY_HEALTHY: 1 },
    { start: 3 },
    {
      desktop: {
        ...STOPPED,
        runningMode: 'MANUAL',
        remedies: { start: refusedTwice('OperationInProgressException', startsAs('AVAILABLE')) },
      },
    },
  ),
  'an alarm, and it is stopped: nothing comes of the start': ends(
    'NEEDS_HUMAN',
    { start: 1 },
    { desktop: { ...STOPPED, remedies: { start: [accepted('start', { ignored: true })] } } },
  ),
  'an alarm, and it is stopped: started once a day': ends(
    { RECOVERED: 1, NEEDS_HUMAN: 1 },
    { start: 1, rebuild: 1 },
    {
      desktop: {
        ...STOPPED,
        remedies: { start: [startsAs('UNHEALTHY')] },
        changes: by([180, 'STOPPING'], [182, 'STOPPED']),
      },
      starts: [alarm(), alarm(ID, 200 * MINUTE)],
    },
  ),
  'an alarm, and it is stopped: not to be started': ends(
    'NEEDS_HUMAN',
    {},
    { desktop: STOPPED, parameters: { WakeStopped: 'false' } },
  ),
  'a ticket, and it is stopped': ends('NEEDS_HUMAN', {}, { desktop: STOPPED, starts: hand() }),
  'stopped, and its running mode is ALWAYS_ON': ends('NEEDS_HUMAN', {}, { desktop: { state: 'STOPPED' } }),
  'a rebuild, AVAILABLE, and stopped': ends(
    'RECOVERED',
    { rebuild: 1 },
    {
      desktop: {
        ...AUTO_STOP,
        remedies: { rebuild: [taken([0.3, 'REBUILDING'], [25, 'AVAILABLE'], [27, 'STOPPED'])] },
      },
    },
  ),
  'a rebuild, AVAILABLE, then STOPPING and stopped': ends(
    'RECOVERED',
    { rebuild: 1 },
    {
      desktop: {
        ...AUTO_STOP,
        remedies: {
          rebuild: [taken([0.3, 'REBUILDING'], [25, 'AVAILABLE'], [26.5, 'STOPPING'], [28, 'STOPPED'])],
        },
      },
    },
  ),
  'AVAILABLE, then STOPPING and stopped': ends(
    'ALREADY_HEALTHY',
    {},
    { desktop: { ...AUTO_STOP, state: 'AVAILABLE', changes: by([1, 'STOPPING'], [3, 'STOPPED']) } },
  ),
  'broken, then STOPPING and stopped: started, and well': ends(
    { ALREADY_HEALTHY: 1 },
    { start: 1 },
    {
      desktop: {
        ...AUTO_STOP,
        changes: by([1, 'STOPPING'], [3, 'STOPPED']),
        remedies: { start: [startsAs('AVAILABLE')] },
      },
      starts: hand(),
    },
  ),
  'a rebuild, and stopped: started': ends(
    'RECOVERED',
    { rebuild: 1, start: 1 },
    {
      desktop: {
        ...AUTO_STOP,
        remedies: {
          rebuild: [taken([0.3, 'REBUILDING'], [25, 'STOPPED'])],
          start: [startsAs('AVAILABLE')],
        },
      },
    },
  ),
};

export const STATES: Readonly<Record<string, FieldStory>> = {
  'IMPAIRED for six minutes': ends(
    'ALREADY_HEALTHY',
    {},
    { desktop: { state: 'IMPAIRED', changes: by([6, 'AVAILABLE']) } },
  ),
  'IMPAIRED, and it stays so': ends(
    'NEEDS_HUMAN',
    {},
    { desktop: { state: 'IMPAIRED' }, says: [/IMPAIRED/] },
  ),
  'REBOOTING for an hour, and a reboot helps': ends(
    'RECOVERED',
    { reboot: 1 },
    { ladder: LADDER, desktop: { state: 'REBOOTING', stateSince: HOUR }, starts: hand() },
  ),
  'REBOOTING for an hour, and it is to be rebuilt': ends(
    'RECOVERED',
    { rebuild: 1 },
    { desktop: { state: 'REBOOTING', stateSince: HOUR } },
  ),
  'REBOOTING for an hour, and other busy states may last ten minutes': ends(
    'RECOVERED',
    { rebuild: 1 },
    { desktop: { state: 'REBOOTING', stateSince: HOUR }, parameters: { BusyLimitMinutes: '10' } },
  ),
  'its reboot never ends': ends(
    'RECOVERED',
    { reboot: 1, rebuild: 1 },
    { ladder: LADDER, desktop: { remedies: { reboot: [NEVER_ENDS] } } },
  ),
  'a long reboot of fifteen minutes': ends(
    'ALREADY_HEALTHY',
    {},
    { desktop: { state: 'REBOOTING', changes: by([15, 'AVAILABLE']) } },
  ),
  'ERROR, with a reboot first': ends(
    'RECOVERED',
    { rebuild: 1 },
    { ladder: LADDER, desktop: { state: 'ERROR' } },
  ),
  'MAINTENANCE for five hours': ends(
    'ALREADY_HEALTHY',
    {},
    { desktop: { state: 'MAINTENANCE', changes: by([300, 'AVAILABLE']) } },
  ),
  'MAINTENANCE for a day': ends(
    'NEEDS_HUMAN',
    {},
    { desktop: { state: 'MAINTENANCE' }, says: [/MAINTENANCE/] },
  ),
  'SUSPENDED for an image': ends('NEEDS_HUMAN', {}, { desktop: { state: 'SUSPENDED' }, says: [/image/] }),
  'ERROR with the words of AWS, and no snapshot': ends(
    'NEEDS_HUMAN',
    {},
    {
      desktop: {
        state: 'ERROR',
        snapshots: {},
        errorCode: 'DomainJoinError',
        errorMessage: 'The WorkSpace could not join its domain.',
      },
      says: [/DomainJoinError/, /could not join its domain/],
    },
  ),
};

export const READS: Readonly<Record<string, FieldStory>> = {
  'AVAILABLE for ten seconds': ends(
    'RECOVERED',
    { rebuild: 1 },
    {
      desktop: {
        changes: [
          { after: SECOND, state: 'AVAILABLE' },
          { after: 11 * SECOND, state: 'UNHEALTHY' },
        ],
      },
      starts: [alarm(ID, 5 * SECOND)],
    },
  ),
  'AVAILABLE for half a minute after the rebuild': ends(
    'FAILED',
    { rebuild: 1 },
    {
      desktop: {
        remedies: { rebuild: [taken([0.3, 'REBUILDING'], [25, 'AVAILABLE'], [25.5, 'UNHEALTHY'])] },
      },
    },
  ),
  'AVAILABLE for a minute and a half, then broken': ends(
    'RECOVERED',
    { rebuild: 1 },
    { desktop: { state: 'AVAILABLE', changes: by([1.5, 'UNHEALTHY']) } },
  ),
  'well again, and it stays so': ends('ALREADY_HEALTHY', {}, { desktop: { state: 'AVAILABLE' } }),
};
