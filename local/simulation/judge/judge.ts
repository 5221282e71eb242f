/**
 * Holds a story to the promises. It knows nothing of the service's code: it reads what reached AWS's services,
 * what they answered, how executions ended and what was published.
 */
import type { Start } from '../../stories/story.ts';
import type { Trace } from '../trace.ts';
import { isProbe, type Report } from './cases.ts';
import { duplicates } from './duplicates.ts';
import { guards } from './guards.ts';
import { outcomes } from './outcomes.ts';
import { requests } from './requests.ts';
import { View } from './view.ts';

export interface Violation {
  /** `P1` to `P10`, the name of a guard, or `told before`. */
  promise: string;
  what: string;
  at: number;
}

const RULES = [requests, outcomes, duplicates, guards, expected];

/** Every promise that the story breaks. */
export function judge(trace: Trace): Violation[] {
  const violations: Violation[] = [];
  const view = new View(trace);
  const broken: Report = (promise, at, what) => violations.push({ promise, at, what });
  for (const rule of RULES) rule(view, broken);
  return violations.sort((one, other) => one.at - other.at);
}

/** P4: one fault that is no stop must not change how a main path ends. */
function expected({ cases, trace }: View, broken: Report): void {
  const { expected: wanted, faults } = trace.story;
  if (wanted === undefined || !Array.isArray(faults) || faults.length > 1) return;
  if (faults.some(({ kind }) => kind === 'abort' || kind === 'down')) return;
  const first = cases.get('e1');
  const ends = [...cases.values()].filter((each) => !isProbe(each)).map(({ ended }) => ended?.outcome);
  if (first?.ended && !ends.includes(wanted)) {
    broken('P4', first.ended.at, `It ended ${ends.join(', ')} and not ${wanted}, for one fault.`);
  }
}

/** A start, in a word. */
export function describeStart({ via, workspaceId, bad }: Start): string {
  const what = bad ? `bad input (${bad})` : (workspaceId ?? 'nothing');
  return via === 'bus' ? `alarm on ${what}` : `manual start for ${what}`;
}
