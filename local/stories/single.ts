/** Stories of one incident: an alarm or a start by hand for the desktop of the sample events. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { accepted, type Course, type DesktopSpec } from './desktop.ts';
import { alarmTimeOf, brokenDesktop, sample, startBy } from './samples.ts';
import { START, type Start, type Story } from './story.ts';

/** A name as EventBridge gives one to an execution. */
const EXECUTION = 'c4c1c1c9-6542-e61b-6ef0-8c4d36933a92';

/** Beside the desktop of the sample events. */
const BESIDE = { 'd-9067206a1f': 40 };

type Told = Partial<Omit<Story, 'title' | 'starts'>> & { stopAfter?: number };

function single(title: string, start: Start, { stopAfter, ...more }: Told): Story {
  return {
    title,
    at: START,
    seed: 1,
    parameters: {},
    desktops: [brokenDesktop()],
    healthy: BESIDE,
    stopped: {},
    faults: [],
    ...more,
    starts: [{ ...start, ...(stopAfter !== undefined && { stopAfter }) }],
  };
}

/** Begins with an alarm, a sample of `test/events`. */
export function byAlarm(title: string, more: Told = {}, file = 'alarm-workspace.json'): Story {
  const event = sample(file);
  const start = startBy(EXECUTION, 0, 'bus', event);
  return single(title, { ...start, alarmTime: alarmTimeOf(event) }, more);
}

/** Begins with a start by hand. */
export function byHand(title: string, more: Told & { input?: unknown; bad?: Start['bad'] } = {}): Story {
  const { input = sample('manual.json'), bad, ...rest } = more;
  const start = startBy(EXECUTION, 0, 'console', input);
  return single(title, { ...start, ...(bad && { bad }) }, rest);
}

/** What every rebuild does. */
export const rebuilt = (course: Course): Pick<DesktopSpec, 'remedies'> => ({
  remedies: { rebuild: [accepted('rebuild', { startsAfter: 15_000, takes: 25 * 60_000, ...course })] },
});

/** What the table knows of a WorkSpace: its lease, its attempts, what was done to it. */
export const known = (
  workspaceId: string,
  more: Record<string, AttributeValue>,
): Record<string, AttributeValue> => ({
  id: { S: `WORKSPACE#${workspaceId}` },
  ...more,
});
