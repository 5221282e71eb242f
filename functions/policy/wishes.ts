import { type Incident, isManual, type OpenIncident, type Rung } from '../incident.ts';
import { parseLadder } from '../rungs.ts';
import { show } from '../text.ts';
import { type Held, isOverridden, leave, type Patience, wait } from './guards.ts';
import { openingIn, parseWindows } from './window.ts';

export interface WishSettings extends Pick<Patience, 'pacing' | 'limitSeconds'> {
  /** Tags of wishes are named after the tag of the scope: `AutoRemediate:Ladder`. */
  tagKey: string;
  /** What the stack allows. */
  ladder: Rung[];
}

/** Longest wait before it looks again, in seconds: it may have healed long before its window opens. */
const LOOK_AGAIN = 3600;

/** What a WorkSpace's own tags, or the person who asks, want of the ladder and of the time. `now` in ISO. */
export function wishes(
  incident: OpenIncident,
  tags: Readonly<Record<string, string>>,
  now: string,
  { tagKey, ladder, ...patience }: WishSettings,
): Pick<Incident, 'ladder'> | Held {
  const { request } = incident;
  const [ladderKey, windowKey] = [`${tagKey}:Ladder`, `${tagKey}:Window`];
  const ladderTag = tags[ladderKey];
  const tagged = ladderTag === undefined ? ladder : parseLadder(ladderTag);
  if (!tagged) {
    return leave(
      'tags',
      `the tag ${show(ladderKey)} = ${show(ladderTag)} is not a ladder. Use reboot, restore, rebuild or some of them in this order, joined by +.`,
    );
  }
  const wanted = (isManual(request) && request.ladder) || tagged;
  // A wish may only narrow what the stack allows: what else it names IAM does not grant.
  const chosen = { ladder: ladder.filter((rung) => wanted.includes(rung)) };
  if (chosen.ladder.length === 0) {
    const allowed = `the stack's Ladder allows only ${ladder.join()}`;
    return isManual(request) && request.ladder
      ? leave(
          'ladder',
          `the start's ladder names ${wanted.join()}, but ${allowed}. Start it again with "ladder": "${ladder.join()}" or without one, or change the stack's parameter Ladder.`,
        )
      : leave(
          'tags',
          `the tag ${show(ladderKey)} names ${wanted.join()}, but ${allowed}. Change the tag, or the stack's parameter Ladder.`,
        );
  }
  const windowTag = tags[windowKey];
  if (windowTag === undefined) return chosen;
  const windows = parseWindows(windowTag);
  if (!windows) {
    return leave(
      'tags',
      `the tag ${show(windowKey)} = ${show(windowTag)} is not a maintenance window. Use days, hours and a time zone: Mon-Fri 20:00-06:00 Europe/Berlin.`,
    );
  }
  const seconds = openingIn(windows, now);
  if (seconds === 0 || isOverridden(incident, 'window')) return chosen;
  return {
    ...wait(incident, 'window', `its maintenance window ${show(windowTag)} is closed.`, now, {
      ...patience,
      waitSeconds: Math.min(seconds, LOOK_AGAIN),
    }),
  };
}
