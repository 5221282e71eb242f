/** P5 and P4, of storms: nothing is done in one or just after, and one message tells of it. */
import type { Trace } from '../trace.ts';
import type { Case, Report } from './cases.ts';
import { type Change, nameOf } from './guards.ts';
import type { View } from './view.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Metrics are so old at most when they are read, where they come at once; the missing ones may hide two periods more. */
const METRICS_LAG = 11 * MINUTE;
export const MISSING = 10 * MINUTE;
/** Incidents count for so long at least. */
const INCIDENTS = 10 * MINUTE;
const SAMPLE = MINUTE;

/**
 * P5: not while too much of a directory has been unhealthy for longer than metrics lag, nor while too many incidents
 * have just been opened in it, nor just after a storm.
 */
export function storm(change: Change, cases: Case[], storms: Sighting[], broken: Report): void {
  const { at, slack, trace, view, desktop, rung } = change;
  if (change.overrides('storm')) return;
  const what = `${nameOf(change)} asked for a ${rung}`;
  const samples: { unhealthy: number; limit: number }[] = [];
  const { metrics } = trace.story;
  const lag = METRICS_LAG + (metrics ? metrics.delay + MISSING : 0);
  for (let time = at - lag - slack; time <= at; time += SAMPLE) {
    samples.push(health(trace, desktop.directoryId, time));
  }
  if (samples.every(({ unhealthy, limit }) => unhealthy > limit)) broken('P5', at, `${what} in a storm.`);
  const lately = cases.filter(({ started, sent }) => {
    const of = view.desktop(started.start.workspaceId);
    const noted = sent.find(
      ({ request }) => request.call === 'check > DynamoDB.UpdateItem' && request.item === 'INCIDENTS',
    );
    const seen = noted?.effect?.result === 'ok' ? noted.effect.at : 0;
    const isNear = of?.directoryId === desktop.directoryId && !started.start.dryRun;
    // Counted whenever the guard looked.
    return isNear && seen > at - INCIDENTS && seen < at - slack;
  });
  const incidents = new Set(lately.map(({ started }) => started.start.workspaceId)).size;
  if (incidents > Math.max(...samples.map(({ limit }) => limit))) {
    broken('P5', at, `${what} while ${incidents} incidents were open in its directory.`);
  }
  const seen = storms.some(
    (one) =>
      one.text.includes(`"directoryId":"${desktop.directoryId}"`) &&
      one.at > at - trace.settings.stormCooldownMs + MINUTE &&
      one.at < at - slack,
  );
  if (seen) broken('P5', at, `${what} just after a storm.`);
}

/** How many of a directory are unhealthy at a time, and how many may be. */
export function health({ story, histories, settings }: Trace, directoryId: string, time: number) {
  // One that is stopped is not broken.
  let [unhealthy, total] = [0, (story.healthy[directoryId] ?? 0) + (story.stopped[directoryId] ?? 0)];
  for (const desktop of story.desktops) {
    if (desktop.directoryId !== directoryId) continue;
    const states = histories.get(desktop.workspaceId) ?? [];
    const state = (states.findLast((one) => one.at <= time) ?? states[0])?.state;
    if (state === 'UNHEALTHY') unhealthy++;
    if (state === 'UNHEALTHY' || state === 'AVAILABLE' || state === 'STOPPED') total++;
  }
  const share = Math.max(1, Math.floor((total * settings.maxUnhealthyPercent) / 100));
  return { unhealthy, limit: Math.min(share, settings.maxUnhealthyCount) };
}

/** A storm that the service has seen by what it measured, as its own log has it. */
interface Sighting {
  at: number;
  text: string;
}

export function sightings({ happenings }: Trace): Sighting[] {
  return happenings.flatMap((one) => {
    if (one.kind !== 'log' || one.entry.step !== 'Check') return [];
    const text = JSON.stringify(one.entry);
    const isOne =
      text.includes('"outcome":"NEEDS_HUMAN"') &&
      text.includes('are or were just unhealthy') &&
      // A dry run by hand leaves no trace.
      !text.includes('"dryRun":true');
    return isOne ? [{ at: one.at, text }] : [];
  });
}

const STORM = 'Guard storm: ';
const FUTILE = 'Guard futile: ';
/** Whether a message of an execution tells of what holds others back as well: a storm, or remedies in vain. */
export const isNewsForAllOf = (message: string, execution: string): boolean =>
  (isStormNews(message) || message.includes(FUTILE)) && message.endsWith(`:${execution}`);

const isStormNews = (message: string) =>
  message.includes(STORM) && (message.includes('just unhealthy') || message.includes('as seen just now'));

/** P4: one message a storm and directory. */
export function messages(trace: Trace, broken: Report): void {
  const told = new Map<string, { at: number; execution: string }[]>();
  for (const one of trace.happenings) {
    if (one.kind !== 'published' || !isStormNews(one.message) || one.message.includes('(dry run)')) continue;
    const directory = /Directory: (\S+)/.exec(one.message)?.[1] ?? '';
    const execution = /executions\/details\/\S+:(\S+)/.exec(one.message)?.[1] ?? '';
    const before = told.get(directory) ?? [];
    const twin = before.find(
      (other) => other.execution !== execution && one.at - other.at < trace.settings.stormCooldownMs - MINUTE,
    );
    if (twin && !trace.happenings.some(({ kind }) => kind === 'fault')) {
      broken('P4', one.at, `A storm in ${directory} was told by ${twin.execution} and by ${execution}.`);
    }
    told.set(directory, [...before, { at: one.at, execution }]);
  }
}

/** Whether an execution was held back by a storm, or by remedies in vain, that another one has told of, or was to tell of when it failed. */
export function isToldOfStorm(each: Case, view: View): boolean {
  const teller = tellerOf(each, view);
  return teller !== undefined && view.tellers.has(teller);
}

/** The execution that is to tell of the storm, or of the remedies in vain, by which another was held back, if it left that to one. */
export function tellerOf({ started, ended }: Case, view: View): string | undefined {
  if (ended?.outcome !== 'NEEDS_HUMAN') return undefined;
  const closing = view.log(started.execution).find(({ entry }) => entry.step === 'Close');
  const text = JSON.stringify(closing?.entry) ?? '';
  return /"guard":"(?:storm|futile)","toldBy":"([^"]+)"/.exec(text)?.[1];
}
