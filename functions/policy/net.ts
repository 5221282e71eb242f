import { show } from '../text.ts';

/** What Step Functions says about an execution. */
export interface ExecutionState {
  status: string;
  /** The input as it was given, in JSON. */
  input?: string | undefined;
  error?: string | undefined;
  cause?: string | undefined;
  startTime: string;
  /** When it ended. */
  stopTime?: string | undefined;
}

/** Errors of executions whose last state is `Failed`, reached after SNS took the message. */
const TOLD = new Set(['Remediation.FAILED', 'Remediation.REJECTED', 'Remediation.CloseFailed']);

/** The cause of a failed notification holds what was to be told. */
const CAUSE_LENGTH = 1000;

/** Why an execution ended that told nobody; `undefined` when the workflow itself has told. */
export function untold(status: string, ended: ExecutionState | undefined): string | undefined {
  if (status === 'FAILED' && ended?.error !== undefined && TOLD.has(ended.error)) return undefined;
  const said = [ended?.error, ended?.cause]
    .filter(Boolean)
    .map((text) => show(text, CAUSE_LENGTH))
    .join(': ');
  const because = said ? ` with ${said}` : '';
  if (status === 'TIMED_OUT') return `The execution ran past its time limit and was ended${because}.`;
  if (status === 'ABORTED') return `The execution was aborted from outside${because}.`;
  return `The workflow itself failed${because}.`;
}
