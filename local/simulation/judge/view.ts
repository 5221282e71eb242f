/** The world of a story as the judge sees it: states, wishes, sessions, and what each execution logged. */

import type { StateChange } from '../../desk/desktop-course.ts';
import type { DesktopSpec, RemedyName } from '../../stories/desktop.ts';
import type { Trace } from '../trace.ts';
import { rungOf } from '../wire.ts';
import { type Case, casesOf, isChange, type Sent } from './cases.ts';

export type Rung = RemedyName;

/** A request that would change a WorkSpace, and whose it is. */
export interface Change extends Sent {
  by: Case;
  at: number;
  rung: Rung;
  workspaceId: string;
}

/** A line of the audit log. */
export interface LogLine {
  at: number;
  entry: Record<string, unknown>;
}

const UNQUIET: ReadonlySet<string> = new Set(['fault', 'outage', 'redriven']);

export class View {
  readonly trace: Trace;
  /** Executions by their name, the simulation's probes too. */
  readonly cases: Map<string, Case>;
  /** Requests that would change a WorkSpace, of all executions, in order. */
  readonly changes: Change[];
  /** No fault was drawn, no service was away, all numbers come in time, and nobody stopped or redrove anything. */
  readonly isCalm: boolean;
  /** Names of executions that people have been told of, by the link at a message's end. */
  readonly tellers: ReadonlySet<string>;
  readonly #desktops: Map<string, DesktopSpec>;
  readonly #logs = new Map<unknown, LogLine[]>();

  constructor(trace: Trace) {
    this.trace = trace;
    this.cases = casesOf(trace);
    this.#desktops = new Map(trace.story.desktops.map((desktop) => [desktop.workspaceId, desktop]));
    this.changes = [...this.cases.values()]
      .flatMap((by) =>
        by.sent.filter(isChange).flatMap((sent): Change[] => {
          const rung = rungOf(sent.request.call);
          const { workspaceId, at } = sent.request;
          return rung && workspaceId ? [{ ...sent, by, at, rung, workspaceId }] : [];
        }),
      )
      .sort((one, other) => one.at - other.at);
    this.tellers = new Set(
      trace.happenings.flatMap((one) =>
        one.kind === 'published' ? [one.message.slice(one.message.lastIndexOf(':') + 1)] : [],
      ),
    );
    this.isCalm =
      !trace.happenings.some(({ kind }) => UNQUIET.has(kind)) &&
      !trace.story.metrics &&
      !trace.story.starts.some(
        ({ stopAfter, redriveAfter }) => stopAfter !== undefined || redriveAfter !== undefined,
      );
    for (const one of trace.happenings) {
      if (one.kind !== 'log') continue;
      const lines = this.#logs.get(one.entry.incidentId) ?? [];
      this.#logs.set(one.entry.incidentId, lines);
      lines.push({ at: one.at, entry: one.entry });
    }
  }

  desktop(workspaceId: string | undefined): DesktopSpec | undefined {
    return workspaceId === undefined ? undefined : this.#desktops.get(workspaceId);
  }

  /** The tags that it has had from one time to another, by keys without regard to case: IAM compares them so. */
  tags(
    { tags = { AutoRemediate: 'true' }, retags = [] }: DesktopSpec,
    from: number,
    to: number,
  ): Record<string, string>[] {
    const { startedAt } = this.trace;
    const all = [{ after: Number.NEGATIVE_INFINITY, tags }, ...retags];
    return all
      .filter(({ after }, index) => {
        const until = all[index + 1]?.after ?? Number.POSITIVE_INFINITY;
        return startedAt + after <= to && startedAt + until > from;
      })
      .map((one) => canonical(one.tags));
  }

  history(workspaceId: string): StateChange[] {
    return this.trace.histories.get(workspaceId) ?? [];
  }

  /** The state at a time; before the first one is known, that one. */
  stateAt(workspaceId: string, at: number): string | undefined {
    const states = this.history(workspaceId);
    return (states.findLast((one) => one.at <= at) ?? states[0])?.state;
  }

  /** What an execution logged, in order. */
  log(execution: string): LogLine[] {
    return this.#logs.get(execution) ?? [];
  }
}

const KEYS: ReadonlyMap<string, string> = new Map(
  ['AutoRemediate', 'AutoRemediate:Window', 'AutoRemediate:Ladder'].map((key) => [key.toLowerCase(), key]),
);

export const canonical = (tags: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [KEYS.get(key.toLowerCase()) ?? key, value]));
