/** What can be asked of AWS about a broken WorkSpace: one row each, and the ladder that the rungs make. */
import { type Asked, type Remedy, RUNGS, type Rung } from './incident.ts';

/** AWS's operations that change a WorkSpace. */
export type Operation = 'RebootWorkspaces' | 'RestoreWorkspace' | 'RebuildWorkspaces' | 'StartWorkspaces';

interface Row {
  operation: Operation;
  /** The state that shows it under way. */
  underWay: string;
  /** States in which AWS takes it (API reference of each operation). */
  states: readonly string[];
  /** Whether the user's data goes back to a snapshot. */
  losesData: boolean;
  /** The setting that says how long it may take. */
  deadline: 'deadlineSeconds' | 'rebootDeadlineSeconds' | 'busyLimitSeconds';
  /** From its acceptance to the first look, in seconds: one that is quick must still be seen under way. */
  firstWait: number;
}

/** When a WorkSpace that is `REBOOTING` is stuck, in seconds (API reference, RebootWorkspaces). */
export const STUCK_SECONDS = 20 * 60;

/**
 * @see https://docs.aws.amazon.com/workspaces/latest/api/API_RebootWorkspaces.html
 * @see https://docs.aws.amazon.com/workspaces/latest/api/API_RestoreWorkspace.html
 * @see https://docs.aws.amazon.com/workspaces/latest/api/API_RebuildWorkspaces.html
 * @see https://docs.aws.amazon.com/workspaces/latest/api/API_StartWorkspaces.html
 */
export const RUNG_FACTS: Readonly<Record<Remedy, Row>> = {
  reboot: {
    operation: 'RebootWorkspaces',
    underWay: 'REBOOTING',
    states: ['AVAILABLE', 'UNHEALTHY', 'REBOOTING'],
    losesData: false,
    deadline: 'rebootDeadlineSeconds',
    firstWait: 30,
  },
  restore: {
    operation: 'RestoreWorkspace',
    underWay: 'RESTORING',
    states: ['AVAILABLE', 'ERROR', 'UNHEALTHY', 'STOPPED'],
    losesData: true,
    deadline: 'deadlineSeconds',
    firstWait: 120,
  },
  rebuild: {
    operation: 'RebuildWorkspaces',
    underWay: 'REBUILDING',
    states: ['AVAILABLE', 'ERROR', 'UNHEALTHY', 'STOPPED', 'REBOOTING'],
    losesData: true,
    deadline: 'deadlineSeconds',
    firstWait: 120,
  },
  start: {
    operation: 'StartWorkspaces',
    underWay: 'STARTING',
    states: ['STOPPED'],
    losesData: false,
    deadline: 'busyLimitSeconds',
    firstWait: 30,
  },
};

/** A ladder: `reboot,rebuild`, say. Tags cannot hold commas, so spaces and `+` do as well. */
export function parseLadder(text: string): Rung[] | undefined {
  const names = text.split(/[\s,+]+/).filter(Boolean);
  const rungs = RUNGS.filter((rung) => names.includes(rung));
  return names.length > 0 && rungs.join() === names.join() ? rungs : undefined;
}

/** What an incident has asked for. `null`: not known. */
interface Requests {
  attempts?: readonly Asked[] | undefined;
  attempt?: Asked | null | undefined;
}

/** Every request of an incident, the oldest first. */
export const requestsOf = ({ attempts = [], attempt }: Requests): readonly Asked[] =>
  attempt ? [...attempts, attempt] : attempts;

/** The rungs that are left: all before the first attempt; after one that came to nothing, those above it. */
export function rungsLeft(incident: Requests & { ladder?: readonly Rung[] | undefined }): Rung[] {
  const { ladder = [] } = incident;
  // By its place among all rungs: the ladder may have changed since, and never leads down.
  const lowest = Math.max(0, ...requestsOf(incident).map(lowestAfter));
  return ladder.filter((rung) => RUNGS.indexOf(rung) >= lowest);
}

/** To start a WorkSpace is no rung: it leaves the ladder where it is. */
function lowestAfter({ rung, spent }: Asked): number {
  return rung === 'start' ? 0 : RUNGS.indexOf(rung) + (spent ? 1 : 0);
}

/** Whether a next rung is there when this one comes to nothing. */
export function hasNextRung(ladder: readonly Rung[] | undefined, rung: Remedy): boolean {
  return rung !== 'start' && (ladder ?? []).some((other) => RUNGS.indexOf(other) > RUNGS.indexOf(rung));
}
