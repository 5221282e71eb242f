/** What lies around a WorkSpace: its key, its directory, the services of AWS, and people who insist. */
import { brokenDesktop } from '../samples.ts';
import type { Outage, Story } from '../story.ts';
import {
  AUTO_STOP,
  alarm,
  by,
  DIRECTORY,
  ends,
  type FieldStory,
  HOUR,
  hand,
  LADDER,
  MINUTE,
  SECOND,
  STOPPED,
  taken,
} from './words.ts';

export const DANGERS: Readonly<Record<string, FieldStory>> = {
  ...Object.fromEntries(
    (['Disabled', 'PendingDeletion', 'AccessDenied'] as const).map((state): [string, FieldStory] => [
      `the key of its volumes: ${state}`,
      ends('NEEDS_HUMAN', {}, { desktop: { volumeKey: { state } }, says: [/Guard volume-key/] }),
    ]),
  ),
  'the key of its volumes: Enabled': ends(
    'RECOVERED',
    { rebuild: 1 },
    { desktop: { volumeKey: { state: 'Enabled' } } },
  ),
  'the key of its volumes is disabled, and a reboot helps': ends(
    'RECOVERED',
    { reboot: 1 },
    { ladder: LADDER, desktop: { volumeKey: { state: 'Disabled' } } },
  ),
  'joined to Entra: restored': ends(
    'RECOVERED',
    { restore: 1 },
    { ladder: 'restore,rebuild', directories: { [DIRECTORY]: { identity: 'entra' } } },
  ),
  'joined to Entra, and only a rebuild is allowed': ends(
    'NEEDS_HUMAN',
    {},
    { directories: { [DIRECTORY]: { identity: 'entra' } }, says: [/Guard identity/] },
  ),
  'joined to Entra, and a person insists': ends(
    'RECOVERED',
    { rebuild: 1 },
    { directories: { [DIRECTORY]: { identity: 'entra' } }, starts: hand({ override: ['identity'] }) },
  ),
  'the next snapshot is due in half an hour': ends(
    'RECOVERED',
    { rebuild: 1 },
    {
      parameters: { WaitForSnapshotMinutes: '60' },
      desktop: { snapshots: { rebuild: [11.5 * HOUR] } },
    },
  ),
  'no rebuild helps in a directory': ends(
    { FAILED: 3, NEEDS_HUMAN: 3 },
    { rebuild: 3 },
    {
      healthy: { [DIRECTORY]: 400 },
      desktops: Array.from({ length: 6 }, (_, index) =>
        brokenDesktop({
          workspaceId: `ws-0futile0${index}`,
          state: 'AVAILABLE',
          changes: by([index * 60, 'UNHEALTHY']),
          remedies: { rebuild: [taken([0.3, 'REBUILDING'], [25, 'UNHEALTHY'])] },
        }),
      ),
      starts: Array.from({ length: 6 }, (_, index) => alarm(`ws-0futile0${index}`, index * HOUR + MINUTE)),
      says: [/Guard futile/],
    },
  ),
};

const another = { workspaceId: 'ws-0night0001', userName: 'njones' };

export const DIRECTORIES: Readonly<Record<string, FieldStory>> = {
  'tagged autoremediate = false, and all are in scope': ends(
    'SKIPPED',
    {},
    { desktop: { tags: { autoremediate: 'false' } }, parameters: { Scope: 'all' } },
  ),
  'the only one of its directory, in ERROR': ends(
    'RECOVERED',
    { rebuild: 1 },
    { healthy: {}, desktop: { state: 'ERROR' } },
  ),
  'at night 47 of 50 are stopped, and two of the others are broken': ends(
    { RECOVERED: 2 },
    { rebuild: 2 },
    {
      healthy: { [DIRECTORY]: 1 },
      stopped: { [DIRECTORY]: 47 },
      desktops: [brokenDesktop(AUTO_STOP), brokenDesktop({ ...AUTO_STOP, ...another })],
      starts: [alarm(), alarm(another.workspaceId, 20 * SECOND)],
    },
  ),
  'two of three are broken, and none is stopped': ends(
    { NEEDS_HUMAN: 2 },
    {},
    {
      healthy: { [DIRECTORY]: 1 },
      desktops: [brokenDesktop(), brokenDesktop(another)],
      starts: [alarm(), alarm(another.workspaceId, 20 * SECOND)],
      says: [/Guard storm/],
    },
  ),
  'all places are taken by one that was stopped': ends(
    { FAILED: 1, RECOVERED: 1 },
    { rebuild: 2 },
    {
      parameters: { MaxConcurrentRebuilds: '1' },
      desktops: [brokenDesktop(), brokenDesktop(another)],
      starts: [{ ...alarm(), stopAfter: 10 * MINUTE }, alarm(another.workspaceId, MINUTE)],
    },
  ),
};

const away = (
  service: Outage['service'],
  from: number,
  to: number,
  how: Outage['how'],
): Pick<Story, 'outages'> => ({
  outages: [{ service, from: from * MINUTE, to: to * MINUTE, how }],
});

export const OUTAGES: Readonly<Record<string, FieldStory>> = {
  'WorkSpaces answers 500 for twenty minutes from the start': ends(
    'RECOVERED',
    { rebuild: 1 },
    away('WorkSpaces', 0, 20, 'error'),
  ),
  'WorkSpaces throttles everything for an hour while the rebuild is under way': ends(
    'RECOVERED',
    { rebuild: 1 },
    away('WorkSpaces', 6, 66, 'throttled'),
  ),
  'SNS is away for an hour when there is something to tell': ends(
    'NEEDS_HUMAN',
    {},
    { ...away('SNS', -1, 60, 'error'), desktop: { snapshots: {} }, says: [/Guard snapshot-age/] },
  ),
  'WorkSpaces does not answer for three hours': ends(
    'RECOVERED',
    { rebuild: 1 },
    away('WorkSpaces', 6, 186, 'silent'),
  ),
  ...Object.fromEntries(
    (['DynamoDB', 'SSM', 'CloudWatch', 'StepFunctions', 'Lambda', 'KMS'] as const).flatMap((service) =>
      ([-1, 6] as const).map((from): [string, FieldStory] => [
        `${service} is away for half an hour, ${from < 0 ? 'from the start' : 'while the rebuild is under way'}`,
        ends(
          'RECOVERED',
          { rebuild: 1 },
          { ...away(service, from, from + 30, 'error'), desktop: { volumeKey: { state: 'Enabled' } } },
        ),
      ]),
    ),
  ),
};

const forced = { force: true };

export const FORCED: Readonly<Record<string, FieldStory>> = {
  'a person insists while it is STOPPED': ends(
    'RECOVERED',
    { rebuild: 1 },
    { desktop: STOPPED, starts: hand(forced) },
  ),
  'a person insists while it is REBOOTING': ends(
    'RECOVERED',
    { rebuild: 1 },
    { desktop: { state: 'REBOOTING' }, starts: hand(forced) },
  ),
  'a person insists while it is AVAILABLE': ends(
    'RECOVERED',
    { rebuild: 1 },
    { desktop: { state: 'AVAILABLE' }, starts: hand(forced) },
  ),
  'a person insists while it is STOPPED, with a reboot first': ends(
    'RECOVERED',
    { rebuild: 1 },
    { ladder: LADDER, desktop: STOPPED, starts: hand(forced) },
  ),
  'a person insists while it is IMPAIRED': ends(
    'NEEDS_HUMAN',
    {},
    { desktop: { state: 'IMPAIRED' }, starts: hand(forced) },
  ),
  'a person insists on a reboot while it is ERROR': ends(
    'NEEDS_HUMAN',
    {},
    { ladder: LADDER, desktop: { state: 'ERROR' }, starts: hand({ ...forced, ladder: 'reboot' }) },
  ),
};
