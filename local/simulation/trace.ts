/** What a simulated story leaves behind: what the services saw, in order. The judge reads nothing else. */

import type { StateChange } from '../desk/desktop-course.ts';
import type { ExecutionStatus } from '../desk/executions-server.ts';
import type { Start, Story } from '../stories/story.ts';
import type { CallSite, Fault } from './faults.ts';
import type { Settings } from './settings.ts';

/** Epoch milliseconds in `at`. */
export type Happening = { at: number } & (
  | { kind: 'started'; execution: string; start: Start }
  | { kind: 'unmatched'; start: Start }
  /** An alarm went off, and its event never came. */
  | { kind: 'lost-alarm'; start: Start }
  /** A person redrives an execution that did not succeed: it goes on under its name, and ends again. */
  | { kind: 'redriven'; execution: string }
  | { kind: 'outage'; call: string; how: string }
  | {
      kind: 'ended';
      execution: string;
      arn: string;
      status: ExecutionStatus;
      outcome: string | null;
      error: string | null;
    }
  /** `step`: what the function is called for. `size`: characters of the payload. */
  | { kind: 'invoked'; execution: string; step: string; id: number; size: number }
  | { kind: 'returned'; execution: string; id: number; step: string; error: string | null }
  /** A request left a function. `item`: which kind of the table's items it is about. */
  | {
      kind: 'request';
      execution: string;
      invocation: number;
      call: string;
      id: number;
      workspaceId: string | null;
      item: string | null;
    }
  /** It reached the service, which did as it was asked, or refused: with that code. */
  | { kind: 'effect'; id: number; result: string; code: string | null }
  /** The function got an answer, or learned of an error. */
  | {
      kind: 'answer';
      id: number;
      state: string | null;
      error: string | null;
      refused: boolean;
      code: string | null;
    }
  | { kind: 'published'; topic: string; subject: string; message: string }
  | { kind: 'dead-letter'; about: string }
  | { kind: 'fault'; fault: Fault }
  | { kind: 'log'; entry: Record<string, unknown> }
);

/** How the simulation names its own executions, which ask afterwards whether a WorkSpace was left locked. */
export const PROBE = 'probe-';
export const isProbeName = (execution: string): boolean => execution.startsWith(PROBE);

/** Notes what happens, now. */
export type Note = (happening: DistributiveOmit<Happening, 'at'>) => void;
export type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

export interface Trace {
  story: Story;
  happenings: Happening[];
  startedAt: number;
  endedAt: number;
  /** Which states each desktop has been in, by the service's own word. */
  histories: Map<string, StateChange[]>;
  /** The same, and what would have come after the story's end. */
  courses: Map<string, readonly StateChange[]>;
  settings: Settings;
  /** Every call that a fault could have hit, in order. */
  sites: CallSite[];
  /** States that each execution entered. */
  transitions: Map<string, number>;
  /** Executions that never ended. */
  unfinished: string[];
}
