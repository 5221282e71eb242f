/** Rules about what people are told. */
import * as v from 'valibot';
import { type Case, isSetBack, type Of, readsOf } from './cases.ts';
import { type Hit, HOUR, incidents, MINUTE, runOf, tookEffect } from './remedies.ts';
import type { Change, View } from './view.ts';

type Message = Of<'published'> & { by: Case };

/** What was published about how the story's incidents ended, in order. */
function messages(view: View): Message[] {
  const known = incidents(view);
  return view.trace.happenings.flatMap((one) => {
    if (one.kind !== 'published') return [];
    const name = /executions\/details\/\S+:(\S+)/.exec(one.message)?.[1];
    const by = known.find(({ started }) => started.execution === name);
    // What is told before a request leaves is not about the end.
    const isNotice = view.changes.some((change) => change.by === by && change.at > one.at);
    return by && !isNotice ? [{ ...one, by }] : [];
  });
}

/** The line of a message. */
const lineOf = ({ message }: Message, name: string) =>
  message
    .split('\n')
    .find((line) => line.startsWith(`${name}: `))
    ?.slice(name.length + 2);

/** A request leaves so soon after its attempt was claimed; it may be a later run of the step that tells of it. */
const CLAIMED = 5 * MINUTE;
const ATTEMPT = /\b(reboot|restore|rebuild|start), attempt \d+(?:, at (\d{4}-[\d-]+T[\d:.]+Z))?/gi;

/** A message names every request that AWS took, and says from when the data is once it may have been set back. */
export function incomplete(view: View): Hit[] {
  return messages(view).flatMap((message) => {
    // Said when the table cannot be read: true, and better than nothing.
    if (lineOf(message, 'What was tried')?.startsWith('Not known')) return [];
    const done = view.changes.filter(
      (change) =>
        change.by === message.by &&
        (change.effect?.at ?? message.at) < message.at &&
        tookEffect(view, change),
    );
    const missing = unnamed(message, done).map(({ rung }) => `the ${rung}`);
    const isDataLost = done.some((change) => isSetBack(change.rung) && runOf(view, change) !== undefined);
    if (isDataLost && lineOf(message, "The user's data") === undefined) missing.push('from when the data is');
    const name = message.by.started.execution;
    return missing.length > 0
      ? [{ at: message.at, what: `The message about ${name} leaves out ${missing.join(', ')}.` }]
      : [];
  });
}

/** The requests that a message does not name, each by its rung and the time of its attempt. */
function unnamed({ message }: Message, done: Change[]): Change[] {
  const named = [...message.matchAll(ATTEMPT)].map(([, rung = '', time]) => ({
    rung: rung.toLowerCase(),
    at: time === undefined ? undefined : Date.parse(time),
  }));
  return done.filter((change) => {
    const index = named.findIndex(
      ({ rung, at }) => rung === change.rung && (at === undefined || Math.abs(change.at - at) < CLAIMED),
    );
    if (index >= 0) named.splice(index, 1);
    return index < 0;
  });
}

/**
 * What a message calls "last seen" is the newest that a step of the execution has read and returned with, or what Net has
 * read after that.
 */
export function notTheNewest(view: View): Hit[] {
  const returned = new Map<number, number>();
  for (const one of view.trace.happenings) {
    if (one.kind === 'returned' && one.error === null) returned.set(one.id, one.at);
  }
  return messages(view).flatMap((message) => {
    const [, said, time = ''] = /^(\S+) at (\S+)/.exec(lineOf(message, 'Last seen') ?? '') ?? [];
    const end = endBefore(message);
    const own = readsOf(message.by).filter(
      ({ request }) => (returned.get(request.invocation) ?? Number.POSITIVE_INFINITY) <= end,
    );
    const newest = readByNet(view, message) ?? own.at(-1)?.state;
    if (said === undefined || newest === undefined || said === newest) return [];
    if (Date.parse(time) > (own.at(-1)?.at ?? 0) && readByNet(view, message) === undefined) return [];
    const name = message.by.started.execution;
    const what = `The message about ${name} says "last seen ${said}"; it has read ${newest} since.`;
    return [{ at: message.at, what }];
  });
}

/** When its execution ended, of which it tells: one that was redriven ends again. Close tells before the end. */
const endBefore = ({ by, at }: Message): number => by.runs.findLast(({ to }) => to <= at)?.to ?? at;

/** What Net has read of its WorkSpace, just before it told: it looks itself. */
function readByNet({ trace }: View, message: Message): string | undefined {
  const { by, at } = message;
  const end = endBefore(message);
  const asked = new Set<number>();
  let state: string | undefined;
  for (const one of trace.happenings) {
    if (one.at > at) break;
    const isNets = one.kind === 'request' && one.execution === 'net' && one.at >= end;
    if (isNets && one.workspaceId === by.started.start.workspaceId) asked.add(one.id);
    if (one.kind === 'answer' && asked.has(one.id) && one.state) state = one.state;
  }
  return state;
}

const closing = v.object({
  step: v.picklist(['Close', 'Net']),
  outcome: v.string(),
  basis: v.object({ decision: v.optional(v.object({ guard: v.optional(v.string()) })) }),
});

/** Why people were told: how it ended, and which guard held it back. */
function causeOf(view: View, { by, subject }: Message): string {
  const lines = view.log(by.started.execution).map(({ entry }) => v.safeParse(closing, entry));
  const last = lines.findLast(({ success }) => success);
  return last?.success ? `${last.output.outcome} ${last.output.basis.decision?.guard ?? ''}` : subject;
}

/**
 * One cause, one message: while nothing is wrong but the WorkSpace, it is told once an hour at most. One hit per
 * WorkSpace and cause, however often: an alarm that never ends would count by the hundred.
 */
export function toldTwice(view: View): Hit[] {
  if (!view.isCalm) return [];
  const told = new Map<string, number[]>();
  for (const message of messages(view)) {
    const { workspaceId } = message.by.started.start;
    if (workspaceId === undefined) continue;
    // Times and counts in a subject make no other cause.
    const subject = message.subject.replace(/\d+/g, '');
    const key = `${workspaceId}: ${subject}, ${causeOf(view, message).trim()}`;
    told.set(key, [...(told.get(key) ?? []), message.at]);
  }
  return [...told].flatMap(([key, times]) => {
    const again = times.filter((at, index) => at - (times[index - 1] ?? Number.NEGATIVE_INFINITY) < HOUR);
    const [at] = again;
    return at === undefined
      ? []
      : [{ at, what: `${key} was told again within an hour, ${again.length} times.` }];
  });
}
