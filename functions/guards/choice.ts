/** Four guards bar single rungs, not the incident: it is held back by the first of them when no rung is left. */
import type { Snapshots } from '../aws/workspaces.ts';
import type { Guard as Name, OpenIncident, Rung } from '../incident.ts';
import { GO, type Verdict } from './guard.ts';
import type { TaggedPass } from './scope.ts';

/** What is found out for the choice, while the guards are asked. */
export interface RungFacts {
  now: string;
  state: string;
  /** Why nothing more is rebuilt or restored in its directory. */
  futile?: string | undefined;
  /** When it was rebuilt or restored in earlier incidents, ISO. */
  rebuilds: readonly string[];
  /** Not read yet: they are asked for when they matter. */
  snapshots?: Snapshots | undefined;
  /** Whether its directory is joined to Microsoft Entra; not read yet either. */
  isEntra?: boolean | undefined;
  /** What is told beside the rungs that are skipped. */
  notes?: string[];
  overridden: (guard: Name) => boolean;
}

export type Choice =
  | { kind: 'ask-identity' | 'ask-snapshots' }
  | { kind: 'chosen'; rung: Rung; dataFrom?: string | undefined; notes: string[] }
  | { kind: 'none'; guard: Name; notes: string[] };

/** What is known of a WorkSpace about which something may be done. */
export interface RungPass extends TaggedPass {
  facts: RungFacts;
  /** The first rung that may be used, by the facts known so far. */
  choose: (incident: OpenIncident) => Choice;
}

/** Whether a guard is the first that bars a rung, and none is left. */
export function noneLeft(guard: Name, choice: Choice): Verdict {
  if (choice.kind !== 'none' || choice.guard !== guard) return GO;
  const { notes } = choice;
  const reason = notes.join(' ') || 'no rung of the ladder is left.';
  return { says: 'person', as: guard, reason, remember: { notes } };
}
