/** What a simulated story leaves behind: what the services saw, in order. The judge reads nothing else. */
import type { ExecutionStatus } from '../executions-server.ts';
import type { DesktopSpec } from '../workspaces-server.ts';
import type { CallSite, Fault } from './faults.ts';

/** When every story starts, epoch milliseconds. */
export const START = Date.parse('2026-11-02T12:00:00.000Z');

/** Something that starts the workflow; times in milliseconds after the story's start. */
export interface Start {
  /** Of the execution that it starts. */
  name: string;
  at: number;
  /** An event goes on the bus and has to match a rule; a manual input starts an execution. */
  via: 'bus' | 'console';
  input: unknown;
  /** The WorkSpace that it is about, if it names one. */
  workspaceId?: string;
  /** When its alarm went off, epoch milliseconds. */
  alarmTime?: number;
  /** No rule may match it, or the workflow has to reject it. */
  bad?: 'unmatched' | 'rejected';
  force?: boolean;
  dryRun?: boolean;
  /** Guards that a person passes over. */
  override?: string[];
  /** A ladder of its own. */
  ladder?: string;
  /** A person stops the execution so long after its start. */
  stopAfter?: number;
}

export interface Story {
  title: string;
  seed: number;
  desktops: DesktopSpec[];
  starts: Start[];
  /** Parameters of the stack. */
  parameters: Record<string, string>;
  /** What the mode's parameter holds from when on, milliseconds after the start; `null`: it is gone. At first: on. */
  mode?: { at: number; value: string | null }[];
  /** WorkSpaces of every directory that are always well; without any, 20. */
  others?: number;
  /** Faults at known calls, or at a share of all calls. */
  faults: Fault[] | { rate: number };
  /** How the first execution ends where nothing goes wrong; one fault that is no stop must not change it. */
  expected?: string;
}

/** Epoch milliseconds in `at`. */
export type Happening = { at: number } & (
  | { kind: 'started'; execution: string; start: Start }
  | { kind: 'unmatched'; start: Start }
  | {
      kind: 'ended';
      execution: string;
      arn: string;
      status: ExecutionStatus;
      outcome: string | null;
      error: string | null;
    }
  | { kind: 'invoked'; execution: string; artifact: string; id: number }
  | { kind: 'returned'; execution: string; id: number; artifact: string; error: string | null }
  /** A request left a function. */
  | {
      kind: 'request';
      execution: string;
      invocation: number;
      call: string;
      id: number;
      workspaceId: string | null;
    }
  /** It reached the service, which did as it was asked, or refused. */
  | { kind: 'effect'; id: number; result: string }
  /** The function got an answer, or learned of an error. */
  | { kind: 'answer'; id: number; state: string | null; error: string | null; refused: boolean }
  | { kind: 'published'; subject: string; message: string }
  | { kind: 'dead-letter'; about: string }
  | { kind: 'fault'; fault: Fault }
  | { kind: 'log'; entry: Record<string, unknown> }
);

/** Well WorkSpaces of a directory, where the story says nothing else. */
export const OTHERS = 20;

export interface Trace {
  story: Story;
  happenings: Happening[];
  startedAt: number;
  endedAt: number;
  /** Which states each desktop has been in, by the service's own word. */
  histories: Map<string, { at: number; state: string }[]>;
  /** Settings that the judge needs, as the template has them. */
  settings: {
    maxAttempts: number;
    notStartedMs: number;
    deadlineMs: number;
    confirmMs: number;
    maxUnhealthyPercent: number;
    maxUnhealthyCount: number;
    stormCooldownMs: number;
    maxConcurrent: number;
    cooldownMs: number;
    maxPerWeek: number;
    maxSnapshotAgeMs: number;
    ladder: string;
  };
  /** Every call that a fault could have hit, in order. */
  sites: CallSite[];
  /** Executions that never ended. */
  unfinished: string[];
}
