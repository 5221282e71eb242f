/** What starts the workflow: real events of the samples' shapes, about any WorkSpace and of any time, and people. */
import { sample } from './samples.ts';
import type { AlarmKind, Start as NamedStart } from './story.ts';

/** Named once the story has all of its starts. */
export type Start = Omit<NamedStart, 'name'>;

const FILES: Readonly<Record<AlarmKind, string>> = {
  contributor: 'alarm-contributor.json',
  workspace: 'alarm-workspace.json',
};
const SAMPLE_ID = /ws-8kq3zn1yd/g;
const SECOND = 1_000;

const texts = new Map<AlarmKind, string>();

/** The event of an alarm on a WorkSpace that came to `value` at a time, epoch milliseconds. */
export function alarmEvent(
  kind: AlarmKind,
  workspaceId: string,
  alarmTime: number,
  value: 'ALARM' | 'OK' = 'ALARM',
): unknown {
  const text = texts.get(kind) ?? JSON.stringify(sample(FILES[kind]));
  texts.set(kind, text);
  const event: { time: string; detail: { state: { timestamp: string; value: string } } } = JSON.parse(
    text.replace(SAMPLE_ID, workspaceId),
  );
  const time = new Date(alarmTime).toISOString();
  event.time = time.replace(/\.\d+Z/, 'Z');
  event.detail.state.timestamp = time.replace('Z', '+0000');
  event.detail.state.value = value;
  return event;
}

/** An alarm that goes off a second before its event comes, `at` milliseconds after the story's start. */
export function alarmAt(
  startedAt: number,
  workspaceId: string,
  at: number,
  more: Partial<Start> & { kind?: AlarmKind } = {},
): Start {
  const { kind = 'workspace', ...rest } = more;
  const alarmTime = rest.alarmTime ?? startedAt + at - SECOND;
  return {
    at,
    via: 'bus',
    workspaceId,
    alarmTime,
    input: alarmEvent(kind, workspaceId, alarmTime),
    ...rest,
  };
}

export type Wishes = Pick<Start, 'force' | 'dryRun' | 'override' | 'ladder'>;

/** A person starts the workflow in the console. */
export function byHand(workspaceId: string, at: number, wishes: Wishes = {}, reason = 'ticket'): Start {
  const requestedBy = (wishes.force || wishes.override) && { requestedBy: 'ops@example.com' };
  const input = { workspaceId, reason, ...requestedBy, ...wishes };
  return { at, via: 'console', workspaceId, input, ...wishes };
}

export const named = (starts: Start[]): NamedStart[] =>
  starts.map((start, index) => ({ name: `e${index + 1}`, ...start }));
