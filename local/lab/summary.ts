/** What came of a run of the lab, in numbers: the last line of `--json`, and the exit code. */

import { type Case, casesOf } from '../simulation/judge/cases.ts';
import { isProbeName, type Trace } from '../simulation/trace.ts';
import type { RemedyName } from '../stories/desktop.ts';
import type { RunResult } from './lab.ts';

const NEEDS_PEOPLE = ['NEEDS_HUMAN', 'REJECTED', 'FAILED'];

const OPERATIONS: Readonly<Record<RemedyName, string>> = {
  reboot: 'RebootWorkspaces',
  restore: 'RestoreWorkspace',
  rebuild: 'RebuildWorkspaces',
  start: 'StartWorkspaces',
};

/** Numbers of every run. */
interface Counts {
  /** Executions but duplicates. */
  incidents: number;
  /** Executions by their outcome, duplicates too. */
  outcomes: Record<string, number>;
  /** Requests that would change a WorkSpace, refused ones too. */
  calls: Record<RemedyName, number>;
  /** Messages on the main topic. */
  notifications: number;
  /** Requests to WorkSpaces, and how many of them it refused for their rate. */
  apiCalls: number;
  throttled: number;
  /** Most requests to WorkSpaces within one second. */
  peakPerSecond: number;
}

/** About the one incident of a run; null where there are more. */
interface OneIncident {
  outcome: string | null;
  workspaceId: string | null;
  executionStatus: string | null;
  rebuildCalls: number | null;
  transitions: number | null;
}

export type Summary = OneIncident & Counts & { violations: number };

/** What a run was, whichever engine played it. */
interface Run {
  executions: { outcome: string; status: string; workspaceId: string | null; transitions: number }[];
  calls: { at: number; operation: string; isThrottled: boolean }[];
  notifications: number;
  /** An event that no rule matched. */
  isUnmatched: boolean;
}

const tally = (names: string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
};

const SECOND = 1_000;

function peak(times: number[]): number {
  let most = 0;
  let from = 0;
  times.forEach((at, index) => {
    while (at - (times[from] ?? at) >= SECOND) from++;
    most = Math.max(most, index - from + 1);
  });
  return most;
}

function summaryOf({ executions, calls, notifications, isUnmatched }: Run): Omit<Summary, 'violations'> {
  const incidents = executions.filter(({ outcome }) => outcome !== 'DUPLICATE');
  const [first, ...more] = incidents.length > 0 ? incidents : executions;
  const one = more.length === 0 ? first : undefined;
  const made = tally(calls.map(({ operation }) => operation));
  const asked = (kind: RemedyName) => made[OPERATIONS[kind]] ?? 0;
  const nothing = { workspaceId: null, executionStatus: null };
  return {
    ...(one
      ? {
          outcome: one.outcome,
          workspaceId: one.workspaceId,
          executionStatus: one.status,
          rebuildCalls: asked('rebuild'),
          transitions: one.transitions,
        }
      : isUnmatched && first === undefined
        ? { outcome: 'NOT_MATCHED', ...nothing, rebuildCalls: 0, transitions: 0 }
        : { outcome: null, ...nothing, rebuildCalls: null, transitions: null }),
    incidents: incidents.length,
    outcomes: tally(executions.map(({ outcome }) => outcome)),
    calls: {
      reboot: asked('reboot'),
      restore: asked('restore'),
      rebuild: asked('rebuild'),
      start: asked('start'),
    },
    notifications,
    apiCalls: calls.length,
    throttled: calls.filter(({ isThrottled }) => isThrottled).length,
    peakPerSecond: peak(calls.map(({ at }) => at).sort((one, other) => one - other)),
  };
}

/** Of the lab's run of one start. Its violations are for the judge to count. */
export function summarise({ status, log, calls, ...result }: RunResult): Omit<Summary, 'violations'> {
  const closing = log.find(({ step }) => step === 'Close' || step === 'Net');
  const named = closing?.workspaceId;
  const execution = {
    outcome: String(closing?.outcome ?? 'FAILED'),
    workspaceId: typeof named === 'string' ? named : null,
    transitions: result.transitions,
  };
  return summaryOf({
    executions: status === null ? [] : [{ ...execution, status }],
    calls: calls.map(({ at, operation, result: answer }) => ({
      at,
      operation,
      isThrottled: answer === THROTTLED,
    })),
    notifications: result.notifications.length,
    isUnmatched: status === null,
  });
}

const THROTTLED = 'ThrottlingException';
const WORKSPACES = ' > WorkSpaces.';

/** What was told and done before the simulation's probes: the story itself. */
export function withoutProbes(trace: Trace): Trace {
  const first = trace.happenings.findIndex((one) => one.kind === 'started' && isProbeName(one.execution));
  if (first < 0) return trace;
  const happenings = trace.happenings.slice(0, first);
  const endedAt = trace.happenings[first]?.at ?? trace.endedAt;
  const histories = [...trace.histories].map(
    ([id, states]) => [id, states.filter(({ at }) => at <= endedAt)] as const,
  );
  return { ...trace, happenings, endedAt, histories: new Map(histories) };
}

/** Of a story that the simulation's world played, without its probes. */
export function summariseTrace(trace: Trace, violations: number): Summary {
  const { happenings, transitions } = trace;
  const cases = [...casesOf(trace).values()];
  const closed = new Map(
    happenings.flatMap((one) =>
      one.kind === 'log' && (one.entry.step === 'Close' || one.entry.step === 'Net') && one.entry.outcome
        ? [[one.entry.execution, String(one.entry.outcome)] as const]
        : [],
    ),
  );
  const executionOf = ({ started, ended }: Case): Run['executions'][number] => ({
    outcome: ended?.outcome ?? closed.get(ended?.arn) ?? 'FAILED',
    status: ended?.status ?? 'RUNNING',
    workspaceId: started.start.workspaceId ?? null,
    transitions: transitions.get(started.execution) ?? 0,
  });
  const answers = new Map(
    happenings.flatMap((one) => (one.kind === 'answer' ? [[one.id, one.error] as const] : [])),
  );
  const summary = summaryOf({
    executions: cases.map(executionOf),
    calls: happenings.flatMap((one) => {
      if (one.kind !== 'request' || !one.call.includes(WORKSPACES)) return [];
      const [, operation = ''] = one.call.split(WORKSPACES);
      return [{ at: one.at, operation, isThrottled: answers.get(one.id) === THROTTLED }];
    }),
    notifications: happenings.filter(({ kind }) => kind === 'published').length,
    isUnmatched: happenings.some(({ kind }) => kind === 'unmatched'),
  });
  return { ...summary, violations };
}

/** Whether something is left for people to do. */
export const needsPeople = ({ outcomes, violations }: Pick<Summary, 'outcomes' | 'violations'>): boolean =>
  violations > 0 || NEEDS_PEOPLE.some((outcome) => (outcomes[outcome] ?? 0) > 0);
