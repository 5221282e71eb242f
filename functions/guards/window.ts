/** Outside of its maintenance window a WorkSpace is left alone: in local time, over midnight and changes of the clock. */
import { DateTime, IANAZone } from 'luxon';
import { tagsNamed } from '../policy/tag-keys.ts';
import { show } from '../text.ts';
import { GO, type GuardText, type Verdict } from './guard.ts';
import type { TaggedPass } from './scope.ts';

/** Longest wait before it looks again, in seconds: it may have healed long before its window opens. */
const LOOK_AGAIN = 3600;

export const name = 'window';

export const text: GuardText & { risk: string } = {
  reads: 'the same tags',
  holdsBack: 'Its `AutoRemediate:Window` is closed.',
  outcome: 'waits up to `WindowLimitHours`, then `NEEDS_HUMAN`',
  whatToDo: 'Ask the user whether it may be healed outside of its maintenance window.',
  risk: 'Outside of its window somebody may need the WorkSpace as it is.',
};

export async function ask({ tags, seen, settings }: TaggedPass): Promise<Verdict> {
  // Two that disagree have been held back by guard tags.
  const [[, window] = []] = tagsNamed(tags, `${settings.scopeTagKey}:Window`);
  return outsideWindow(window, seen.at, settings.windowLimitSeconds);
}

/** Whether it must wait for its window to open, by its tag. `at` in ISO. */
export function outsideWindow(tag: string | undefined, at: string, limitSeconds: number): Verdict {
  if (tag === undefined) return GO;
  // A malformed window never opens; guard tags says what is wrong with it.
  const seconds = openingIn(parseWindows(tag) ?? [], at);
  if (seconds === 0) return GO;
  const reason = `its maintenance window ${show(tag)} is closed.`;
  return { says: 'wait', reason, at, limitSeconds, waitSeconds: Math.min(seconds, LOOK_AGAIN) };
}

/** One window: it opens on these days (1 is Monday, as in ISO 8601) at the minute of the day `from`. */
interface Window {
  days: ReadonlySet<number>;
  from: number;
  /** Minute of the day at which it closes; not after `from`: on the next day. */
  to: number;
  zone: string;
}

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const WINDOW = /^(?:(Daily)|([A-Z][a-z]{2})(?:-([A-Z][a-z]{2}))?) (\d\d):(\d\d)-(\d\d):(\d\d) (\S+)$/;
const DAY = 24 * 60;

/** Reads `Mon-Fri 20:00-06:00 Europe/Berlin`; several are joined by ` + `. `undefined`: it is none. */
export function parseWindows(text: string): Window[] | undefined {
  const windows = text.split(/\s*\+\s+/).map((one) => parseWindow(one.trim().replace(/\s+/g, ' ')));
  return windows.every((one) => one !== undefined) ? windows : undefined;
}

function parseWindow(text: string): Window | undefined {
  const [, daily, first = '', last = first, h1, m1, h2, m2, zone = ''] = WINDOW.exec(text) ?? [];
  const days = daily ? DAYS.map((_, index) => index + 1) : daysFrom(DAYS.indexOf(first), DAYS.indexOf(last));
  const [from, to] = [minuteOfDay(h1, m1), minuteOfDay(h2, m2)];
  if (!days || from === undefined || to === undefined || from === DAY || !IANAZone.isValidZone(zone)) {
    return undefined;
  }
  return { days: new Set(days), from, to: to % DAY, zone };
}

function daysFrom(first: number, last: number): number[] | undefined {
  if (first < 0 || last < 0) return undefined;
  const length = ((last - first + DAYS.length) % DAYS.length) + 1;
  return Array.from({ length }, (_, index) => ((first + index) % DAYS.length) + 1);
}

function minuteOfDay(hour: string | undefined, minute: string | undefined): number | undefined {
  const minutes = Number(hour) * 60 + Number(minute);
  return Number(minute) < 60 && minutes <= DAY ? minutes : undefined;
}

/** Whole seconds until one of the windows is open, from an ISO time on; 0 while one is. */
export function openingIn(windows: readonly Window[], now: string): number {
  return Math.min(...windows.map((window) => opening(window, now)));
}

function opening({ days, from, to, zone }: Window, now: string): number {
  const today = DateTime.fromISO(now, { zone });
  const at = (day: DateTime, minutes: number) =>
    day.set({ hour: Math.floor(minutes / 60), minute: minutes % 60, second: 0, millisecond: 0 });
  // One that opened yesterday may last until today.
  for (let offset = -1; offset <= DAYS.length; offset++) {
    const day = today.plus({ days: offset });
    if (!days.has(day.weekday)) continue;
    const opens = at(day, from);
    const closes = at(to > from ? day : day.plus({ days: 1 }), to);
    if (closes > today) return Math.max(0, Math.ceil(opens.diff(today, 'seconds').seconds));
  }
  return Number.POSITIVE_INFINITY;
}
