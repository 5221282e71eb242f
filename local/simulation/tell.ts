/** What a simulation tells: a violation's shortest story, and the table of faults that were tried. */

import type { Story } from '../stories/story.ts';
import { BATCH_FAULTS, faultText, READ_FAULTS, SERVICE_FAULTS, TASK_FAULTS } from './faults.ts';
import { describeStart, type Violation } from './judge/judge.ts';
import { verdict } from './judge/known.ts';
import type { Happening, Trace } from './trace.ts';

/** Plays a story; so that a proof of the simulation can play it its own way. */
export type Play = (story: Story) => Promise<Trace>;

/** The shortest story found that still breaks the same promise: faults, starts and WorkSpaces taken out one by one. */
export async function shorten(trace: Trace, violation: Violation, play: Play): Promise<Trace> {
  let shortest = trace;
  const faults = trace.happenings.flatMap((one) => (one.kind === 'fault' ? [one.fault] : []));
  const breaks = async (story: Story) => {
    const played = await play(story);
    if (!verdict(played).violations.some(({ promise }) => promise === violation.promise)) return false;
    shortest = played;
    return true;
  };
  let story: Story = { ...trace.story, faults };
  if (!(await breaks(story))) return trace;
  const thin = async (key: 'faults' | 'starts' | 'desktops') => {
    const lengthOf = () => (Array.isArray(story[key]) ? story[key].length : 0);
    // By halves, so that a fleet is soon a few.
    for (let size = Math.ceil(lengthOf() / 2); size >= 1; size = Math.floor(size / 2)) {
      for (let index = lengthOf() - size; index >= 0; index -= size) {
        const list: unknown = story[key];
        if (!Array.isArray(list)) return;
        const fewer: Story = { ...story, [key]: list.toSpliced(index, size) };
        if (await breaks(fewer)) story = fewer;
      }
    }
  };
  // Without its desktop a main path ends otherwise for that reason alone.
  if (story.expected === undefined) await thin('desktops');
  await thin('starts');
  await thin('faults');
  return shortest;
}

/** A story to read, with what reached the services. */
export function storyText(trace: Trace, violations: Violation[], replay?: string): string {
  const { story, startedAt } = trace;
  const clock = (at: number) => `+${((at - startedAt) / 1000).toFixed(1)} s`.padStart(12);
  const lines = trace.happenings.flatMap((one) => {
    const words = wordsFor(one);
    return words === undefined ? [] : [{ at: one.at, text: words }];
  });
  const states = [...trace.histories].flatMap(([id, history]) =>
    history.map(({ at, state }) => ({ at, text: `   ${id} is ${state}` })),
  );
  const broken = violations.map(({ at, promise, what }) => ({ at, text: `!! ${promise}: ${what}` }));
  return [
    `${story.title}: ${violations.length} violation(s)`,
    ...[...lines, ...states, ...broken]
      .sort((one, other) => one.at - other.at)
      .map(({ at, text }) => `${clock(at)}  ${text}`),
    ...(replay === undefined ? [] : [`Replay: ${replay}`]),
  ].join('\n');
}

function wordsFor(one: Happening): string | undefined {
  switch (one.kind) {
    case 'started':
      return `${one.execution} starts: ${describeStart(one.start)}`;
    case 'ended':
      return `${one.execution} ends ${one.status}${one.outcome ? `: ${one.outcome}` : ''}`;
    case 'fault':
      return `-- fault at ${faultText(one.fault)}`;
    case 'request':
      return one.call.includes('WorkSpaces') ? `   ${one.execution} ${one.call} (${one.id})` : undefined;
    case 'answer':
      return one.state || one.error || one.refused
        ? `   answer to ${one.id}: ${one.error ?? one.state ?? 'refused'}`
        : undefined;
    case 'published':
      return `   SNS: ${one.subject}`;
    case 'dead-letter':
      return `   dead-letter queue: the end of ${one.about}`;
    case 'redriven':
      return `${one.execution} is redriven`;
    case 'lost-alarm':
      return `   an alarm is lost: ${describeStart(one.start)}`;
    case 'unmatched':
      return `   no rule matches: ${describeStart(one.start)}`;
    default:
      return undefined;
  }
}

const CALLERS = ['intake', 'check', 'act', 'poll', 'close', 'net', 'sns'] as const;

/** How many faults of each kind hit calls of each caller: `stale check`, say. */
export function faultCounts({ happenings }: Trace): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const one of happenings) {
    if (one.kind !== 'fault') continue;
    const caller = CALLERS.find((name) => one.fault.site.call.startsWith(name));
    const key = `${one.fault.kind} ${caller}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

/** The table of faults, from what `faultCounts` gave. */
export function faultTable(counts: Record<string, number>): string {
  const meanings: Record<string, string> = {
    ...TASK_FAULTS,
    ...READ_FAULTS,
    ...BATCH_FAULTS,
    ...SERVICE_FAULTS,
  };
  const cell = (value: string | number) => String(value).padStart(8);
  return [
    `${'fault'.padEnd(15)}${CALLERS.map(cell).join('')}`,
    ...Object.keys(meanings).map(
      (kind) =>
        `${kind.padEnd(15)}${CALLERS.map((caller) => cell(counts[`${kind} ${caller}`] ?? '')).join('')}`,
    ),
  ].join('\n');
}
