/**
 * Holds a story to the promises. It knows nothing of the service's code: it reads what reached AWS's services,
 * what they answered, how executions ended and what was published.
 */

import type { Start } from '../../stories/story.ts';
import type { CallSite } from '../faults.ts';
import type { Trace } from '../trace.ts';
import { rungOf } from '../wire.ts';
import {
  type Case,
  casesOf,
  doneAt,
  isChange,
  isRead,
  type Of,
  type Report,
  readsOf,
  type Sent,
} from './cases.ts';
import { guards, isToldOfStorm, modesBetween, SOON } from './guards.ts';

export interface Violation {
  /** `P1` to `P10`, or the name of a guard. */
  promise: string;
  what: string;
  at: number;
}

const MINUTE = 60_000;
const MODES = new Set(['on', 'dry-run', 'paused']);
const BROKEN = new Set(['UNHEALTHY', 'ERROR']);
const BAD_NEWS = new Set(['NEEDS_HUMAN', 'REJECTED', 'FAILED']);
const OUTCOMES = new Set([...BAD_NEWS, 'RECOVERED', 'ALREADY_HEALTHY', 'DUPLICATE', 'SKIPPED']);

/** A read counts for a rebuild that leaves so soon after it. */
const FRESH = 2 * MINUTE;
/** Faults in one execution from which on a step may run out of tries, and a wrong FAILED is no wonder. */
const MANY_FAULTS = 4;
/** How much older than another incident's end an alarm must be to be surely late: more than any step takes. */
const SURELY_LATE = 15 * MINUTE;

const UNDER_WAY = { reboot: 'REBOOTING', restore: 'RESTORING', rebuild: 'REBUILDING' };
const LADDER = ['reboot', 'restore', 'rebuild'] as const;

/** Every promise that the story breaks. */
export function judge(trace: Trace): Violation[] {
  const violations: Violation[] = [];
  const cases = casesOf(trace);
  const told = toldIn(trace);
  const broken = (promise: string, at: number, what: string) => violations.push({ promise, at, what });
  const rebuilds = [...cases.values()]
    .flatMap((each) => each.sent.map((sent) => ({ ...sent, by: each })))
    .filter(isChange);

  for (const execution of trace.unfinished) broken('P4', trace.endedAt, `${execution} never ended.`);
  for (const each of cases.values()) {
    outcome(each, trace, told, broken);
    reads(each, broken);
    limits(each, trace, broken);
    scope(each, trace, broken);
    if (each.started.start.bad === 'rejected') rejected(each, broken);
    log(each, trace, told, broken);
  }
  for (const happening of trace.happenings) {
    if (happening.kind === 'unmatched' && !happening.start.bad && !happening.start.unforeseen) {
      broken('P4', happening.at, 'An alarm matched no rule, and nobody was told.');
    }
    if (happening.kind === 'started' && happening.start.bad === 'unmatched') {
      broken('P8', happening.at, `${happening.execution} was started by an event that no rule may match.`);
    }
  }
  for (const { workspaceId } of trace.story.desktops) {
    const own = rebuilds
      .filter(({ request }) => request.workspaceId === workspaceId)
      .sort((one, other) => one.request.at - other.request.at);
    twice(own, trace, workspaceId, broken);
    together(own, broken);
    interleaved(cases, workspaceId, broken);
    overtaken(cases, workspaceId, broken);
  }
  duplicates(cases, broken);
  guards([...cases.values()], trace, broken);
  expected(cases, trace, broken);
  return violations.sort((one, other) => one.at - other.at);
}

/** What was published, given up on, hit by a fault and logged: looked up for every execution. */
interface Told {
  published: Of<'published'>[];
  faults: Of<'fault'>[];
  /** Names of executions whose end could not be told. */
  dead: Set<string>;
  /** Lines of the log by the execution's ARN. */
  log: Map<unknown, Of<'log'>['entry'][]>;
}

function toldIn({ happenings }: Trace): Told {
  const told: Told = { published: [], faults: [], dead: new Set(), log: new Map() };
  for (const one of happenings) {
    if (one.kind === 'published') told.published.push(one);
    if (one.kind === 'fault') told.faults.push(one);
    if (one.kind === 'dead-letter') told.dead.add(one.about);
    if (one.kind === 'log') {
      const lines = told.log.get(one.entry.execution) ?? [];
      told.log.set(one.entry.execution, lines);
      lines.push(one.entry);
    }
  }
  return told;
}

/** P1: only what was read as broken is rebuilt; `AVAILABLE` only when a person said so. */
function reads(each: Case, broken: Report): void {
  const { start, execution } = each.started;
  for (const { request } of each.sent.filter(isChange)) {
    const last = readsOf(each)
      .filter(({ at, request: { workspaceId } }) => at <= request.at && workspaceId === request.workspaceId)
      .at(-1);
    const allowed =
      last !== undefined &&
      request.at - last.at <= FRESH &&
      (BROKEN.has(last.state) || (last.state === 'AVAILABLE' && start.force === true));
    if (!allowed) {
      broken('P1', request.at, `${execution} asked for a rebuild after reading ${last?.state ?? 'nothing'}.`);
    }
    if (request.workspaceId !== start.workspaceId) {
      broken(
        'P1',
        request.at,
        `${execution} asked for the rebuild of ${request.workspaceId}, which is not its own.`,
      );
    }
    if (start.dryRun) broken('P1', request.at, `${execution}, a dry run, asked for a rebuild.`);
  }
}

/** P6: what is out of scope is never touched, and nobody is troubled with it. */
function scope(each: Case, trace: Trace, broken: Report): void {
  const { start, execution } = each.started;
  const desktop = trace.story.desktops.find(({ workspaceId }) => workspaceId === start.workspaceId);
  const wish = desktop?.tags && (desktop.tags.AutoRemediate ?? 'none').toLowerCase();
  const isOut = wish === 'false' || (wish === 'none' && trace.story.parameters.Scope !== 'all');
  if (!isOut) return;
  for (const { request } of each.sent.filter(isChange)) {
    broken('P6', request.at, `${execution} asked for the rebuild of a WorkSpace that is out of scope.`);
  }
  const { started, ended, faults } = each;
  if (ended?.outcome !== 'NEEDS_HUMAN' || faults.length > 0 || desktop?.changes) return;
  // That the mode is not known is said whatever the WorkSpace. A change of it shows within seconds.
  if (modesBetween(trace, started.at - SOON, ended.at).every((value) => value !== null && MODES.has(value))) {
    broken('P6', ended.at, `${execution} troubled people with a WorkSpace that is out of scope.`);
  }
}

/** P2, for one execution: no more of each rung than the allowed number, and none after a rung above it. */
function limits(each: Case, trace: Trace, broken: Report): void {
  const { execution } = each.started;
  const asked = each.sent.filter(isChange);
  for (const rung of LADDER) {
    const same = asked.filter(({ request }) => rungOf(request.call) === rung);
    const tooMany = same[trace.settings.maxAttempts];
    if (!tooMany) continue;
    const times = `${same.length} times for a ${rung}`;
    broken(
      'P2',
      tooMany.request.at,
      `${execution} asked ${times}; ${trace.settings.maxAttempts} are allowed.`,
    );
  }
  const heights = asked.map(({ request }) => LADDER.indexOf(rungOf(request.call) ?? 'rebuild'));
  const back = heights.findIndex((height, index) => height < (heights[index - 1] ?? 0));
  const sent = asked[back];
  if (sent) broken('P2', sent.request.at, `${execution} went down the ladder again.`);
}

/** P2, for one WorkSpace: no request while the last one may be under way. */
function twice(
  rebuilds: (Sent & { by: Case })[],
  { histories, settings, endedAt }: Trace,
  workspaceId: string,
  broken: Report,
): void {
  const history = histories.get(workspaceId) ?? [];
  rebuilds.forEach((next, index) => {
    for (const before of rebuilds.slice(0, index)) {
      const { effect, answer, request } = before;
      const wasRefused = answer?.refused === true || effect?.result === 'refused';
      if (wasRefused) continue;
      const since = effect?.at ?? request.at;
      const rung = rungOf(request.call) ?? 'rebuild';
      const started = history.find(({ at, state }) => at >= since && state === UNDER_WAY[rung]);
      const ended = started && (history.find(({ at }) => at > started.at)?.at ?? endedAt);
      // Nothing to be seen of it: it needs time to prove that it did not take.
      const free = Math.min(ended ?? Number.POSITIVE_INFINITY, request.at + settings.notStartedMs);
      const isUnderWay = started !== undefined && ended !== undefined && next.request.at < ended;
      if (isUnderWay && started.at <= next.request.at) {
        broken(
          'P2',
          next.request.at,
          `${workspaceId} was asked to ${rungOf(next.request.call)} while it was ${UNDER_WAY[rung]}.`,
        );
      } else if (next.request.at < free) {
        const seconds = Math.round((next.request.at - request.at) / 1000);
        broken(
          'P2',
          next.request.at,
          `${workspaceId} was asked to ${rungOf(next.request.call)} ${seconds} s after a request that may have been taken.`,
        );
      }
    }
  });
}

/** P3: who asked for a rebuild and is still at work has the WorkSpace for itself. */
function together(rebuilds: (Sent & { by: Case })[], broken: Report): void {
  rebuilds.forEach(({ request, by }, index) => {
    const other = rebuilds
      .slice(0, index)
      .find((before) => before.by !== by && doneAt(before.by) > request.at);
    if (other) {
      broken(
        'P3',
        request.at,
        `${by.started.execution} acted on ${request.workspaceId} while ${other.by.started.execution} was at work on it.`,
      );
    }
  });
}

/** P3: once another execution has taken a WorkSpace up, the one before it looks at it and asks for nothing any more. */
function overtaken(cases: Map<string, Case>, workspaceId: string, broken: Report): void {
  const own = [...cases.values()].filter(
    ({ started: { start } }) => start.workspaceId === workspaceId && !start.dryRun,
  );
  const looks = (each: Case) => each.sent.filter(isRead).map(({ request }) => request.at);
  for (const each of own) {
    for (const { request } of each.sent.filter(isChange)) {
      const reads = looks(each).filter((at) => at <= request.at);
      const [first = 0, last = 0] = [reads.at(0), reads.at(-1)];
      const other = own.find(
        (one) =>
          one !== each &&
          looks(one)
            .slice(0, 1)
            .some((at) => first < at && at < last),
      );
      if (!other) continue;
      const who = `${each.started.execution} looked at ${workspaceId} and asked for a ${rungOf(request.call)}`;
      broken('P3', request.at, `${who} after ${other.started.execution} had taken it up.`);
    }
  }
}

/** P3: no execution looks at a WorkSpace in between another's first and last call about it. */
function interleaved(cases: Map<string, Case>, workspaceId: string, broken: Report): void {
  const spans = [...cases.values()].flatMap(({ started, ended, sent }) => {
    const { start, execution } = started;
    if (start.workspaceId !== workspaceId || start.dryRun) return [];
    // What a function still does after its execution was stopped is no longer the execution's.
    const calls = sent.filter(
      (one) => (isRead(one) || isChange(one)) && one.request.at <= (ended?.at ?? Number.POSITIVE_INFINITY),
    );
    const [first, last] = [calls.at(0), calls.at(-1)];
    return first && last ? [{ execution, from: first.request.at, to: last.request.at }] : [];
  });
  for (const later of spans) {
    const other = spans.find((one) => one !== later && one.from <= later.from && later.from <= one.to);
    if (other) {
      broken(
        'P3',
        later.from,
        `${later.execution} took up ${workspaceId} while ${other.execution} was at work on it.`,
      );
    }
  }
}

/** P4 and P10: one outcome, told where it is bad news, and true. */
function outcome(each: Case, trace: Trace, told: Told, broken: Report): void {
  const { ended, started, faults } = each;
  if (!ended) return;
  const { execution } = started;
  const messages = told.published.filter(({ message }) => namesExecution(message, ended.arn));
  const dead = told.dead.has(execution);
  const isBad = ended.status !== 'SUCCEEDED' || (ended.outcome !== null && BAD_NEWS.has(ended.outcome));
  const isFailure = ended.outcome === 'FAILED' || ended.outcome === 'REJECTED';

  if (ended.status === 'SUCCEEDED' && !(ended.outcome !== null && OUTCOMES.has(ended.outcome))) {
    broken('P4', ended.at, `${execution} ended without an outcome.`);
  }
  if (ended.status === 'SUCCEEDED' && isFailure) {
    broken('P4', ended.at, `${execution} succeeded with the outcome ${ended.outcome}.`);
  }
  if (isBad && messages.length === 0 && !dead && !isToldOfStorm(each, trace)) {
    broken('P4', ended.at, `${execution} ended ${ended.outcome ?? ended.status}, and nobody was told.`);
  }
  if (!isBad && messages.length > 0 && !faults.some(({ fault }) => fault.kind === 'abort')) {
    broken('P4', ended.at, `${execution} ended ${ended.outcome}, and people were told for nothing.`);
  }
  // A message whose answer was lost is published again; so is one of a Net that was invoked again.
  const repeats = told.faults.filter(({ fault }) => mayRepeat(fault.site, execution)).length;
  const stopped = ended.status === 'ABORTED' || ended.status === 'TIMED_OUT';
  if (messages.length > 1 + repeats + (stopped ? 1 : 0)) {
    broken('P4', ended.at, `${execution} was told ${messages.length} times.`);
  }
  if (ended.outcome === 'RECOVERED') recovered(each, trace, ended, broken);
  if (ended.outcome === 'ALREADY_HEALTHY') {
    const last = readsOf(each).at(-1);
    if (last?.state !== 'AVAILABLE' && last?.state !== 'STOPPED') {
      broken('P10', ended.at, `${execution} said ALREADY_HEALTHY after reading ${last?.state ?? 'nothing'}.`);
    }
  }
  if (ended.outcome === 'FAILED' && faults.length < MANY_FAULTS) gaveUp(each, trace, ended, broken);
}

function mayRepeat({ execution, call }: CallSite, name: string): boolean {
  return execution === 'net' || (execution === name && call === 'sns:publish');
}

function namesExecution(message: string, arn: string): boolean {
  // The ARN of e1 must not be found in that of e12.
  const at = message.indexOf(arn);
  return at >= 0 && !/[\w-]/.test(message.charAt(at + arn.length));
}

/** P10: the service itself says that it is healthy, after a rebuild that was seen or confirmed. */
function recovered(each: Case, trace: Trace, ended: Of<'ended'>, broken: Report): void {
  const { execution } = each.started;
  const all = readsOf(each);
  const last = all.at(-1);
  const mode = trace.story.desktops.find(
    ({ workspaceId }) => workspaceId === each.started.start.workspaceId,
  )?.runningMode;
  const isHealthy = last?.state === 'AVAILABLE' || (last?.state === 'STOPPED' && mode === 'AUTO_STOP');
  if (!isHealthy)
    broken('P10', ended.at, `${execution} said RECOVERED after reading ${last?.state ?? 'nothing'}.`);
  const confirmed =
    all.some(({ state }) => Object.values(UNDER_WAY).includes(state)) ||
    each.sent.some((one) => isChange(one) && one.answer?.error === null && !one.answer.refused);
  if (!confirmed) broken('P10', ended.at, `${execution} said RECOVERED without any rebuild.`);
}

/** An outcome that is not so: a rebuild given up on while it is under way and in time. */
function gaveUp(each: Case, trace: Trace, ended: Of<'ended'>, broken: Report): void {
  const { start, execution } = each.started;
  const asked = each.sent.filter(isChange).at(-1);
  if (!asked || start.workspaceId === undefined || asked.effect?.result !== 'ok') return;
  const state = (trace.histories.get(start.workspaceId) ?? [])
    .filter(({ at }) => at <= ended.at)
    .at(-1)?.state;
  if (
    rungOf(asked.request.call) !== 'reboot' &&
    (state === 'REBUILDING' || state === 'RESTORING') &&
    ended.at - asked.request.at < trace.settings.deadlineMs
  ) {
    broken('P4', ended.at, `${execution} said FAILED while its rebuild was under way.`);
  }
}

/** P8: bad input is refused, and calls nothing. */
function rejected(each: Case, broken: Report): void {
  const { execution } = each.started;
  for (const { request } of each.sent.filter((one) => isChange(one) || isRead(one))) {
    broken('P8', request.at, `${execution} had bad input and called ${request.call}.`);
  }
  const { ended, faults } = each;
  if (ended && faults.length === 0 && ended.outcome !== 'REJECTED') {
    broken('P8', ended.at, `${execution} had bad input and ended ${ended.outcome ?? ended.status}.`);
  }
}

/** P3, P4 and P7: a DUPLICATE has another incident to point to, and acts on nothing; a late alarm is one. */
function duplicates(cases: Map<string, Case>, broken: Report): void {
  const all = [...cases.values()];
  for (const each of all) {
    const { started, ended } = each;
    const { start, execution } = started;
    if (!ended || start.workspaceId === undefined) continue;
    const others = all.filter((one) => one !== each && one.started.start.workspaceId === start.workspaceId);
    const endOf = (one: Case) => one.ended?.at ?? Number.POSITIVE_INFINITY;
    if (ended.outcome === 'DUPLICATE') {
      const pointsTo = others.some(
        (one) =>
          (one.started.at <= ended.at && endOf(one) >= started.at) ||
          (start.alarmTime !== undefined && endOf(one) <= ended.at && start.alarmTime <= endOf(one)),
      );
      if (!pointsTo)
        broken('P7', ended.at, `${execution} ended as DUPLICATE, and there was no other incident.`);
    }
    const dealtWith = others.find(
      (one) =>
        one.ended?.status === 'SUCCEEDED' &&
        one.ended.outcome !== 'DUPLICATE' &&
        one.started.start.dryRun !== true &&
        start.alarmTime !== undefined &&
        start.alarmTime < one.ended.at - SURELY_LATE &&
        one.ended.at < started.at,
    );
    const acted = each.sent.find(isChange);
    if (dealtWith && acted) {
      broken(
        'P3',
        acted.request.at,
        `${execution} acted on an alarm that ${dealtWith.started.execution} had dealt with.`,
      );
    }
  }
}

/** P9: the log alone says how each incident ended, and names every rebuild. */
function log(each: Case, trace: Trace, told: Told, broken: Report): void {
  const { ended, started } = each;
  if (!ended) return;
  const lines = told.log.get(ended.arn) ?? [];
  if (ended.outcome !== null && OUTCOMES.has(ended.outcome)) {
    if (!lines.some((line) => line.outcome === ended.outcome)) {
      broken('P9', ended.at, `The log does not say that ${started.execution} ended ${ended.outcome}.`);
    }
  }
  for (const { request, answer } of each.sent.filter(isChange)) {
    const finished = trace.happenings.some(
      (one) => one.kind === 'returned' && one.id === request.invocation && one.error === null,
    );
    if (answer && finished && !lines.some((line) => line.step === 'Rebuild')) {
      broken('P9', request.at, `The log does not know of a rebuild that ${started.execution} asked for.`);
    }
  }
}

/** One fault that is no stop must not change how a main path ends. */
function expected(cases: Map<string, Case>, trace: Trace, broken: Report): void {
  const { expected: wanted, faults } = trace.story;
  if (wanted === undefined || !Array.isArray(faults) || faults.length > 1) return;
  if (faults.some(({ kind }) => kind === 'abort' || kind === 'down')) return;
  const first = cases.get('e1');
  const outcomes = [...cases.values()]
    .filter(({ started }) => !started.execution.startsWith('probe'))
    .map(({ ended }) => ended?.outcome);
  if (first?.ended && !outcomes.includes(wanted)) {
    broken('P4', first.ended.at, `It ended ${outcomes.join(', ')} and not ${wanted}, for one fault.`);
  }
}

/** A start, in a word. */
export function describeStart({ via, workspaceId, bad }: Start): string {
  const what = bad ? `bad input (${bad})` : (workspaceId ?? 'nothing');
  return via === 'bus' ? `alarm on ${what}` : `manual start for ${what}`;
}
