/** Every guard, in the order in which they are asked, by the step that asks them. Lease and state come between. */
import * as connected from './connected.ts';
import * as cooldown from './cooldown.ts';
import * as flapping from './flapping.ts';
import type { GuardTexts } from './guard.ts';
import * as ladder from './ladder.ts';
import * as mode from './mode.ts';
import * as scope from './scope.ts';
import * as snapshotAge from './snapshot-age.ts';
import * as storm from './storm.ts';
import * as tags from './tags.ts';
import * as turn from './turn.ts';
import * as window from './window.ts';

/** Mode. */
export const MODE = [mode];
/** Check, before the state. */
export const SCOPE = [scope];
/** Check, once it is broken. */
export const WISHES = [tags, window];
/** Fleet. */
export const FLEET = [flapping, storm];
/** Guard: what is to be done, and whether it may be done now. */
export const RUNG = [cooldown, snapshotAge, ladder, connected];
/** Guard, unless nothing is to be changed: a dry run takes no place from those that are healed. */
export const TURN = [turn];

/** Apart from the guards: whoever only tells of them bundles none of AWS's clients. */
export const TEXTS: GuardTexts = {
  mode: mode.text,
  scope: scope.text,
  tags: tags.text,
  window: window.text,
  flapping: flapping.text,
  storm: storm.text,
  cooldown: cooldown.text,
  'snapshot-age': snapshotAge.text,
  ladder: ladder.text,
  connected: connected.text,
  turn: turn.text,
};
