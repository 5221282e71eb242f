/** Who may act now, and who waits for their turn: a counting semaphore with a queue. */

/** A place is held by an execution for a WorkSpace, and counts as long as its lease does. */
export interface Place {
  workspaceId: string;
  executionId: string;
}

export interface Turns {
  permits: Place[];
  /** In order of arrival. */
  waiting: Place[];
}

export type Turn =
  /** The item says that it is full; only the leases tell who is still there. */
  | { kind: 'ask'; places: Place[] }
  | { kind: 'granted'; ahead: number; turns: Turns }
  /** Only Step Functions knows whether the executions of the doubtful places still run. */
  | { kind: 'waiting'; ahead: number; turns: Turns; doubtful: Place[] }
  | { kind: 'full'; doubtful: Place[] };

/** Places in the queue: far more than can have their turn in time when a rebuild takes half an hour. */
const QUEUE_LENGTH = 100;

/** Permits that are asked about in one pass: a few calls, of the 10 to 15 per second that Step Functions takes. */
const DOUBTFUL_PERMITS = 10;

/**
 * Whether it is an execution's turn; `alive` are the executions that still hold their lease. A lease outlives an execution
 * that could not give it back. So whoever is first in line asks about the oldest permits, and everybody else about the
 * place just before theirs: each place is asked about by one execution, however long the line is.
 */
export function takeTurn(
  turns: Turns,
  me: Place,
  alive: ReadonlySet<string> | undefined,
  maximum: number,
): Turn {
  const isMine = ({ executionId }: Place) => executionId === me.executionId;
  // A place of an earlier execution for this WorkSpace: this one holds its lease now.
  const isThere = (place: Place) =>
    isMine(place) || (place.workspaceId !== me.workspaceId && (alive?.has(place.executionId) ?? true));
  const permits = turns.permits.filter(isThere);
  const waiting = turns.waiting.filter(isThere);
  if (permits.some(isMine)) return { kind: 'granted', ahead: 0, turns: { permits, waiting } };
  const at = waiting.findIndex(isMine);
  const before = at < 0 ? waiting : waiting.slice(0, at);
  if (permits.length + before.length < maximum) {
    const others = waiting.filter((place) => !isMine(place));
    return { kind: 'granted', ahead: 0, turns: { permits: [...permits, me], waiting: others } };
  }
  if (!alive) return { kind: 'ask', places: [...permits, ...waiting] };
  if (at < 0 && waiting.length >= QUEUE_LENGTH) return { kind: 'full', doubtful: waiting.slice(-1) };
  const ahead = before.length;
  const queue = { permits, waiting: at < 0 ? [...waiting, me] : waiting };
  // Who has only just come asks in the next pass: many may come at once.
  const permitsFirst = ahead === 0 ? permits.slice(0, DOUBTFUL_PERMITS) : before.slice(-1);
  return { kind: 'waiting', ahead, turns: queue, doubtful: at < 0 ? [] : permitsFirst };
}
