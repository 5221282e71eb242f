/** What a guard is, and how guards are asked: one after the other, until one holds the incident back. */
import {
  type Decision,
  type Incident,
  isDryByHand,
  isManual,
  type Guard as Name,
  type OpenIncident,
  type Overridable,
} from '../incident.ts';
import { isUnavailable } from '../policy/away.ts';
import { HELD, nextWait, secondsBetween } from '../policy/pacing.ts';
import { type Settings, SettingsError } from '../settings.ts';
import { duration, errorName, show } from '../text.ts';

/** What people read about a guard: in messages, and in docs/guards.md, which `npm run docs` makes of it. */
export interface GuardText {
  /** Where its fact comes from. */
  reads: string;
  /** When it holds an incident back. */
  holdsBack: string;
  /** What becomes of the incident then. */
  outcome: string;
  /** What a person does about it, by the time that it is `NEEDS_HUMAN`. */
  whatToDo: string;
  /** What may be lost when a person overrides it; missing where nobody may. */
  risk?: string;
}
export type GuardTexts = Readonly<Record<Name, GuardText> & Record<Overridable, { risk: string }>>;

/** What a person does when a guard could not read its fact. */
export const UNREAD =
  'Look why it could not be read: permissions, quotas, or an outage of the AWS service. Nothing was done because of it.';

/** One look at the WorkSpace: what every guard is given. */
export interface Pass {
  incident: OpenIncident;
  /** ISO. */
  now: () => string;
  settings: Settings;
  /** Passes in a row before this one in which a guard could not read its fact. */
  unreadable: number;
}

type Memory = Partial<Omit<Incident, 'execution' | 'request' | 'decision'>>;

/** What a guard says. What it wants remembered counts from the next guard on. */
export type Verdict = { remember?: Memory } & (
  | { says: 'go' }
  /** It looks again, up to a limit; then it is for a person. */
  | ({ says: 'wait'; reason: string; at: string } & Patience)
  /** It ends here: quietly, or for a person. */
  | {
      says: 'skip' | 'person';
      reason: string;
      /** How the reason begins, where not with the guard's name. */
      opening?: string;
      /** The guard that it is told as, where not the one that was asked. */
      as?: Name;
      /** The execution that has told people already. */
      toldBy?: string;
    }
);
export type Held = Exclude<Verdict, { says: 'go' }>;

export const GO: Verdict = { says: 'go' };

interface Patience {
  limitSeconds: number;
  /** Known length of the wait, where there is one. */
  waitSeconds?: number;
}

export interface Guard<P extends Pass = Pass> {
  name: Name;
  /** What is read or noted even if a person overrides the guard, since those after it go by it too. */
  read?: (pass: P) => Promise<void>;
  /** Reads its fact and judges it. What it throws holds the incident back. */
  ask: (pass: P) => Promise<Verdict>;
}

/** What became of asking: what is to be remembered, and the decision where one holds the incident back. */
export interface Asked {
  remember: Memory;
  held?: Decision;
}

/** Asks guards in their order, until one holds the incident back. */
export async function askAll<P extends Pass>(guards: readonly Guard<P>[], pass: P): Promise<Asked> {
  let remember: Memory = {};
  for (const { name, read, ask } of guards) {
    const incident = { ...pass.incident, ...remember };
    const given = { ...pass, incident };
    let verdict: Verdict;
    try {
      await read?.(given);
      verdict = isOverridden(incident, name) ? GO : await ask(given);
    } catch (error) {
      // No fact, but a wrong deployment: the step fails, and its alarm tells. An outage passes: the whole pass is done again.
      if (error instanceof SettingsError || isUnavailable(error)) throw error;
      return after(remember, unreadable(pass.unreadable, name, error));
    }
    if (verdict.says !== 'go') return after(remember, hold(name, verdict, given));
    remember = { ...remember, ...verdict.remember };
  }
  return { remember };
}

type Hold = Pick<Asked, 'remember'> & { held: Decision };

/** One that holds the incident back adds to what those before it found. */
const after = (found: Memory, { held, remember }: Hold): Hold => ({
  held,
  remember: { ...found, ...remember },
});

/** What a verdict makes of the incident. */
export function hold(name: Name, verdict: Held, { incident }: Pick<Pass, 'incident'>): Hold {
  const { reason, remember = {} } = verdict;
  if (verdict.says === 'wait') {
    const { held, remember: since } = wait(incident, name, reason, verdict);
    return { held, remember: { ...since, ...remember } };
  }
  const { says, as = name, opening = `Guard ${as}`, toldBy } = verdict;
  const outcome = says === 'skip' ? 'SKIPPED' : 'NEEDS_HUMAN';
  const told = toldBy === undefined ? {} : { toldBy };
  return { held: { action: 'DONE', outcome, guard: as, reason: `${opening}: ${reason}`, ...told }, remember };
}

/** It waits and looks again, up to a limit; then it is for a person. A dry run by hand says so instead. */
function wait(
  { request, waitingSince }: OpenIncident,
  guard: Name,
  why: string,
  { at, limitSeconds, waitSeconds }: Patience & { at: string },
): Hold {
  const since = waitingSince?.[guard] ?? at;
  const elapsed = secondsBetween(since, at);
  const reason = `Guard ${guard}: ${why}`;
  if (isDryByHand({ request })) {
    const told = `Dry run: guard ${guard} would have made it wait. ${why}`;
    return { held: { action: 'DONE', outcome: 'SKIPPED', guard, reason: told }, remember: {} };
  }
  if (elapsed >= limitSeconds) {
    const told = `${reason} It has waited for ${duration(elapsed)}, which is the limit.`;
    return { held: { action: 'DONE', outcome: 'NEEDS_HUMAN', guard, reason: told }, remember: {} };
  }
  const seconds = Math.max(1, Math.ceil(waitSeconds ?? nextWait(elapsed, HELD)));
  return {
    held: { action: 'WAIT', reason, waitSeconds: seconds, guard },
    remember: { waitingSince: { ...waitingSince, [guard]: since } },
  };
}

/** Passes in a row without a fact before it is a case for a person: with the SDK's own tries, some minutes. */
const UNREADABLE_LIMIT = 3;

/** Between two tries to read a fact, in seconds. */
const UNREADABLE_WAIT = 30;

/** A guard whose fact cannot be read holds the incident back. */
function unreadable(before: number, guard: Name, error: unknown): Hold {
  const why = `${errorName(error)}: ${show(error instanceof Error ? error.message : error, 200)}`;
  const times = before + 1;
  const reason = `Guard ${guard}: what it checks could not be read: ${why}.`;
  if (times < UNREADABLE_LIMIT) {
    const held = { action: 'WAIT', reason, waitSeconds: UNREADABLE_WAIT, guard } as const;
    return { held, remember: { unreadable: times } };
  }
  const told = `${reason} Tried ${times} times; nothing was done.`;
  return {
    held: { action: 'DONE', outcome: 'NEEDS_HUMAN', guard, reason: told, unread: true },
    remember: {},
  };
}

/** Whether a person overrides a guard. */
export function isOverridden({ request }: OpenIncident, guard: Name): boolean {
  return isManual(request) && request.override.some((name) => name === guard);
}
