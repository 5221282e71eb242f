import type { Context } from 'aws-lambda';
import type { RungFacts, RungPass } from '../guards/choice.ts';
import { askAll, isOverridden } from '../guards/guard.ts';
import { RUNG, TURN } from '../guards/index.ts';
import { chooseRung } from '../guards/ladder.ts';
import { type Incident, isDryRun, type Observation, type OpenIncident } from '../incident.ts';
import { noticeOf } from '../policy/notice.ts';
import { dataOf } from '../policy/progress.ts';
import { rungsLeft } from '../rungs.ts';
import { numberSetting } from '../settings.ts';
import { audit, logFor, openIncident, passOf, StepInputError } from './step.ts';

/** What is to be done about this WorkSpace, and whether it may be done now. */
export async function handler(event: unknown, context: Context): Promise<Incident> {
  const { next: _, notes: __, notice: ___, ...incident } = openIncident(event);
  logFor(context, incident);
  const next: Incident = { ...incident, ...(await decide(incident)) };
  audit('Guard', next);
  return next;
}

async function decide(incident: OpenIncident): Promise<Partial<Incident>> {
  const { seen, fence } = incident;
  if (!seen || !incident.ladder) throw new StepInputError('Nothing seen, or no ladder: Check comes first.');
  const pass = rungPass(incident, seen);
  const asked = await askAll(RUNG, pass);
  if (asked.held) return { ...asked.remember, decision: asked.held };
  const choice = pass.choose();
  if (choice.kind !== 'chosen')
    throw new Error(`No guard holds it back, and no rung is chosen: ${choice.kind}.`);

  const { rung, dataFrom, notes } = choice;
  const data = dataOf({ rung, dataFrom, claimedAt: pass.now() });
  if (isDryRun(incident)) {
    const reason = `Dry run: it is ${seen.state}. The next request to AWS would have been a ${rung}. ${data}`;
    return { notes, decision: { action: 'DONE', outcome: 'SKIPPED', reason } };
  }
  if (fence === undefined) throw new StepInputError('No lease: Intake comes first.');
  const turn = await askAll(TURN, pass);
  if (turn.held) return { ...turn.remember, decision: turn.held };
  const next = { rung, ...(dataFrom && { dataFrom }) };
  return {
    notes,
    next,
    ...noticeOf(incident, next, pass.now()),
    decision: { action: 'ACT', reason: `No guard holds back the ${rung}. ${data}` },
  };
}

/** What the guards of single rungs find out together. */
function rungPass(incident: OpenIncident, seen: Observation): RungPass {
  const pass = passOf(incident);
  const settings = {
    cooldownSeconds: numberSetting('COOLDOWN_HOURS') * 3600,
    maxRebuildsPerWeek: numberSetting('MAX_REBUILDS_PER_WEEK'),
    maxSnapshotAgeSeconds: numberSetting('MAX_SNAPSHOT_AGE_HOURS') * 3600,
  };
  const rungs = rungsLeft(incident.ladder ?? [], incident.attempt);
  const facts: RungFacts = {
    now: pass.now(),
    state: seen.state,
    rebuilds: [],
    overridden: (guard) => isOverridden(incident, guard),
  };
  return { ...pass, seen, facts, choose: () => chooseRung(rungs, facts, settings) };
}
