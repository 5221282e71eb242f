/**
 * Holds a story to the promises. It knows nothing of the service's code: it reads what reached AWS's services,
 * what they answered, how executions ended and what was published.
 */
import type { Start } from '../../stories/story.ts';
import { bounds } from './bounds.ts';
import { isProbe, type Report } from './cases.ts';
import { duplicates } from './duplicates.ts';
import { facts } from './facts.ts';
import { guards } from './guards.ts';
import { healing } from './healing.ts';
import { outcomes } from './outcomes.ts';
import { patience } from './patience.ts';
import { requests } from './requests.ts';
import { turns } from './turns.ts';
import type { View } from './view.ts';
import { waking } from './waking.ts';

export interface Violation {
  /** `P1` to `P10`, `L1` to `L10`, `Q9`, the name of a guard or of a known fault, `waking`, or `told before`. */
  promise: string;
  what: string;
  at: number;
}

const RULES = [
  requests,
  outcomes,
  duplicates,
  guards,
  waking,
  facts,
  turns,
  healing,
  patience,
  bounds,
  expected,
];

/**
 * Promises that rest on services which answer: that work comes to an end, is seen through and told. While one is
 * away, and after, they are broken by the outage. What must not be done must not be done then either.
 */
const LEAN_ON_SERVICES = new Set(['P4', 'P8', 'P9', 'P10', 'L2', 'L3', 'L8', 'L9', 'L10', 'Q9']);

/** Every promise that the story breaks; `P4 (outage)`, say, where a service was away before. */
export function judgeView(view: View): Violation[] {
  const { trace } = view;
  const violations: Violation[] = [];
  const away = trace.happenings.find(({ kind }) => kind === 'outage')?.at ?? Number.POSITIVE_INFINITY;
  const broken: Report = (promise, at, what) => {
    const isOfOutage = at >= away && LEAN_ON_SERVICES.has(promise);
    violations.push({ promise: isOfOutage ? `${promise} (outage)` : promise, at, what });
  };
  for (const rule of RULES) rule(view, broken);
  return violations.sort((one, other) => one.at - other.at);
}

/** P4: one fault, or two, must not change how a main path ends, unless one is a stop. */
function expected({ cases, trace }: View, broken: Report): void {
  const { expected: wanted, faults } = trace.story;
  if (wanted === undefined || !Array.isArray(faults) || faults.length > 2) return;
  if (faults.some(({ kind }) => kind === 'abort' || kind === 'down')) return;
  const first = cases.get('e1');
  const ends = [...cases.values()].filter((each) => !isProbe(each)).map(({ ended }) => ended?.outcome);
  if (first?.ended && !ends.includes(wanted)) {
    broken(
      'P4',
      first.ended.at,
      `It ended ${ends.join(', ')} and not ${wanted}, for ${faults.length} fault(s).`,
    );
  }
}

/** A start, in a word. */
export function describeStart({ via, workspaceId, bad }: Start): string {
  const what = bad ? `bad input (${bad})` : (workspaceId ?? 'nothing');
  return via === 'bus' ? `alarm on ${what}` : `manual start for ${what}`;
}
