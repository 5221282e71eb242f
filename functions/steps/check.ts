import type { Context } from 'aws-lambda';
import { observe, readTags } from '../aws/workspaces.ts';
import type { RungFacts, RungPass } from '../guards/choice.ts';
import { askAll, isOverridden, type Pass } from '../guards/guard.ts';
import { BROKEN, FIRST, OURS } from '../guards/index.ts';
import { chooseRung } from '../guards/ladder.ts';
import { type Incident, isDryRun, NOT_FOUND, type Observation, type OpenIncident } from '../incident.ts';
import { noticeOf } from '../policy/notice.ts';
import { afterwards, dataOf, progress } from '../policy/progress.ts';
import { triage } from '../policy/triage.ts';
import { hasNextRung, rungsLeft } from '../rungs.ts';
import { settings } from '../settings.ts';
import { audit, logFor, openIncident, StepInputError } from '../step.ts';

/** One pass: watches the request that is under way, or else looks at the WorkSpace and asks every guard in order. */
export async function handler(event: unknown, context: Context): Promise<Incident> {
  const incident = openIncident(event);
  logFor(context, incident);
  const isWatching = incident.decision?.action === 'WATCH';
  const next = isWatching ? await watch(incident) : await look(incident);
  audit(isWatching ? 'Poll' : 'Check', next);
  return next;
}

/** How the request is coming along. */
async function watch(incident: OpenIncident): Promise<Incident> {
  const { attempt } = incident;
  if (!attempt) throw new StepInputError('There is no attempt to watch: Act comes first.');
  const seen = await observe(incident.request.workspaceId);
  const verdict = progress(attempt, seen, {
    ...settings(),
    hasNextRung: hasNextRung(incident.ladder, attempt.rung),
  });
  return { ...incident, seen, ...verdict };
}

/** Whether something is to be done, what, and whether it may be done now. */
async function look(incident: OpenIncident): Promise<Incident> {
  // What was chosen before is chosen anew, and passes without a fact are counted in a row.
  const { next: _, notice: __, unreadable = 0, ...before } = incident;
  const now = () => new Date().toISOString();
  const pass: Pass = { incident: before, unreadable, now, settings: settings() };
  const first = await askAll(FIRST, pass);
  const known = { ...before, ...first.remember };
  if (first.held) return { ...known, decision: first.held };
  const seen = await observe(known.request.workspaceId);
  const looked = lookedAt(known, seen);
  return { ...looked, ...(await decide({ ...pass, incident: looked }, seen)) };
}

/** The incident after another read: since when it has been bad, and what the read says of the last attempt. */
function lookedAt({ badSince, ...incident }: OpenIncident, seen: Observation): OpenIncident {
  const { attempt, attempts = [] } = incident;
  const isStillBad = badSince !== undefined && (seen.state === 'UNHEALTHY' || seen.state === 'ERROR');
  return {
    ...incident,
    ...(isStillBad && { badSince }),
    ...(attempt && { attempt: afterwards(attempt, attempts, seen) }),
    seen,
  };
}

/** Scope comes before all else: what is out of it is nobody's news. */
async function decide(pass: Pass, seen: Observation): Promise<Partial<Incident>> {
  const { incident } = pass;
  const isThere = seen.state !== NOT_FOUND;
  const tags = isThere ? await readTags(incident.request.workspaceId) : {};
  const ours = isThere ? await askAll(OURS, { ...pass, seen, tags }) : undefined;
  if (ours?.held) return { ...ours.remember, decision: ours.held };
  const verdict = triage(incident, seen, pass.settings);
  if (verdict.decision.action !== 'ACT') return verdict;
  return { ...verdict, ...(await choose(rungPass(pass, seen, tags))) };
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
  const choose: RungPass['choose'] = ({ ladder = [], attempt }) =>
    chooseRung(rungsLeft(ladder, attempt), facts, pass.settings);
  return { ...pass, incident, seen, tags, facts, choose };
}
