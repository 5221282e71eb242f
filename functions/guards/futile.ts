/** Where rebuilds and restores of a directory have just failed to help, the next one is not tried: each sets data back for nothing. */
import type { Finished } from '../policy/futile.ts';
import { readFinished } from '../table/futile.ts';
import { show } from '../text.ts';
import { noneLeft, type RungPass } from './choice.ts';
import type { GuardText, Verdict } from './guard.ts';

/** Of the last so many rebuilds and restores of a directory, so many that did not help are too many. */
const JUDGED = 5;
const TOO_MANY = 3;

export const name = 'futile';

export const text: GuardText & { risk: string } = {
  reads: 'the table',
  holdsBack:
    'Three of the last five rebuilds and restores in its directory did not help, of two WorkSpaces at least, nor did the last. It bars rebuild and restore; a reboot may still be made.',
  outcome: '`NEEDS_HUMAN`, with one message per directory and day',
  whatToDo:
    'Find what these WorkSpaces have in common: the image of their bundle, the domain, security software. Put that right, then start one of them by hand and override this guard: once a rebuild or restore has helped, others are made again. What it held back meanwhile is to be started by hand.',
  risk: 'While the cause lasts a rebuild or restore does not help, and loses what the user has changed since the last snapshot.',
};

export async function read({ seen: { directoryId }, facts }: RungPass): Promise<void> {
  if (directoryId !== undefined) facts.futile = inVain(directoryId, await readFinished(directoryId));
}

export async function ask({ incident, choose }: RungPass): Promise<Verdict> {
  return noneLeft(name, choose(incident));
}

/**
 * Why nothing more is rebuilt or restored in a directory, if nothing is. One that helped opens it again; what fails for
 * one WorkSpace alone says nothing about the others.
 */
export function inVain(directoryId: string, finished: readonly Finished[]): string | undefined {
  const last = finished.slice(-JUDGED);
  const failed = last.filter(({ helped }) => !helped);
  const names = new Set(failed.map(({ workspaceId }) => workspaceId));
  if (last.at(-1)?.helped || failed.length < TOO_MANY || names.size < 2) return undefined;
  return `${failed.length} of the last ${last.length} rebuilds and restores in directory ${show(directoryId)} did not help (${[...names].join(', ')}); perhaps an image or its domain is bad`;
}
