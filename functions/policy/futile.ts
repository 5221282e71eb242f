/** What became of rebuilds and restores: the memory that a directory has of them. */

import type { Outcome } from '../incident.ts';
import { RUNG_FACTS, requestsOf } from '../rungs.ts';
import { isUnwell } from './course.ts';
import type { Ended } from './report.ts';

/** A rebuild or restore of ours that was made and is over. */
export interface Finished {
  /** Its execution and attempt: it counts once, however often it is noted. */
  id: string;
  /** ISO. */
  at: string;
  workspaceId: string;
  helped: boolean;
}

/** Far more than are judged: one that is noted again is still found among them. */
const KEPT = 50;

/** States in which a remedy has left a WorkSpace well, though it may not be said to have recovered. */
const WELL = new Set(['AVAILABLE', 'STOPPED']);

/**
 * The rebuilds and restores of an incident that were seen to take effect, and whether they helped. Not those that AWS
 * refused or that never started: they say nothing. `outcome` is missing where a step of the workflow failed: what was
 * under way then may still help.
 */
export function finishedOf(ended: Ended, outcome: Outcome | undefined, at: string): Finished[] {
  const { request, execution, seen } = ended;
  if (!request) return [];
  // To start it is no remedy.
  const all = requestsOf(ended).filter(({ rung }) => rung !== 'start');
  const last = all.at(-1);
  // Another followed: those before the last did not help.
  const judged = all.slice(0, -1).map((one) => ({ one, helped: false }));
  if (last && (outcome === 'RECOVERED' || isInVain(outcome, seen?.state ?? ''))) {
    judged.push({ one: last, helped: outcome === 'RECOVERED' });
  }
  return judged
    .filter(({ one }) => RUNG_FACTS[one.rung].losesData && (one.seenUnderWay || one.changed))
    .map(({ one, helped }) => ({
      id: `${execution.name}#${one.number}`,
      at,
      workspaceId: request.workspaceId,
      helped,
    }));
}

/** Whether the last remedy of an incident that ended so did not help: it is broken, or was not well by its deadline. */
const isInVain = (outcome: Outcome | undefined, state: string): boolean =>
  (outcome === 'FAILED' && !WELL.has(state)) || (outcome === 'NEEDS_HUMAN' && isUnwell({ state }));

/** What a directory remembers once more are over; the same list where all were noted before. */
export function remembered(before: readonly Finished[], more: readonly Finished[]): readonly Finished[] {
  const ids = new Set(before.map(({ id }) => id));
  const fresh = more.filter(({ id }) => !ids.has(id));
  return fresh.length === 0 ? before : [...before, ...fresh].slice(-KEPT);
}
