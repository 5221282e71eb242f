/** A story that was played, told to a person. */
import { duration } from '../../functions/text.ts';
import { describeStart, type Violation } from '../simulation/judge/judge.ts';
import { storyText } from '../simulation/tell.ts';
import type { Trace } from '../simulation/trace.ts';
import type { Summary } from './summary.ts';

/** Of so many desktops each step is told; of more, only what came of them. */
const TOLD_ONE_BY_ONE = 3;
/** Longest list of messages, and of violations. */
const LISTED = 20;

export function account(trace: Trace, violations: Violation[], summary: Summary): string {
  const { story, startedAt, endedAt } = trace;
  const isShort = story.desktops.length <= TOLD_ONE_BY_ONE;
  const took = duration((endedAt - startedAt) / 1000);
  return [
    ...(isShort ? [storyText(trace, violations)] : [`${story.title}: ${story.desktops.length} WorkSpaces`]),
    ...messages(trace, isShort),
    ...(isShort ? [] : broken(violations)),
    '',
    outcomes(trace, summary),
    `In ${took}: ${calls(summary)}; ${summary.notifications} message(s), ${summary.violations} violation(s).`,
    `${summary.apiCalls} calls to WorkSpaces, ${summary.throttled} throttled, at most ${summary.peakPerSecond} within a second.`,
  ].join('\n');
}

function outcomes({ happenings }: Trace, summary: Summary): string {
  const counted = Object.entries(summary.outcomes).map(([name, count]) => `${name} ${count}`);
  if (counted.length > 0) return counted.join(', ');
  const unmatched = happenings.flatMap((one) => (one.kind === 'unmatched' ? [describeStart(one.start)] : []));
  return unmatched.length > 0 ? `No rule matched: ${unmatched.join(', ')}` : 'Nothing was started.';
}

const calls = ({ calls: made }: Summary) =>
  Object.entries(made)
    .map(([kind, count]) => `${kind} ${count}`)
    .join(', ');

function messages({ happenings, startedAt }: Trace, isWhole: boolean): string[] {
  const published = happenings.flatMap((one) => (one.kind === 'published' ? [one] : []));
  const listed = published
    .slice(0, LISTED)
    .flatMap(({ at, subject, message }) => [
      `  after ${duration((at - startedAt) / 1000)}: ${subject}`,
      ...(isWhole ? message.split('\n').map((line) => `    | ${line}`) : []),
    ]);
  return published.length === 0 ? [] : ['', 'Messages:', ...listed, ...andMore(published.length)];
}

const broken = (violations: Violation[]): string[] => [
  ...violations.slice(0, LISTED).map(({ promise, what }) => `!! ${promise}: ${what}`),
  ...andMore(violations.length),
];

const andMore = (count: number): string[] => (count > LISTED ? [`  and ${count - LISTED} more`] : []);
