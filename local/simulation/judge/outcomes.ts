/** P4, P8, P9 and P10: one outcome for each execution, told where it is bad news, true, and in the log. */
import { UNDER_WAY } from '../../stories/desktop.ts';
import type { CallSite } from '../faults.ts';
import type { Trace } from '../trace.ts';
import { rungOf } from '../wire.ts';
import { type Case, isChange, isRead, isRung, isSetBack, type Of, type Report, readsOf } from './cases.ts';
import { toldByAlarm } from './dead-letters.ts';
import { tookEffect } from './remedies.ts';
import { isToldOfStorm, tellerOf } from './storms.ts';
import type { View } from './view.ts';

const BAD_NEWS = new Set(['NEEDS_HUMAN', 'REJECTED', 'FAILED']);
/** How the subject of what is told before it is done begins. */
const NOTICE = 'About to ';
const OUTCOMES = new Set([...BAD_NEWS, 'RECOVERED', 'ALREADY_HEALTHY', 'DUPLICATE', 'SKIPPED']);

export function outcomes(view: View, broken: Report): void {
  const { trace, cases } = view;
  const told = toldIn(trace);
  for (const execution of trace.unfinished) broken('P4', trace.endedAt, `${execution} never ended.`);
  for (const each of cases.values()) {
    outcome(each, view, told, broken);
    const { bad } = each.started.start;
    if (bad === 'rejected' || bad === 'held') refused(each, bad === 'held' ? 'SKIPPED' : 'REJECTED', broken);
    log(each, told, broken);
    toldBefore(each, told, broken);
  }
  for (const happening of trace.happenings) {
    if (happening.kind === 'unmatched' && !happening.start.bad && !happening.start.unforeseen) {
      broken('P4', happening.at, 'An alarm matched no rule, and nobody was told.');
    }
    if (happening.kind === 'started' && happening.start.bad === 'unmatched') {
      broken('P8', happening.at, `${happening.execution} was started by an event that no rule may match.`);
    }
  }
}

/** What was published, given up on, hit by a fault and logged: looked up for every execution. */
interface Told {
  published: Of<'published'>[];
  faults: Of<'fault'>[];
  /** Invocations that came to their end. */
  returned: Set<number>;
  /** Names of executions whose end is in the dead-letter queue, and its alarm was published. */
  dead: Set<string>;
  /** Lines of the log by the execution's ARN. */
  log: Map<unknown, Of<'log'>['entry'][]>;
}

function toldIn({ happenings }: Trace): Told {
  const told: Told = {
    published: [],
    faults: [],
    returned: new Set(),
    dead: toldByAlarm(happenings),
    log: new Map(),
  };
  for (const one of happenings) {
    if (one.kind === 'published') told.published.push(one);
    if (one.kind === 'fault') told.faults.push(one);
    if (one.kind === 'returned' && one.error === null) told.returned.add(one.id);
    if (one.kind === 'log') {
      const lines = told.log.get(one.entry.execution) ?? [];
      told.log.set(one.entry.execution, lines);
      lines.push(one.entry);
    }
  }
  return told;
}

/** P4 and P10: one outcome, told where it is bad news, and true. */
function outcome(each: Case, view: View, told: Told, broken: Report): void {
  const { trace } = view;
  const { ended, started, faults } = each;
  if (!ended) return;
  const { execution } = started;
  const messages = told.published.filter(
    ({ subject, message }) => namesExecution(message, ended.arn) && !subject.startsWith(NOTICE),
  );
  const dead = told.dead.has(execution);
  const isBad = ended.status !== 'SUCCEEDED' || (ended.outcome !== null && BAD_NEWS.has(ended.outcome));
  const isFailure = ended.outcome === 'FAILED' || ended.outcome === 'REJECTED';

  if (ended.status === 'SUCCEEDED' && !(ended.outcome !== null && OUTCOMES.has(ended.outcome))) {
    broken('P4', ended.at, `${execution} ended without an outcome.`);
  }
  if (ended.status === 'SUCCEEDED' && isFailure) {
    broken('P4', ended.at, `${execution} succeeded with the outcome ${ended.outcome}.`);
  }
  // The storm's teller may itself be one that only the dead-letter queue's alarm tells of.
  const teller = tellerOf(each, view);
  const isTeller = isToldOfStorm(each, view) || (teller !== undefined && told.dead.has(teller));
  if (isBad && messages.length === 0 && !dead && !isTeller) {
    // It is certain once the net has given up: what is away by then is what kept it from telling.
    const given = trace.happenings.findLast((one) => one.kind === 'dead-letter' && one.about === execution);
    const at = given?.at ?? ended.at;
    broken('P4', at, `${execution} ended ${ended.outcome ?? ended.status}, and nobody was told.`);
  }
  const redrives = each.runs.length - 1;
  // A message whose answer was lost is published again; so is one of a Net that was invoked again.
  const repeats = told.faults.filter(({ fault }) => mayRepeat(fault.site, execution)).length;
  const earlier = redrives === 0 ? 0 : redrives + repeats;
  if (!isBad && messages.length > earlier && !faults.some(({ fault }) => fault.kind === 'abort')) {
    broken('P4', ended.at, `${execution} ended ${ended.outcome}, and people were told for nothing.`);
  }
  const stopped = ended.status === 'ABORTED' || ended.status === 'TIMED_OUT';
  // Each end of one that was redriven may be told.
  if (messages.length > 1 + redrives + repeats + (stopped ? 1 : 0)) {
    broken('P4', ended.at, `${execution} was told ${messages.length} times.`);
  }
  if (ended.outcome === 'RECOVERED') recovered(each, view, ended, broken);
  if (ended.outcome === 'ALREADY_HEALTHY') {
    const last = lastState(each);
    if (!isHealth(last)) broken('P10', ended.at, `${execution} said ALREADY_HEALTHY after reading ${last}.`);
  }
  if (ended.outcome === 'FAILED') gaveUp(each, trace, ended, broken);
}

/** What a person forced, or passed over guards for, is told before the first request leaves. */
function toldBefore({ started, ended, sent }: Case, { published }: Told, broken: Report): void {
  const { force, override = [] } = started.start;
  const first = sent.find(isRung)?.request.at;
  if (!ended || first === undefined || !(force || override.length > 0)) return;
  const isTold = published.some(({ at, message }) => at <= first && namesExecution(message, ended.arn));
  if (!isTold) broken('told before', first, `${started.execution} asked for what nobody was told of before.`);
}

function mayRepeat({ execution, call }: CallSite, name: string): boolean {
  return execution === 'net' || (execution === name && call === 'sns:publish');
}

function namesExecution(message: string, arn: string): boolean {
  // The ARN of e1 must not be found in that of e12.
  const at = message.indexOf(arn);
  return at >= 0 && !/[\w-]/.test(message.charAt(at + arn.length));
}

const MINUTE = 60_000;

/** What it read last, by its own run where there were two at once; `on-one-read` asks for more. */
function lastState(each: Case): string {
  const reads = readsOf(each);
  const last = reads.at(-1);
  const isTwice = each.faults.some(
    ({ at, fault }) => fault.kind === 'duplicate' && last && at <= last.at && at > last.at - MINUTE,
  );
  // Whose answer the workflow took is not known: one of the two.
  const before = isTwice ? reads.findLast((one) => one !== last && isHealth(one.state)) : undefined;
  return (before ?? last)?.state ?? 'nothing';
}
const isHealth = (state: string) => state === 'AVAILABLE' || state === 'STOPPED';
/** A remedy, whoever asked for it. */
const REMEDIED: ReadonlySet<string> = new Set(['RESTORING', 'REBUILDING']);

/** P10: the service itself says that it is healthy, after a remedy that was seen, or a request that took effect. */
function recovered(each: Case, view: View, ended: Of<'ended'>, broken: Report): void {
  const { execution } = each.started;
  const last = lastState(each);
  if (!isHealth(last)) broken('P10', ended.at, `${execution} said RECOVERED after reading ${last}.`);
  const confirmed =
    readsOf(each).some(({ state }) => REMEDIED.has(state)) ||
    view.changes.some(
      (change) => change.by === each && (tookEffect(view, change) || seemsMade(each, change)),
    );
  if (!confirmed) broken('P10', ended.at, `${execution} said RECOVERED without any remedy.`);
}

/** Whether one whose fate is not known was read as under way: that it was somebody else's, nobody can tell. */
function seemsMade(each: Case, { request, rung, answer }: View['changes'][number]): boolean {
  if (answer?.refused) return false;
  return readsOf(each).some(({ at, state }) => at > request.at && state === UNDER_WAY[rung]);
}

/** An outcome that is not so: a rebuild given up on while it is under way and in time. */
function gaveUp(each: Case, trace: Trace, ended: Of<'ended'>, broken: Report): void {
  const { start, execution } = each.started;
  const asked = each.sent.filter(isRung).at(-1);
  if (!asked || start.workspaceId === undefined || asked.effect?.result !== 'ok') return;
  const state = (trace.histories.get(start.workspaceId) ?? [])
    .filter(({ at }) => at <= ended.at)
    .at(-1)?.state;
  if (
    isSetBack(rungOf(asked.request.call) ?? 'reboot') &&
    (state === 'REBUILDING' || state === 'RESTORING') &&
    ended.at - claimedAt(each, asked) < trace.settings.deadlineMs
  ) {
    broken('P4', ended.at, `${execution} said FAILED while its rebuild was under way.`);
  }
}

/** The time runs from the claim: a request may leave some seconds after it, when the table is slow to answer. */
function claimedAt(each: Case, { request: { invocation, at } }: Case['sent'][number]): number {
  const claim = each.sent.find(
    ({ request }) =>
      request.invocation === invocation &&
      request.item === 'WORKSPACE' &&
      request.call.endsWith('DynamoDB.UpdateItem'),
  );
  return claim?.request.at ?? at;
}

/** P8: bad input is refused, that of a muted alarm passed over, and calls nothing. */
function refused(each: Case, outcome: 'REJECTED' | 'SKIPPED', broken: Report): void {
  const { execution } = each.started;
  for (const { request } of each.sent.filter((one) => isChange(one) || isRead(one))) {
    broken('P8', request.at, `${execution} had bad input and called ${request.call}.`);
  }
  const { ended, faults } = each;
  if (ended && faults.length === 0 && ended.outcome !== outcome) {
    broken('P8', ended.at, `${execution} had bad input and ended ${ended.outcome ?? ended.status}.`);
  }
}

/** P9: the log alone says how each incident ended, and names every rebuild. */
function log(each: Case, told: Told, broken: Report): void {
  const { ended, started } = each;
  if (!ended) return;
  const lines = told.log.get(ended.arn) ?? [];
  if (ended.outcome !== null && OUTCOMES.has(ended.outcome)) {
    if (!lines.some((line) => line.outcome === ended.outcome)) {
      broken('P9', ended.at, `The log does not say that ${started.execution} ended ${ended.outcome}.`);
    }
  }
  for (const { request, answer } of each.sent.filter(isChange)) {
    if (answer && told.returned.has(request.invocation) && !lines.some((line) => line.step === 'Act')) {
      broken('P9', request.at, `The log does not know of a rebuild that ${started.execution} asked for.`);
    }
  }
}
