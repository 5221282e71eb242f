/** A story, execution by execution: what the judge looks at. */
import type { Happening, Trace } from '../trace.ts';
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
  /** For the last time: one that somebody redrives ends again. */
  ended: Of<'ended'> | undefined;
  /** When it ended, each time. */
  ends: number[];
  /** Requests of its functions, in order. */
  sent: Sent[];
  faults: Of<'fault'>[];
}

export const BROKEN: ReadonlySet<string> = new Set(['UNHEALTHY', 'ERROR']);

/** The state that each request shows while it is under way. */
export const UNDER_WAY: Readonly<Record<'reboot' | 'restore' | 'rebuild', string>> = {
  reboot: 'REBOOTING',
  restore: 'RESTORING',
  rebuild: 'REBUILDING',
};

/** Whether it is the simulation's own: started once all is over, to see whether anything was left locked. */
export const isProbe = ({ started }: Case) => started.execution.startsWith('probe');

/** A promise that is broken by an execution; of one that was redriven it has a name of its own. */
export const promiseOf = (promise: string, { ends }: Case) =>
  ends.length > 1 ? `${promise} (redrive)` : promise;

export type Report = (promise: string, at: number, what: string) => void;

/** What each execution did, by its name. */
export function casesOf({ happenings }: Trace): Map<string, Case> {
  const cases = new Map<string, Case>();
  const sent = new Map<number, Sent>();
  for (const happening of happenings) {
    if (happening.kind === 'started') {
      cases.set(happening.execution, {
        started: happening,
        ended: undefined,
        ends: [],
        sent: [],
        faults: [],
      });
    } else if (happening.kind === 'ended') {
      const found = cases.get(happening.execution);
      if (found) {
        found.ended = happening;
        found.ends.push(happening.at);
      }
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

/** Whether a request changes a WorkSpace: a rebuild, or another rung of the ladder. */
export const isChange = ({ request }: Sent) => rungOf(request.call) !== undefined;
export const isRead = ({ request }: Sent) => request.call.endsWith(DESCRIBE);
/** States that the service told this execution, in order. */
export const readsOf = ({ sent }: Case) =>
  sent.flatMap(({ answer, ...rest }) =>
    answer?.state ? [{ ...rest, at: answer.at, state: answer.state }] : [],
  );

/** From when to when an execution was at work: once, and once more for each redrive. */
interface Run {
  from: number;
  to: number;
}

export function runsOf({ started, ends }: Case): Run[] {
  const gap = started.start.redriveAfter ?? 0;
  const froms = [started.at, ...ends.map((end) => end + gap)];
  return froms
    .map((from, index) => ({ from, to: ends[index] ?? Number.POSITIVE_INFINITY }))
    .slice(0, Math.max(1, ends.length));
}

/** Its calls about its WorkSpace. What a function still does after its execution was stopped is no longer the execution's. */
export const callsIn = ({ sent }: Case, { from, to }: Run): Sent[] =>
  sent.filter((one) => (isRead(one) || isChange(one)) && from <= one.request.at && one.request.at <= to);

/** When an execution was done with its WorkSpace, as of a time: its last call about it. It may go on closing and telling people. */
export function doneAt(each: Case, at: number): number {
  const run = runsOf(each).findLast(({ from }) => from <= at);
  return run ? Math.max(...callsIn(each, run).map(({ request }) => request.at)) : Number.NEGATIVE_INFINITY;
}
