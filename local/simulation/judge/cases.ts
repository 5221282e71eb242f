/** A story, execution by execution: what the judge looks at. */
import type { RemedyName } from '../../stories/desktop.ts';
import { type Happening, isProbeName, type Trace } from '../trace.ts';
import { rungOf } from '../wire.ts';

export type Of<K extends Happening['kind']> = Extract<Happening, { kind: K }>;

const DESCRIBE = 'WorkSpaces.DescribeWorkspaces';

export interface Sent {
  request: Of<'request'>;
  effect: Of<'effect'> | undefined;
  answer: Of<'answer'> | undefined;
}

export interface Case {
  started: Of<'started'>;
  /** How it ended at last. */
  ended: Of<'ended'> | undefined;
  /** From when until when it ran: once, and again where somebody has redriven it. */
  runs: { from: number; to: number }[];
  /** Requests of its functions, in order. */
  sent: Sent[];
  faults: Of<'fault'>[];
}

export const BROKEN: ReadonlySet<string> = new Set(['UNHEALTHY', 'ERROR']);

/** Whether the user's data goes back to a snapshot. */
export const isSetBack = (rung: RemedyName): rung is 'restore' | 'rebuild' =>
  rung === 'restore' || rung === 'rebuild';

/** Whether it is the simulation's own: started once all is over, to see whether anything was left locked. */
export const isProbe = ({ started }: Case) => isProbeName(started.execution);

export type Report = (promise: string, at: number, what: string) => void;

/** What each execution did, by its name. */
export function casesOf({ happenings }: Trace): Map<string, Case> {
  const cases = new Map<string, Case>();
  const sent = new Map<number, Sent>();
  for (const happening of happenings) {
    if (happening.kind === 'started') {
      const runs = [{ from: happening.at, to: Number.POSITIVE_INFINITY }];
      cases.set(happening.execution, { started: happening, ended: undefined, runs, sent: [], faults: [] });
    } else if (happening.kind === 'redriven') {
      cases.get(happening.execution)?.runs.push({ from: happening.at, to: Number.POSITIVE_INFINITY });
    } else if (happening.kind === 'ended') {
      const found = cases.get(happening.execution);
      if (found) found.ended = happening;
      const run = found?.runs.at(-1);
      if (run) run.to = happening.at;
    } else if (happening.kind === 'request') {
      const made: Sent = { request: happening, effect: undefined, answer: undefined };
      sent.set(happening.id, made);
      cases.get(happening.execution)?.sent.push(made);
    } else if (happening.kind === 'effect' || happening.kind === 'answer') {
      const found = sent.get(happening.id);
      if (found && happening.kind === 'effect') found.effect = happening;
      if (found && happening.kind === 'answer') found.answer = happening;
    } else if (happening.kind === 'fault') {
      cases.get(happening.fault.site.execution)?.faults.push(happening);
    }
  }
  return cases;
}

/** Whether a request changes a WorkSpace: a rebuild, another rung of the ladder, or the start of one that is stopped. */
export const isChange = ({ request }: Sent) => rungOf(request.call) !== undefined;
/** Whether it is a rung of the ladder. */
export const isRung = ({ request }: Sent) => {
  const rung = rungOf(request.call);
  return rung !== undefined && rung !== 'start';
};
export const isRead = ({ request }: Sent) => request.call.endsWith(DESCRIBE);
/** States that the service told this execution, in order. */
export const readsOf = ({ sent }: Case) =>
  sent.flatMap(({ answer, ...rest }) =>
    answer?.state ? [{ ...rest, at: answer.at, state: answer.state }] : [],
  );

/**
 * Its calls about the WorkSpace, run by run. What a function still does after its execution was stopped is no longer
 * the execution's.
 */
export const callsByRun = ({ sent, runs }: Case): Sent[][] =>
  runs.map(({ from, to }) =>
    sent.filter((one) => (isRead(one) || isChange(one)) && from <= one.request.at && one.request.at <= to),
  );

/**
 * When an execution was done with its WorkSpace, as far as this request goes: its last call about it in that run. It may
 * go on closing and telling people.
 */
export function doneAt(each: Case, request: Of<'request'>): number {
  const calls = callsByRun(each).find((run) => run.some((one) => one.request === request)) ?? [];
  return Math.max(request.at, ...calls.map((one) => one.request.at));
}
