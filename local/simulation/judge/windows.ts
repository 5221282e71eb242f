/** Maintenance windows, read anew from README's words: days, hours and a time zone, several joined by ` + `. */
import { DateTime, IANAZone } from 'luxon';

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const HOUR = 3_600_000;
const WINDOW = /^(Daily|[A-Z][a-z]{2}(?:-[A-Z][a-z]{2})?) (\d\d):([0-5]\d)-(\d\d):([0-5]\d) (\S+)$/;

interface Window {
  /** Those on which it opens. */
  days: readonly string[];
  /** Minutes of the day. */
  opens: number;
  closes: number;
  zone: string;
}

/** `undefined`: the text is no window. */
export function parseWindows(text: string): Window[] | undefined {
  const windows = text.split(/\s*\+\s+/).map((one) => parseWindow(one.trim().replace(/\s+/g, ' ')));
  return windows.every((one) => one !== undefined) ? windows : undefined;
}

function parseWindow(text: string): Window | undefined {
  const [, names = '', h1, m1, h2, m2, zone = ''] = WINDOW.exec(text) ?? [];
  const days = daysOf(names);
  const opens = Number(h1) * 60 + Number(m1);
  const closes = Number(h2) * 60 + Number(m2);
  const isGood = days.length > 0 && opens < 1_440 && closes <= 1_440 && IANAZone.isValidZone(zone);
  return isGood ? { days, opens, closes: closes % 1_440, zone } : undefined;
}

function daysOf(names: string): string[] {
  if (names === 'Daily') return DAYS;
  const [first = '', last = first] = names.split('-');
  const [from, to] = [DAYS.indexOf(first), DAYS.indexOf(last)];
  if (from < 0 || to < 0) return [];
  return from <= to ? DAYS.slice(from, to + 1) : [...DAYS.slice(from), ...DAYS.slice(0, to + 1)];
}

/**
 * Whether one of them is open, by the clock on the wall; `undefined` in the hour before and after that clock is
 * changed, when it shows a time twice or never.
 */
export function isOpen(windows: readonly Window[], at: number): boolean | undefined {
  const answers = windows.map((window) => isOneOpen(window, at));
  if (answers.includes(true)) return true;
  return answers.includes(undefined) ? undefined : false;
}

function isOneOpen({ days, opens, closes, zone }: Window, at: number): boolean | undefined {
  const local = (time: number) => DateTime.fromMillis(time, { zone });
  if (local(at - HOUR).offset !== local(at + HOUR).offset) return undefined;
  const now = local(at);
  const minute = now.hour * 60 + now.minute;
  const day = (one: DateTime) => DAYS[one.weekday - 1] ?? '';
  const isToday = days.includes(day(now));
  if (opens < closes) return isToday && opens <= minute && minute < closes;
  const sinceYesterday = days.includes(day(now.minus({ days: 1 }))) && minute < closes;
  return (isToday && opens <= minute) || sinceYesterday;
}
