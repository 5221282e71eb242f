import { readFileSync } from 'node:fs';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { RunOptions } from './lab.ts';
import { accepted, type Course, type DesktopSpec, refused } from './stories/desktop.ts';

/** One story that the lab can play. */
export interface Scenario {
  about: string;
  /** File of the event or input, beneath `test/events`; an event goes on the bus. */
  file: string;
  options: Omit<RunOptions, 'input' | 'viaBus'>;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** What a rebuild does. */
const rebuilt = (course: Course): Pick<DesktopSpec, 'remedies'> => ({
  remedies: { rebuild: [accepted('rebuild', { startsAfter: 15_000, takes: 25 * MINUTE, ...course })] },
});

/** The desktop of the sample events: broken, and back 25 minutes after a rebuild starts. */
export function brokenDesktop(changes: Partial<DesktopSpec> = {}): DesktopSpec {
  return {
    workspaceId: 'ws-8kq3zn1yd',
    directoryId: 'd-9067206a1f',
    userName: 'mmajor',
    computerName: 'A-1Q7NB2VKH0XY',
    state: 'UNHEALTHY',
    runningMode: 'ALWAYS_ON',
    ...rebuilt({}),
    ...changes,
  };
}

/** An incident of this WorkSpace ended in a rebuild then. */
function rebuiltBefore(...times: string[]): NonNullable<RunOptions['prepare']> {
  return async (table, TableName) => {
    const Item = {
      id: { S: 'WORKSPACE#ws-8kq3zn1yd' },
      fence: { N: '1' },
      lastAttempt: { N: '0' },
      rebuilds: { SS: times },
    };
    await table.send(new PutItemCommand({ TableName, Item }));
  };
}

/** Other executions have their turn, and their leases. */
function othersAtWork(workspaceIds: string[]): NonNullable<RunOptions['prepare']> {
  return async (table, TableName) => {
    const permits = workspaceIds.map((workspaceId) => ({
      workspaceId,
      executionId: `execution-${workspaceId}`,
    }));
    const turns = { S: JSON.stringify({ permits, waiting: [] }) };
    await table.send(
      new PutItemCommand({ TableName, Item: { id: { S: 'TURNS' }, version: { N: '1' }, turns } }),
    );
    for (const { workspaceId, executionId } of permits) {
      const Item = {
        id: { S: `WORKSPACE#${workspaceId}` },
        holder: { S: executionId },
        leaseUntil: { N: '1999999999' },
      };
      await table.send(new PutItemCommand({ TableName, Item }));
    }
  };
}

export const SCENARIOS = {
  rebuild: {
    about: 'an alarm, a rebuild, AVAILABLE again',
    file: 'alarm-workspace.json',
    options: { desktops: [brokenDesktop()] },
  },
  'already-healthy': {
    about: 'the desktop has healed before anybody looked',
    file: 'alarm-workspace.json',
    options: { desktops: [brokenDesktop({ state: 'AVAILABLE' })] },
  },
  contributor: {
    about: 'the fleet alarm names one WorkSpace as its contributor',
    file: 'alarm-contributor.json',
    options: { desktops: [brokenDesktop()] },
  },
  manual: {
    about: 'a person starts the workflow by hand',
    file: 'manual.json',
    options: { desktops: [brokenDesktop()] },
  },
  'rebuild-refused': {
    about: 'AWS refuses the rebuild for good',
    file: 'alarm-workspace.json',
    options: {
      desktops: [
        brokenDesktop({
          remedies: {
            rebuild: [refused('OperationNotSupported', 'The image of this WorkSpace no longer exists.')],
          },
        }),
      ],
    },
  },
  'rebuild-fails': {
    about: 'the rebuild ends with the desktop broken still',
    file: 'alarm-workspace.json',
    options: {
      desktops: [brokenDesktop(rebuilt({ takes: 20 * MINUTE, endsIn: 'UNHEALTHY' }))],
    },
  },
  'never-finishes': {
    about: 'the rebuild is still under way at the deadline',
    file: 'alarm-workspace.json',
    options: {
      desktops: [brokenDesktop(rebuilt({ takes: Number.POSITIVE_INFINITY }))],
    },
  },
  throttled: {
    about: 'AWS throttles every second call and refuses the first rebuild for now',
    file: 'alarm-workspace.json',
    options: {
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
      throttle: (operation, number) => operation === 'DescribeWorkspaces' && number % 2 === 1,
    },
  },
  aborted: {
    about: 'a person stops the execution while the rebuild is under way',
    file: 'alarm-workspace.json',
    options: { desktops: [brokenDesktop()], abortAfter: 10 * MINUTE },
  },
  'out-of-scope': {
    about: 'the desktop is not tagged for automatic remediation',
    file: 'alarm-workspace.json',
    options: { desktops: [brokenDesktop({ tags: { CostCenter: '4711' } })] },
  },
  paused: {
    about: 'the service is paused: nothing new starts',
    file: 'alarm-workspace.json',
    options: { desktops: [brokenDesktop()], mode: 'paused' },
  },
  'dry-run': {
    about: 'the mode is dry-run: it says what it would do',
    file: 'alarm-workspace.json',
    options: { desktops: [brokenDesktop()], mode: 'dry-run' },
  },
  'mode-unknown': {
    about: 'the mode is none that the service knows',
    file: 'alarm-workspace.json',
    options: { desktops: [brokenDesktop()], mode: 'off' },
  },
  storm: {
    about: 'too much of the directory is broken: a fault of something else',
    file: 'alarm-workspace.json',
    options: {
      desktops: Array.from({ length: 16 }, (_, index) =>
        index === 0 ? brokenDesktop() : brokenDesktop({ workspaceId: `ws-storm${1000 + index}` }),
      ),
    },
  },
  cooldown: {
    about: 'it was rebuilt yesterday evening, and that did not last',
    file: 'alarm-workspace.json',
    options: { desktops: [brokenDesktop()], prepare: rebuiltBefore('2026-11-01T20:00:00.000Z') },
  },
  'old-snapshot': {
    about: 'a rebuild would take its user back by three days',
    file: 'alarm-workspace.json',
    options: { desktops: [brokenDesktop({ snapshots: { rebuild: [72 * HOUR, 90 * HOUR] } })] },
  },
  connected: {
    about: 'somebody is working on it, and leaves after half an hour',
    file: 'alarm-workspace.json',
    options: { desktops: [brokenDesktop({ connected: [{ from: -HOUR, to: 30 * MINUTE }] })] },
  },
  flapping: {
    about: 'it is broken for a minute only',
    file: 'alarm-workspace.json',
    options: { desktops: [brokenDesktop({ changes: [{ after: MINUTE, state: 'AVAILABLE' }] })] },
  },
  window: {
    about: 'its maintenance window opens in the evening',
    file: 'alarm-workspace.json',
    options: {
      desktops: [
        brokenDesktop({
          tags: { AutoRemediate: 'true', 'AutoRemediate:Window': 'Mon-Fri 20:00-06:00 Europe/Berlin' },
        }),
      ],
    },
  },
  'malformed-tag': {
    about: 'its tag for the ladder is none',
    file: 'alarm-workspace.json',
    options: {
      desktops: [brokenDesktop({ tags: { AutoRemediate: 'true', 'AutoRemediate:Ladder': 'reformat' } })],
    },
  },
  ladder: {
    about: 'a reboot does not help, there is nothing to restore, a rebuild heals it',
    file: 'alarm-workspace.json',
    options: {
      parameters: { Ladder: 'reboot,restore,rebuild' },
      desktops: [
        brokenDesktop({
          remedies: { reboot: [accepted('reboot', { takes: 4 * MINUTE, endsIn: 'UNHEALTHY' })] },
          snapshots: { rebuild: [3 * HOUR] },
        }),
      ],
    },
  },
  turn: {
    about: 'as many others as may be are being healed, and none of them gets well',
    file: 'alarm-workspace.json',
    options: {
      parameters: { MaxConcurrentRebuilds: '2', TurnLimitMinutes: '30' },
      desktops: [brokenDesktop()],
      prepare: othersAtWork(['ws-0first0000', 'ws-0second000']),
    },
  },
  'unknown-workspace': {
    about: 'the alarm names a WorkSpace that does not exist any more',
    file: 'alarm-workspace.json',
    options: { desktops: [brokenDesktop({ workspaceId: 'ws-0somebodyelse' })] },
  },
} satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof SCENARIOS;

export const isScenarioName = (name: string): name is ScenarioName => Object.hasOwn(SCENARIOS, name);

/** A sample event or input of `test/events`. */
export function sample(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`../test/events/${file}`, import.meta.url), 'utf8'));
}
