import type { Context } from 'aws-lambda';
import { observe, readTags } from '../aws/workspaces.ts';
import type { RungFacts, RungPass } from '../guards/choice.ts';
import { askAll, isOverridden, type Pass } from '../guards/guard.ts';
import { BROKEN, FIRST, OURS, WAKE } from '../guards/index.ts';
import { chooseRung } from '../guards/ladder.ts';
import type { TaggedPass } from '../guards/scope.ts';
import { type Incident, isDryRun, type OpenIncident } from '../incident.ts';
import { NOT_FOUND, type Observation } from '../observation.ts';
import { afterwards, watched } from '../policy/attempt.ts';
import { away, isUnavailable } from '../policy/away.ts';
import { follow, isRemedy } from '../policy/course.ts';
import { noticeOf } from '../policy/notice.ts';
import { dataOf } from '../policy/progress.ts';
import { triage } from '../policy/triage.ts';
import { RUNG_FACTS, requestsOf, rungsLeft } from '../rungs.ts';
import { settings } from '../settings.ts';
import { audit, logFor, openIncident, StepInputError } from '../step.ts';
import { noteRemedy, readRecord } from '../table/leases.ts';

/** One pass: watches the request that is under way, or else looks at the WorkSpace and asks every guard in order. */
export async function handler(event: unknown, context: Context): Promise<Incident> {
  const incident = openIncident(event);
  logFor(context, incident);
  const isWatching = incident.decision?.action === 'WATCH';
  const next = await (isWatching ? watch : look)(incident);
  audit(isWatching ? 'Poll' : 'Check', next);
  return next;
}

/** What is known so far in a pass: it is kept when a service of AWS is away before the pass is done. */
interface Known {
  incident: OpenIncident;
}

/** Goes through a pass; while AWS is away it is done again later. */
async function patiently(
  { awaySince, ...before }: OpenIncident,
  pass: (known: Known) => Promise<Incident>,
): Promise<Incident> {
  const known: Known = { incident: before };
  try {
    return await pass(known);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    const { decision } = known.incident;
    return { ...known.incident, ...away({ awaySince, decision }, error.message, new Date().toISOString()) };
  }
}

/** How the request is coming along. */
const watch = (incident: OpenIncident): Promise<Incident> =>
  patiently(incident, async (known) => {
    const { attempt, course, ladder } = incident;
    if (!attempt) throw new StepInputError('There is no attempt to watch: Act comes first.');
    const seen = await observe(incident.request.workspaceId);
    const { decision, ...read } = watched({ attempt, course, ladder }, seen, settings());
    known.incident = { ...known.incident, seen, ...read };
    await noteForeign(incident, seen);
    return { ...known.incident, decision };
  });

/** Whether something is to be done, what, and whether it may be done now. */
const look = ({ next: _, notice: __, unreadable = 0, ...before }: OpenIncident): Promise<Incident> =>
  // What was chosen before is chosen anew, and passes without a fact are counted in a row.
  patiently(before, async (known) => {
    const now = () => new Date().toISOString();
    const pass = (): Pass => ({ incident: known.incident, unreadable, now, settings: settings() });
    const first = await askAll(FIRST, pass());
    known.incident = { ...known.incident, ...first.remember };
    if (first.held) return { ...known.incident, decision: first.held };
    const seen = await observe(before.request.workspaceId);
    known.incident = lookedAt(known.incident, seen);
    await noteForeign(before, seen);
    return { ...known.incident, ...(await decide(pass(), seen)) };
  });

/** The incident after another read, and what the read says of the last attempt. */
function lookedAt(incident: OpenIncident, seen: Observation): OpenIncident {
  const { attempt, attempts = [], course } = incident;
  return {
    ...incident,
    ...(attempt && { attempt: afterwards(attempt, attempts, seen) }),
    course: follow(course, seen, settings()),
    seen,
  };
}

/** Somebody's restore or rebuild goes into the history of the WorkSpace when it is first read: the cooldown counts it. */
async function noteForeign(incident: OpenIncident, seen: Observation): Promise<void> {
  const { fence, course, request, execution } = incident;
  if (fence === undefined || !isRemedy(seen) || course.busy?.state === seen.state) return;
  const isOwn = requestsOf(incident).some(
    ({ rung, result }) => result !== 'refused' && RUNG_FACTS[rung].underWay === seen.state,
  );
  if (!isOwn) await noteRemedy(request.workspaceId, execution.id, seen.at, settings().deadlineSeconds);
}

/** Scope comes before all else: what is out of it is nobody's news. */
async function decide(pass: Pass, seen: Observation): Promise<Partial<Incident>> {
  const { incident } = pass;
  const { workspaceId } = incident.request;
  const isThere = seen.state !== NOT_FOUND;
  const tags = isThere ? await readTags(workspaceId) : {};
  const ours = isThere ? await askAll(OURS, { ...pass, seen, tags }) : undefined;
  if (ours?.held) return { ...ours.remember, decision: ours.held };
  const wokenAt = seen.state === 'STOPPED' ? (await readRecord(workspaceId))?.wokenAt : undefined;
  const verdict = triage(incident, seen, pass.settings, wokenAt);
  if (verdict.action === 'WAKE') return wake({ ...pass, seen, tags }, verdict.reason);
  if (verdict.action !== 'ACT') return { decision: verdict };
  return choose(rungPass(pass, seen, tags));
}

/** It is started so that it can be judged, unless a guard holds it back. */
async function wake(pass: TaggedPass, reason: string): Promise<Partial<Incident>> {
  const { remember, held } = await askAll(WAKE, pass);
  if (held) return { ...remember, decision: held };
  if (isDryRun({ ...pass.incident, ...remember })) {
    const told = `Dry run: it is STOPPED. The next request to AWS would have been to start it.`;
    return { ...remember, decision: { action: 'DONE', outcome: 'SKIPPED', reason: told } };
  }
  return { ...remember, next: { rung: 'start' }, decision: { action: 'ACT', reason } };
}

/** What is to be done about one that is broken, unless a guard holds it back. */
async function choose(pass: RungPass): Promise<Partial<Incident>> {
  const { remember, held } = await askAll(BROKEN, pass);
  if (held) return { ...remember, decision: held };
  const incident = { ...pass.incident, ...remember };
  const choice = pass.choose(incident);
  if (choice.kind !== 'chosen')
    throw new Error(`No guard holds it back, and no rung is chosen: ${choice.kind}.`);

  const { rung, dataFrom, notes } = choice;
  const data = dataOf({ rung, dataFrom, claimedAt: pass.now() });
  if (isDryRun(incident)) {
    const reason = `Dry run: it is ${pass.seen.state}. The next request to AWS would have been a ${rung}. ${data}`;
    return { ...remember, notes, decision: { action: 'DONE', outcome: 'SKIPPED', reason } };
  }
  const next = { rung, ...(dataFrom && { dataFrom }) };
  return {
    ...remember,
    notes,
    next,
    ...noticeOf(incident, next, pass.now()),
    decision: { action: 'ACT', reason: `No guard holds back the ${rung}. ${data}` },
  };
}

/** What the guards of one that is broken are given, and find out together. */
function rungPass(pass: Pass, seen: Observation, tags: Readonly<Record<string, string>>): RungPass {
  const { notes: _, ...incident } = pass.incident;
  const facts: RungFacts = {
    now: pass.now(),
    state: seen.state,
    rebuilds: [],
    overridden: (guard) => isOverridden(incident, guard),
  };
  const choose: RungPass['choose'] = (known) => chooseRung(rungsLeft(known), facts, pass.settings);
  return { ...pass, incident, seen, tags, facts, choose };
}
