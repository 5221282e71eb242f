/** The sample events and inputs, the desktop that they are about, and events like them. */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { accepted, type DesktopSpec } from './desktop.ts';
import type { Start } from './story.ts';

const MINUTE = 60_000;

/** A sample event or input of `test/events`. */
export function sample(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../test/events/${file}`, import.meta.url), 'utf8'));
}

/** The desktop of the sample events: broken, and back 25 minutes after a rebuild starts. */
export function brokenDesktop(changes: Partial<DesktopSpec> = {}): DesktopSpec {
  return {
    workspaceId: 'ws-8kq3zn1yd',
    directoryId: 'd-9067206a1f',
    userName: 'mmajor',
    computerName: 'A-1Q7NB2VKH0XY',
    state: 'UNHEALTHY',
    runningMode: 'ALWAYS_ON',
    remedies: { rebuild: [accepted('rebuild', { startsAfter: 15_000, takes: 25 * MINUTE })] },
    ...changes,
  };
}

const alarmEvent = v.looseObject({
  detail: v.looseObject({ state: v.looseObject({ timestamp: v.string() }) }),
});

/** When an alarm went off, epoch milliseconds. */
export const alarmTimeOf = (event: unknown): number =>
  Date.parse(v.parse(alarmEvent, event).detail.state.timestamp);

const NAMED = /"workspaceId":"(?:\s|\\[rnt])*(?:arn:[^"]*:workspace\/)?(ws-[0-9a-z]{8,63})(?:\s|\\[rnt])*"/i;

/** The WorkSpace that an event or input names under its own key, as id or ARN, if it names one. */
function workspaceNamedIn(input: unknown): string | undefined {
  const [, id] = NAMED.exec(JSON.stringify(input) ?? '') ?? [];
  return id;
}

const wishes = v.looseObject({
  force: v.optional(v.fallback(v.boolean(), false)),
  dryRun: v.optional(v.fallback(v.boolean(), false)),
  override: v.optional(v.fallback(v.array(v.string()), [])),
  ladder: v.optional(v.fallback(v.union([v.string(), v.array(v.string())]), '')),
});

/** What starts the workflow by this event or input; with what a person wishes, as far as that can be read. */
export function startBy(name: string, at: number, via: Start['via'], input: unknown): Start {
  const workspaceId = workspaceNamedIn(input);
  const parsed = v.safeParse(wishes, input);
  const { force, dryRun, override, ladder } = parsed.success && via === 'console' ? parsed.output : {};
  return {
    name,
    at,
    via,
    input,
    ...(workspaceId !== undefined && { workspaceId }),
    ...(force && { force }),
    ...(dryRun && { dryRun }),
    ...(override?.length && { override }),
    ...(ladder?.length && { ladder: [ladder].flat().join(',') }),
  };
}

/** The same, of somebody's own. */
export const ownStart = (...given: Parameters<typeof startBy>): Start => ({
  ...startBy(...given),
  unforeseen: true,
});
