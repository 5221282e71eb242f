/** What can be done about a broken WorkSpace: one row per rung, and the ladder that they make. */
import { type Attempt, RUNGS, type Rung } from './incident.ts';

/** AWS's operations that change a WorkSpace. */
export type Operation = 'RebootWorkspaces' | 'RestoreWorkspace' | 'RebuildWorkspaces';

interface Row {
  operation: Operation;
  /** The state that shows it under way. */
  underWay: string;
  /** States in which AWS takes it (API reference of each operation). */
  states: readonly string[];
  /** Whether the user's data goes back to a snapshot. */
  losesData: boolean;
  /** The setting that says how long it may take. */
  deadline: 'deadlineSeconds' | 'rebootDeadlineSeconds';
}

export const RUNG_FACTS: Readonly<Record<Rung, Row>> = {
  reboot: {
    operation: 'RebootWorkspaces',
    underWay: 'REBOOTING',
    states: ['AVAILABLE', 'UNHEALTHY'],
    losesData: false,
    deadline: 'rebootDeadlineSeconds',
  },
  restore: {
    operation: 'RestoreWorkspace',
    underWay: 'RESTORING',
    states: ['AVAILABLE', 'ERROR', 'UNHEALTHY'],
    losesData: true,
    deadline: 'deadlineSeconds',
  },
  rebuild: {
    operation: 'RebuildWorkspaces',
    underWay: 'REBUILDING',
    states: ['AVAILABLE', 'ERROR', 'UNHEALTHY'],
    losesData: true,
    deadline: 'deadlineSeconds',
  },
};

/** A ladder: `reboot,rebuild`, say. Tags cannot hold commas, so spaces and `+` do as well. */
export function parseLadder(text: string): Rung[] | undefined {
  const names = text.split(/[\s,+]+/).filter(Boolean);
  const rungs = RUNGS.filter((rung) => names.includes(rung));
  return names.length > 0 && rungs.join() === names.join() ? rungs : undefined;
}

/** The rungs that are left: all before the first attempt; after one that came to nothing, those above it. */
export function rungsLeft(ladder: readonly Rung[], attempt: Attempt | undefined): Rung[] {
  // By its place among all rungs: the ladder may have changed since, and never leads down.
  const lowest = attempt ? RUNGS.indexOf(attempt.rung) + (attempt.spent ? 1 : 0) : 0;
  return ladder.filter((rung) => RUNGS.indexOf(rung) >= lowest);
}

/** Whether a next rung is there when this one comes to nothing. */
export function hasNextRung(ladder: readonly Rung[] | undefined, rung: Rung): boolean {
  return (ladder ?? []).some((other) => RUNGS.indexOf(other) > RUNGS.indexOf(rung));
}
