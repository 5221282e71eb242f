/**
 * What WorkSpaces do in the field, by public reports, runbooks and AWS's documents, and what must come of each: how its
 * incidents end, and what is asked of AWS.
 */
import { type Answer, accepted, type Change, type DesktopSpec, type RemedyName, refused } from './desktop.ts';
import { tagged } from './paths.ts';
import { brokenDesktop } from './samples.ts';
import { alarmAt, byHand, named, type Start, type Wishes } from './starts.ts';
import { type Outage, START, type Story } from './story.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const { workspaceId: ID, directoryId: DIRECTORY } = brokenDesktop();

export interface FieldStory {
  story: Story;
  /** How many incidents end so. */
  outcomes: Readonly<Record<string, number>>;
  /** Requests to change a WorkSpace, refused ones too; none of a kind that is not named. */
  calls: Readonly<Partial<Record<RemedyName, number>>>;
  /** What people are told, in one message or another. */
  says?: readonly RegExp[];
}

type Wish = Pick<FieldStory, 'says'> &
  Partial<Omit<Story, 'desktops' | 'starts'>> & {
    /** The desktop, where it is another than the broken one. */
    desktop?: Partial<DesktopSpec>;
    desktops?: DesktopSpec[];
    starts?: Start[];
    ladder?: string;
  };

const alarm = (workspaceId = ID, at = 0) => alarmAt(START, workspaceId, at, { kind: 'contributor' });
const hand = (wishes: Wishes = {}, at = 0) => [byHand(ID, at, wishes)];

function ends(
  outcomes: string | FieldStory['outcomes'],
  calls: FieldStory['calls'],
  { says, desktop, desktops = [brokenDesktop(desktop)], starts = [alarm()], ladder, ...more }: Wish = {},
): FieldStory {
  const parameters = { ...(ladder !== undefined && { Ladder: ladder }), ...more.parameters };
  return {
    story: {
      title: '',
      at: START,
      seed: 1,
      healthy: { [DIRECTORY]: 40 },
      stopped: {},
      faults: [],
      ...more,
      desktops,
      starts: named(starts),
      parameters,
    },
    outcomes: typeof outcomes === 'string' ? { [outcomes]: 1 } : outcomes,
    calls,
    ...(says && { says }),
  };
}

/** States after so many minutes, of themselves. */
const by = (...states: [minutes: number, state: string][]): Change[] =>
  states.map(([minutes, state]) => ({ after: minutes * MINUTE, state }));
/** Somebody's doing. */
const bySomebody = (...states: [minutes: number, state: string][]): Change[] =>
  by(...states).map((change) => ({ ...change, byPerson: true }));
/** A request that is taken, with the states that follow, after so many minutes. */
const taken = (...states: [minutes: number, state: string][]): Answer => ({
  accepted: true,
  steps: by(...states),
});

const LADDER = 'reboot,rebuild';
const REBOOTS = accepted('reboot');
const REBUILDS = accepted('rebuild');
const NEVER_ENDS: Answer = taken([0.1, 'REBOOTING']);
/** After its end the health check takes some minutes more. */
const slow = (underWay: string, ended: number, well: number): Answer =>
  taken([0.3, underWay], [ended, 'UNHEALTHY'], [well, 'AVAILABLE']);
const refusal = (code: string) => refused(code, 'Not at this moment.');
const refusedTwice = (code: string, then: Answer): Answer[] => [refusal(code), refusal(code), then];

const away = (
  service: Outage['service'],
  from: number,
  to: number,
  how: Outage['how'],
): Pick<Story, 'outages'> => ({
  outages: [{ service, from: from * MINUTE, to: to * MINUTE, how }],
});

/** Refused for now, and then not any more. */
const REFUSALS: Readonly<Record<string, FieldStory>> = {
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

const SETTLING: Readonly<Record<string, FieldStory>> = {
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

const SOMEBODYS: Readonly<Record<string, FieldStory>> = {
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

const AUTO_STOP = { runningMode: 'AUTO_STOP' } as const;
const STOPPED = { ...AUTO_STOP, state: 'STOPPED' };
const startsAs = (state: string): Answer => taken([0.2, 'STARTING'], [2, state]);

const STOPS: Readonly<Record<string, FieldStory>> = {
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

const STATES: Readonly<Record<string, FieldStory>> = {
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

const READS: Readonly<Record<string, FieldStory>> = {
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

const DANGERS: Readonly<Record<string, FieldStory>> = {
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

const DIRECTORIES: Readonly<Record<string, FieldStory>> = {
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

const OUTAGES: Readonly<Record<string, FieldStory>> = {
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

const FORCED: Readonly<Record<string, FieldStory>> = {
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

export const FIELD: Readonly<Record<string, FieldStory>> = {
  ...REFUSALS,
  ...SETTLING,
  ...SOMEBODYS,
  ...STOPS,
  ...STATES,
  ...READS,
  ...DANGERS,
  ...DIRECTORIES,
  ...OUTAGES,
  ...FORCED,
};
