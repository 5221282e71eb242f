/** What is done is the first rung of the ladder that may be used. */
import type { Guard as Name, Rung } from '../incident.ts';
import { RUNG_FACTS } from '../rungs.ts';
import type { Settings } from '../settings.ts';
import { show } from '../text.ts';
import { type Choice, noneLeft, type RungFacts, type RungPass } from './choice.ts';
import { tooSoon } from './cooldown.ts';
import type { GuardText, Verdict } from './guard.ts';
import { advisedAgainst } from './identity.ts';
import { tooOld } from './snapshot-age.ts';

export const name = 'ladder';

export const text: GuardText = {
  reads: 'the ladder, and the state',
  holdsBack: 'No rung is left, or AWS accepts none of them in this state.',
  outcome: '`NEEDS_HUMAN`',
  whatToDo:
    'Look whether the WorkSpace needs something that its ladder does not have: another rung, a migration or a new WorkSpace.',
};

export async function ask({ incident, choose }: RungPass): Promise<Verdict> {
  return noneLeft(name, choose(incident));
}

type RungSettings = Pick<Settings, 'cooldownSeconds' | 'maxRebuildsPerWeek' | 'maxSnapshotAgeSeconds'>;

/** The first rung whose preconditions hold, and why those before it are skipped. */
export function chooseRung(rungs: readonly Rung[], facts: RungFacts, settings: RungSettings): Choice {
  const notes: string[] = [];
  let first: Name | undefined;
  for (const rung of rungs) {
    const bar = barOf(rung, facts, settings);
    if (typeof bar === 'string') return { kind: bar };
    if (!bar) {
      const dataFrom = facts.snapshots?.[rung];
      return { kind: 'chosen', rung, dataFrom, notes: [...notes, ...(facts.notes ?? [])] };
    }
    // What AWS does not take in this state is nobody's to change: another guard is told before it.
    if (bar.guard !== 'ladder') first ??= bar.guard;
    notes.push(`${rung} is skipped: ${bar.reason}.`);
  }
  return { kind: 'none', guard: first ?? 'ladder', notes };
}

/** What bars a rung, if anything does; nothing more is read for one that is barred anyway. */
function barOf(
  rung: Rung,
  facts: RungFacts,
  settings: RungSettings,
): { guard: Name; reason: string } | 'ask-identity' | 'ask-snapshots' | undefined {
  const { states, losesData } = RUNG_FACTS[rung];
  if (!states.includes(facts.state)) {
    return { guard: 'ladder', reason: `AWS does not ${rung} a WorkSpace that is ${show(facts.state)}` };
  }
  if (!losesData) return undefined;
  const { futile } = facts;
  if (futile !== undefined && !facts.overridden('futile')) return { guard: 'futile', reason: futile };
  const soon = facts.overridden('cooldown') ? undefined : tooSoon(facts, settings);
  if (soon) return { guard: 'cooldown', reason: soon };
  if (rung === 'rebuild' && !facts.overridden('identity')) {
    if (facts.isEntra === undefined) return 'ask-identity';
    const advice = advisedAgainst(facts.isEntra);
    if (advice) return { guard: 'identity', reason: advice };
  }
  if (!facts.snapshots) return 'ask-snapshots';
  if (facts.overridden('snapshot-age')) return undefined;
  const old = tooOld(rung, facts.snapshots[rung], facts.now, settings.maxSnapshotAgeSeconds);
  return old === undefined ? undefined : { guard: 'snapshot-age', reason: old };
}
