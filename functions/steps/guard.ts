import type { Context } from 'aws-lambda';
import { readRecord } from '../aws/table.ts';
import { askForTurn } from '../aws/turns.ts';
import { readConnection, readSnapshots } from '../aws/workspaces.ts';
import type { Guard, Incident, Observation, OpenIncident } from '../incident.ts';
import { isLive } from '../policy/connection.ts';
import { isDryRun, isOverridden, leave, wait } from '../policy/guards.ts';
import { type Choice, chooseRung, type RungFacts } from '../policy/ladder.ts';
import { noticeOf } from '../policy/notice.ts';
import { dataOf } from '../policy/progress.ts';
import { rungsLeft } from '../rungs.ts';
import { numberSetting, pacingSettings } from '../settings.ts';
import { audit, fact, guarded, logFor, openIncident, StepInputError } from './step.ts';

/** What is to be done about this WorkSpace, and whether it may be done now. */
export async function handler(event: unknown, context: Context): Promise<Incident> {
  const { next: _, notes: __, notice: ___, ...incident } = openIncident(event);
  logFor(context, incident);
  const next = await guarded(incident, async () => {
    const decided = await decide(incident);
    // Every fact could be read: the count starts anew.
    delete incident.unreadable;
    return decided;
  });
  audit('Guard', next);
  return next;
}

async function decide(incident: OpenIncident): Promise<Partial<Incident>> {
  const { request, seen, ladder, execution, fence } = incident;
  if (!seen || !ladder) throw new StepInputError('Nothing seen, or no ladder: Check comes first.');
  const { workspaceId } = request;
  const now = () => new Date().toISOString();
  const pacing = pacingSettings();

  const choice = await choose(incident, seen);
  const notes = choice.kind === 'ask-snapshots' ? [] : choice.notes;
  if (choice.kind !== 'chosen') {
    const guard = choice.kind === 'none' ? choice.guard : 'snapshot-age';
    return { notes, ...leave(guard, notes.join(' ') || 'no rung of the ladder is left.') };
  }

  if (!isOverridden(incident, 'connected')) {
    const connection = await fact('connected', () => readConnection(workspaceId));
    if (isLive(connection, now())) {
      const limitSeconds = numberSetting('CONNECTED_LIMIT_MINUTES') * 60;
      return wait(incident, 'connected', 'Somebody is working on it.', now(), { pacing, limitSeconds });
    }
  }

  const { rung, dataFrom } = choice;
  const data = dataOf({ rung, dataFrom, claimedAt: now() });
  if (isDryRun(incident)) {
    const reason = `Dry run: it is ${seen.state}. The next request to AWS would have been a ${rung}. ${data}`;
    return { notes, decision: { action: 'DONE', outcome: 'SKIPPED', reason } };
  }
  if (fence === undefined) throw new StepInputError('No lease: Intake comes first.');
  const slots = numberSetting('MAX_CONCURRENT_REBUILDS');
  const turn = await fact('turn', () => askForTurn({ workspaceId, executionId: execution.id }, slots));
  if (turn.kind === 'full') return leave('turn', 'the queue for a rebuild slot is full.');
  if (turn.kind !== 'granted') {
    const reason =
      turn.kind === 'waiting' ? inLine(slots, turn.ahead) : 'many ask for a rebuild slot just now.';
    const limitSeconds = numberSetting('TURN_LIMIT_MINUTES') * 60;
    return wait(incident, 'turn', reason, now(), { pacing, limitSeconds });
  }
  const next = { rung, ...(dataFrom && { dataFrom }) };
  return {
    notes,
    next,
    ...noticeOf(incident, next, now()),
    decision: { action: 'ACT', reason: `No guard holds back the ${rung}. ${data}` },
  };
}

const inLine = (slots: number, ahead: number): string =>
  `${slots === 1 ? 'the only rebuild slot is' : `all ${slots} rebuild slots are`} in use; it is ${ahead === 0 ? 'next in line' : `behind ${ahead} others in line`}.`;

/** Snapshots are read when a rung needs one, and once. */
async function choose(incident: OpenIncident, { state }: Observation): Promise<Choice> {
  const { workspaceId } = incident.request;
  const record = await fact('cooldown', () => readRecord(workspaceId));
  const rungs = rungsLeft(incident.ladder ?? [], incident.attempt);
  const settings = {
    cooldownSeconds: numberSetting('COOLDOWN_HOURS') * 3600,
    maxRebuildsPerWeek: numberSetting('MAX_REBUILDS_PER_WEEK'),
    maxSnapshotAgeSeconds: numberSetting('MAX_SNAPSHOT_AGE_HOURS') * 3600,
  };
  const facts: RungFacts = {
    now: new Date().toISOString(),
    state,
    rebuilds: record?.rebuilds ?? [],
    overridden: (guard: Guard) => isOverridden(incident, guard),
  };
  const choice = chooseRung(rungs, facts, settings);
  if (choice.kind !== 'ask-snapshots') return choice;
  const snapshots = await fact('snapshot-age', () => readSnapshots(workspaceId));
  return chooseRung(rungs, { ...facts, snapshots }, settings);
}
