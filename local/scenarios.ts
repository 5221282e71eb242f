import { readFileSync } from 'node:fs';
import type { RunOptions } from './lab.ts';
import type { DesktopSpec } from './workspaces-server.ts';

/** One story that the lab can play. */
export interface Scenario {
  about: string;
  /** File of the event or input, beneath `test/events`; an event goes on the bus. */
  file: string;
  options: Omit<RunOptions, 'input' | 'viaBus'>;
}

const MINUTE = 60_000;

/** The desktop of the sample events: broken, and back 25 minutes after a rebuild starts. */
export function brokenDesktop(changes: Partial<DesktopSpec> = {}): DesktopSpec {
  return {
    workspaceId: 'ws-8kq3zn1yd',
    directoryId: 'd-9067206a1f',
    userName: 'mmajor',
    computerName: 'A-1Q7NB2VKH0XY',
    state: 'UNHEALTHY',
    runningMode: 'ALWAYS_ON',
    rebuild: { startsAfter: 15_000, takes: 25 * MINUTE, endsIn: 'AVAILABLE' },
    ...changes,
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
          refuseRebuild: {
            code: 'OperationNotSupported',
            message: 'The image of this WorkSpace no longer exists.',
          },
        }),
      ],
    },
  },
  'rebuild-fails': {
    about: 'the rebuild ends with the desktop broken still',
    file: 'alarm-workspace.json',
    options: {
      desktops: [
        brokenDesktop({ rebuild: { startsAfter: 15_000, takes: 20 * MINUTE, endsIn: 'UNHEALTHY' } }),
      ],
    },
  },
  'never-finishes': {
    about: 'the rebuild is still under way at the deadline',
    file: 'alarm-workspace.json',
    options: {
      desktops: [
        brokenDesktop({
          rebuild: { startsAfter: 15_000, takes: Number.POSITIVE_INFINITY, endsIn: 'AVAILABLE' },
        }),
      ],
    },
  },
  throttled: {
    about: 'AWS throttles every second call and refuses the first rebuild for now',
    file: 'alarm-workspace.json',
    options: {
      desktops: [
        brokenDesktop({ refuseRebuild: { code: 'ThrottlingException', message: 'Rate exceeded', times: 1 } }),
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
