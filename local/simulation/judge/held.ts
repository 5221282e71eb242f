/** What guards say when they hold an incident back, by the audit log. */
import * as v from 'valibot';
import type { Case } from './cases.ts';
import type { LogLine, View } from './view.ts';

const decision = v.object({ action: v.string(), guard: v.string(), reason: v.string() });
const ofStep = v.object({ step: v.literal('Check'), decision });
// Where a step has failed, Close has the decision of a pass before it.
const ofClose = v.object({
  step: v.literal('Close'),
  basis: v.object({ decision: v.object({ ...decision.entries, action: v.literal('DONE') }) }),
});

export interface Held {
  by: Case;
  at: number;
  guard: string;
  reason: string;
  /** It ends with it. */
  isLast: boolean;
}

/** Each time that a guard held an execution back; that with which it ended also by the log's last line. */
export function heldBack(view: View, by: Case): Held[] {
  const found = known.get(by) ?? readHeld(view, by);
  known.set(by, found);
  return found;
}

/** Several rules ask for it. */
const known = new WeakMap<Case, Held[]>();

function readHeld(view: View, by: Case): Held[] {
  const all = view.log(by.started.execution).flatMap((line): Held[] => {
    const found = decisionOf(line);
    if (!found) return [];
    return [{ by, at: line.at, guard: found.guard, reason: found.reason, isLast: found.action === 'DONE' }];
  });
  // Close says again, perhaps hours later, what Check has said.
  return all.filter(
    (held, index) => !held.isLast || all.findIndex((one) => one.isLast && isSame(one, held)) === index,
  );
}

const isSame = (one: Held, other: Held): boolean => one.guard === other.guard && one.reason === other.reason;

function decisionOf({ entry }: LogLine): v.InferOutput<typeof decision> | undefined {
  const step = v.safeParse(ofStep, entry);
  if (step.success) return step.output.decision;
  const close = v.safeParse(ofClose, entry);
  return close.success ? close.output.basis.decision : undefined;
}

/** It could not read what it has to know. */
export const isUnreadable = ({ reason }: Held): boolean => reason.includes('could not be read');

/** What it ended with, if a guard held it back. */
export const lastHold = (view: View, by: Case): Held | undefined =>
  heldBack(view, by).findLast(({ isLast }) => isLast);
