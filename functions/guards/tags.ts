/** What is wished for by a tag must be understood, and be allowed by the stack. */
import { isManual, type Request } from '../incident.ts';
import { disagreement, tagsNamed } from '../policy/tag-keys.ts';
import { parseLadder } from '../rungs.ts';
import type { Settings } from '../settings.ts';
import { show } from '../text.ts';
import type { GuardText, Verdict } from './guard.ts';
import type { TaggedPass } from './scope.ts';
import { parseWindows } from './window.ts';

export const name = 'tags';

export const text: GuardText = {
  reads: 'the same tags',
  holdsBack:
    'Its tag `AutoRemediate:Ladder` or `AutoRemediate:Window` is malformed, is there twice with keys that differ in case only and different values, or its ladder has no rung that the stack allows.',
  outcome: '`NEEDS_HUMAN`',
  whatToDo: 'Correct the tag that is named above.',
};

export async function ask({ incident, tags, settings }: TaggedPass): Promise<Verdict> {
  return wishes(incident.request, tags, settings);
}

/**
 * The ladder that the person who asks, the WorkSpace's own tag or the stack wants. Tags of wishes are named after the tag
 * of the scope: `AutoRemediate:Ladder`. The stack's ladder is what it allows.
 */
export function wishes(
  request: Request,
  tags: Readonly<Record<string, string>>,
  { scopeTagKey, ladder }: Pick<Settings, 'scopeTagKey' | 'ladder'>,
): Verdict {
  const ladders = tagsNamed(tags, `${scopeTagKey}:Ladder`);
  const windows = tagsNamed(tags, `${scopeTagKey}:Window`);
  const torn = disagreement(ladders) ?? disagreement(windows);
  if (torn !== undefined) return { says: 'person', reason: torn };
  const [[ladderKey, ladderTag] = []] = ladders;
  const tagged = ladderTag === undefined ? ladder : parseLadder(ladderTag);
  if (!tagged) {
    return {
      says: 'person',
      reason: `the tag ${show(ladderKey)} = ${show(ladderTag)} is not a ladder. Use reboot, restore, rebuild or some of them in this order, joined by +.`,
    };
  }
  const asked = isManual(request) ? request.ladder : undefined;
  const wanted = asked ?? tagged;
  // A wish may only narrow what the stack allows: what else it names IAM does not grant.
  const chosen = ladder.filter((rung) => wanted.includes(rung));
  if (chosen.length === 0) {
    const names = `names ${wanted.join()}, but the stack's Ladder allows only ${ladder.join()}`;
    return asked
      ? {
          says: 'person',
          as: 'ladder',
          reason: `the start's ladder ${names}. Start it again with "ladder": "${ladder.join()}" or without one, or change the stack's parameter Ladder.`,
        }
      : {
          says: 'person',
          reason: `the tag ${show(ladderKey)} ${names}. Change the tag, or the stack's parameter Ladder.`,
        };
  }
  const [[windowKey, windowTag] = []] = windows;
  if (windowTag !== undefined && !parseWindows(windowTag)) {
    return {
      says: 'person',
      reason: `the tag ${show(windowKey)} = ${show(windowTag)} is not a maintenance window. Use days, hours and a time zone: Mon-Fri 20:00-06:00 Europe/Berlin.`,
    };
  }
  return { says: 'go', remember: { ladder: chosen } };
}
