/** A desktop of a story: what it is, what happens to it, and how AWS answers what is asked for it. Times in milliseconds. */

/** What can be asked of a WorkSpace. */
export const REMEDIES = ['reboot', 'restore', 'rebuild', 'start'] as const;
export type RemedyName = (typeof REMEDIES)[number];

/** How the key that volumes are encrypted with is read, by KMS's own names of its states, or that it may not be read. */
export const KEY_READINGS = ['Enabled', 'Disabled', 'PendingDeletion', 'AccessDenied'] as const;
export type KeyReading = (typeof KEY_READINGS)[number];

/** The state that each of them shows while it is under way (API reference). */
export const UNDER_WAY = {
  reboot: 'REBOOTING',
  restore: 'RESTORING',
  rebuild: 'REBUILDING',
  start: 'STARTING',
} as const satisfies Record<RemedyName, string>;

/** A state that a desktop comes to, so long after something. */
export interface Step {
  after: number;
  state: string;
}

export interface Refusal {
  code: string;
  message: string;
  /** HTTP status; 400 when left out. 500 says nothing about the request: it may have been taken. */
  status?: number;
  /** As an HTTP error also where the operation has `FailedRequests`. */
  asError?: boolean;
}

/** How one request is answered, and what comes of it: the steps count from the answer. */
export type Answer = { steps: readonly Step[] } & (
  | { accepted: true; refused?: undefined }
  | { refused: Refusal; accepted?: undefined }
);

export interface Change extends Step {
  /** Somebody did it: a reboot, a restore or a rebuild in the console, say. */
  byPerson?: boolean;
}

export interface DesktopSpec {
  workspaceId: string;
  directoryId: string;
  userName: string;
  computerName?: string;
  bundleId?: string;
  state: string;
  /** How long before the start it came to that state; 0 when left out. */
  stateSince?: number;
  runningMode: 'ALWAYS_ON' | 'AUTO_STOP' | 'MANUAL';
  /** Without any, it is in scope: `AutoRemediate = true`. */
  tags?: Record<string, string>;
  /** When its tags become others. */
  retags?: { after: number; tags: Record<string, string> }[];
  errorCode?: string;
  errorMessage?: string;
  /** The key that both volumes are encrypted with; without one they are not. */
  volumeKey?: { state: KeyReading };
  /** Changes that happen by themselves or by somebody else. `GONE`: AWS knows it no more. */
  changes?: Change[];
  /** Answers to the requests of each kind, in order; the last one stands for all further ones. Without any: they end well. */
  remedies?: Partial<Record<RemedyName, readonly Answer[]>>;
  /** Ages of the snapshots at the start; without any, five hours each. An empty list, or none of a kind: there never is one. */
  snapshots?: { restore?: number[]; rebuild?: number[] };
  /** When somebody is connected. */
  connected?: { from: number; to: number }[];
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** How long each takes where the story says nothing else. */
const USUAL: Readonly<Record<RemedyName, number>> = {
  reboot: 5 * MINUTE,
  restore: 15 * MINUTE,
  rebuild: 25 * MINUTE,
  start: 2 * MINUTE,
};

/** What an accepted request does: under way from `startsAfter` on, for `takes`, then as `endsIn` says. */
export interface Course {
  startsAfter?: number;
  /** `Infinity` for one that never finishes. */
  takes?: number;
  endsIn?: string;
  /** Accepted, and nothing happens. */
  ignored?: boolean;
  /** What follows, counted from its end. */
  steps?: Step[];
}

/** An accepted request, and what comes of it; by default it ends well. */
export function accepted(kind: RemedyName, course: Course = {}): Answer {
  const { startsAfter = 5 * SECOND, takes = USUAL[kind] - startsAfter, endsIn = 'AVAILABLE' } = course;
  if (course.ignored) return { accepted: true, steps: [] };
  const end = startsAfter + takes;
  return {
    accepted: true,
    steps: [
      { after: startsAfter, state: UNDER_WAY[kind] },
      ...(Number.isFinite(end) ? [{ after: end, state: endsIn }] : []),
      ...(course.steps ?? []).map(({ after, state }) => ({ after: end + after, state })),
    ],
  };
}

/** A refused request; `steps`: what happens all the same. */
export const refused = (
  code: string,
  message: string,
  more: Partial<Refusal> & { steps?: Step[] } = {},
): Answer => {
  const { steps = [], ...rest } = more;
  return { refused: { code, message, ...rest }, steps };
};
