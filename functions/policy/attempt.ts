/** What a read of the WorkSpace says of the request that was made, or may have been. */
import type { Asked, Attempt, OpenIncident } from '../incident.ts';
import type { Course, Observation } from '../observation.ts';
import { hasNextRung, RUNG_FACTS } from '../rungs.ts';
import type { Settings } from '../settings.ts';
import { show } from '../text.ts';
import { follow } from './course.ts';
import { secondsBetween } from './pacing.ts';
import { type Progress, progress } from './progress.ts';

/** Nobody looked for longer than this: a reboot, or the begin of a rebuild, may have come and gone. In seconds. */
const UNWATCHED = 300;

/** What a read says of a request that may have been made. */
function noticed(attempt: Attempt, { state, at }: Observation): Attempt {
  const unread = secondsBetween(attempt.readAt ?? attempt.claimedAt, at);
  return {
    ...attempt,
    seenUnderWay: attempt.seenUnderWay || state === RUNG_FACTS[attempt.rung].underWay,
    changed: attempt.changed || state !== attempt.before,
    unwatched: attempt.unwatched || (!attempt.seenUnderWay && unread > UNWATCHED),
    readAt: at,
  };
}

/**
 * The last attempt after another read, before anything else is requested. One that seemed not to have started, or to be
 * refused after one that did not, is spent when the WorkSpace reads otherwise after all: it is not made twice.
 */
export function afterwards(attempt: Attempt, earlier: readonly Asked[], seen: Observation): Attempt {
  const mayShow = [...earlier, attempt].some(
    ({ rung, result }) => rung === attempt.rung && result !== 'refused',
  );
  const now = noticed(attempt, seen);
  if (attempt.spent || !mayShow || !now.changed) return attempt;
  const end = `It became ${show(seen.state).slice(1, -1)} after all, so no second ${attempt.rung} is requested.`;
  return { ...now, spent: true, end };
}

/**
 * The course with a read in which a request first shows, or that comes after a while without any: what is read as broken
 * now may need some minutes still.
 */
function settlesAnew(course: Course, before: Attempt, now: Attempt, { at }: Observation): Course {
  const isNews = (now.changed && !before.changed) || (now.unwatched && !before.unwatched);
  return isNews ? { ...course, endedAt: at, badSince: undefined } : course;
}

/** An incident whose request is watched, after another read: what is known of it now, and what follows. */
export function watched(
  { attempt: before, course, ladder }: Pick<OpenIncident, 'course' | 'ladder'> & { attempt: Attempt },
  seen: Observation,
  settings: Settings,
): Progress & { course: Course } {
  const attempt = noticed(before, seen);
  const now = settlesAnew(follow(course, seen, settings), before, attempt, seen);
  const rules = { ...settings, hasNextRung: hasNextRung(ladder, attempt.rung) };
  return { course: now, ...progress(attempt, now, seen, rules) };
}
