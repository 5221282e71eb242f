/** The main paths, each with known faults or none. */

import { type Answer, accepted, type Course, type DesktopSpec, refused } from './desktop.ts';
import { brokenDesktop } from './samples.ts';
import { alarmAt, byHand, named, type Start } from './starts.ts';
import type { Story } from './story.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
export const NOON = Date.parse('2026-11-02T12:00:00.000Z');

const alarm = (workspaceId: string, at: number, more: Parameters<typeof alarmAt>[3] = {}): Start =>
  alarmAt(NOON, workspaceId, at, more);

/** What is asked for ends between the first look and the second. */
const TAKES = 110 * SECOND;

const ID = 'ws-8kq3zn1yd';

/** The main paths, each without any fault. */
export const PATHS: Readonly<Record<string, () => Story>> = {
  recovered: () => path('RECOVERED', [brokenDesktop(rebuilt({ takes: TAKES }))], [alarm(ID, 0)]),
  'already healthy': () => path('ALREADY_HEALTHY', [brokenDesktop({ state: 'AVAILABLE' })], [alarm(ID, 0)]),
  refused: () =>
    path(
      'FAILED',
      [brokenDesktop({ remedies: { rebuild: [refused('OperationNotSupported', 'No image.')] } })],
      [alarm(ID, 0)],
    ),
  'refused for now': () =>
    path(
      'RECOVERED',
      [
        brokenDesktop({
          remedies: {
            rebuild: [refused('ThrottlingException', 'Rate exceeded'), ...rebuild({ takes: TAKES })],
          },
        }),
      ],
      [alarm(ID, 0)],
    ),
  'fails again': () =>
    path(
      'FAILED',
      [brokenDesktop(rebuilt({ takes: TAKES, endsIn: 'ERROR' }))],
      [alarm(ID, 0, { kind: 'contributor' })],
    ),
  'never starts': () =>
    path('FAILED', [brokenDesktop(rebuilt({ ignored: true }))], [byHand(ID, 0)], {
      MaxAttempts: '2',
      NotStartedMinutes: '5',
    }),
  'a second alarm': () =>
    path(
      'RECOVERED',
      [brokenDesktop(rebuilt({ takes: TAKES }))],
      [alarm(ID, 0), alarm(ID, 40 * SECOND, { kind: 'contributor' })],
    ),
  'a late alarm': () =>
    path(
      'RECOVERED',
      // Delivered three hours late, when the WorkSpace is UNHEALTHY for another reason.
      [brokenDesktop(rebuilt({ takes: TAKES, steps: [{ after: 2 * HOUR, state: 'UNHEALTHY' }] }))],
      [alarm(ID, 0), alarm(ID, 3 * HOUR, { alarmTime: NOON + 5 * SECOND })],
      { CooldownHours: '1' },
    ),
  // Stopped while Act is at work. The person is quick: what the stopped execution has under way is not over yet.
  'stopped and started again': () =>
    path(
      'RECOVERED',
      [
        brokenDesktop({
          remedies: {
            rebuild: [refused('ThrottlingException', 'Rate exceeded'), ...rebuild({ takes: TAKES })],
          },
        }),
      ],
      [alarm(ID, 0, { stopAfter: 301_480 }), byHand(ID, 303 * SECOND, { override: ['cooldown'] })],
    ),
  paused: () => ({
    ...path('SKIPPED', [brokenDesktop()], [alarm(ID, 0)]),
    mode: [{ at: 0, value: 'paused' }],
  }),
  'window opens': () =>
    path(
      'RECOVERED',
      [
        brokenDesktop({
          ...rebuilt({ takes: TAKES }),
          tags: tagged({ Window: 'Daily 13:00-15:00 UTC' }),
        }),
      ],
      [alarm(ID, 0)],
    ),
  'malformed tag': () =>
    path('NEEDS_HUMAN', [brokenDesktop({ tags: tagged({ Ladder: 'reformat' }) })], [alarm(ID, 0)]),
  'heals by itself': () =>
    path(
      'ALREADY_HEALTHY',
      [brokenDesktop({ changes: [{ after: 100 * SECOND, state: 'AVAILABLE' }] })],
      [alarm(ID, 0)],
    ),
  'a small storm': () => ({
    ...path(
      'NEEDS_HUMAN',
      [brokenDesktop(), brokenDesktop({ workspaceId: 'ws-0second00' })],
      [alarm(ID, 0), alarm('ws-0second00', 5 * SECOND)],
    ),
    healthy: { [brokenDesktop().directoryId]: 3 },
  }),
  'broken again': () =>
    path(
      'RECOVERED',
      [brokenDesktop(rebuilt({ takes: TAKES, steps: [{ after: HOUR, state: 'UNHEALTHY' }] }))],
      [alarm(ID, 0), alarm(ID, 2 * HOUR)],
    ),
  'no snapshot': () => path('NEEDS_HUMAN', [brokenDesktop({ snapshots: {} })], [alarm(ID, 0)]),
  'key disabled': () =>
    path('NEEDS_HUMAN', [brokenDesktop({ volumeKey: { state: 'Disabled' } })], [alarm(ID, 0)]),
  'joined to Entra': () => ({
    ...path('NEEDS_HUMAN', [brokenDesktop()], [alarm(ID, 0)]),
    directories: { [brokenDesktop().directoryId]: { identity: 'entra' } },
  }),
  'a snapshot is due': () =>
    path(
      'RECOVERED',
      [brokenDesktop({ ...rebuilt({ takes: TAKES }), snapshots: { rebuild: [11.9 * HOUR] } })],
      [alarm(ID, 0)],
      { WaitForSnapshotMinutes: '10' },
    ),
  'somebody works on it': () =>
    path(
      'RECOVERED',
      [brokenDesktop({ ...rebuilt({ takes: TAKES }), connected: [{ from: -HOUR, to: 5 * MINUTE }] })],
      [alarm(ID, 0)],
    ),
  'one at a time': () =>
    path(
      'RECOVERED',
      [
        brokenDesktop(rebuilt({ takes: TAKES })),
        brokenDesktop({ workspaceId: 'ws-0second00', ...rebuilt({ takes: TAKES }) }),
      ],
      [alarm(ID, 0), alarm('ws-0second00', 30 * SECOND)],
      { MaxConcurrentRebuilds: '1' },
    ),
  'a reboot first': () =>
    path(
      'RECOVERED',
      [
        brokenDesktop({
          remedies: {
            rebuild: rebuild({ takes: TAKES }),
            reboot: [accepted('reboot', { startsAfter: 10 * SECOND, takes: TAKES, endsIn: 'UNHEALTHY' })],
          },
        }),
      ],
      [alarm(ID, 0)],
      { Ladder: 'reboot,rebuild' },
    ),
  restored: () =>
    path(
      'RECOVERED',
      [
        brokenDesktop({
          remedies: { restore: [accepted('restore', { startsAfter: 20 * SECOND, takes: TAKES })] },
        }),
      ],
      [alarm(ID, 0)],
      { Ladder: 'restore' },
    ),
  'the whole ladder': () =>
    path(
      'RECOVERED',
      [
        brokenDesktop({
          remedies: {
            reboot: [accepted('reboot', { startsAfter: 10 * SECOND, takes: TAKES, endsIn: 'UNHEALTHY' })],
            restore: [accepted('restore', { startsAfter: 20 * SECOND, takes: TAKES, endsIn: 'UNHEALTHY' })],
            rebuild: rebuild({ takes: TAKES }),
          },
        }),
      ],
      [alarm(ID, 0)],
      { Ladder: 'reboot,restore,rebuild' },
    ),
  'out of scope': () =>
    path('SKIPPED', [brokenDesktop({ tags: { AutoRemediate: 'False' } })], [alarm(ID, 0)]),
  rejected: () =>
    path(
      'REJECTED',
      [brokenDesktop()],
      [{ at: 0, via: 'console', bad: 'rejected', input: { workspaceId: 'ws-NOT_AN_ID' } }],
    ),
  'made by a person': () =>
    path(
      'RECOVERED',
      [
        brokenDesktop({
          changes: [
            { after: -MINUTE, state: 'REBUILDING', byPerson: true },
            { after: 2 * MINUTE, state: 'AVAILABLE', byPerson: true },
          ],
        }),
      ],
      [alarm(ID, 0)],
    ),
};

/** Tags of a WorkSpace in scope, with what is wished for it. */
export const tagged = (wishes: { Window?: string; Ladder?: string }) => ({
  AutoRemediate: 'true',
  ...(wishes.Window !== undefined && { 'AutoRemediate:Window': wishes.Window }),
  ...(wishes.Ladder !== undefined && { 'AutoRemediate:Ladder': wishes.Ladder }),
});

/** What every rebuild does. */
function rebuild(course: Course): Answer[] {
  return [accepted('rebuild', { startsAfter: 20 * SECOND, ...course })];
}

export const rebuilt = (course: Course): Pick<DesktopSpec, 'remedies'> => ({
  remedies: { rebuild: rebuild(course) },
});

/** So many that are always well in each directory of the desktops. */
export const healthyBeside = (desktops: DesktopSpec[], count: number): Story['healthy'] =>
  Object.fromEntries(desktops.map(({ directoryId }) => [directoryId, count]));

function path(
  expected: string,
  desktops: DesktopSpec[],
  starts: Start[],
  parameters: Record<string, string> = {},
): Story {
  return {
    title: '',
    at: NOON,
    seed: 1,
    desktops,
    healthy: healthyBeside(desktops, 20),
    stopped: {},
    starts: named(starts),
    faults: [],
    expected,
    parameters,
  };
}
