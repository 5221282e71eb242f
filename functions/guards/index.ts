/** Every guard, in the order in which they are asked: the lease comes before all, and the WorkSpace's state between them. */
import * as connected from './connected.ts';
import * as cooldown from './cooldown.ts';
import * as flapping from './flapping.ts';
import * as futile from './futile.ts';
import type { GuardTexts } from './guard.ts';
import * as identity from './identity.ts';
import * as ladder from './ladder.ts';
import * as mode from './mode.ts';
import * as scope from './scope.ts';
import * as snapshotAge from './snapshot-age.ts';
import * as storm from './storm.ts';
import * as tags from './tags.ts';
import * as turn from './turn.ts';
import * as volumeKey from './volume-key.ts';
import * as window from './window.ts';

/** Before anything is asked about the WorkSpace. */
export const FIRST = [mode];
/** Once its tags are read, before its state is judged. */
export const OURS = [scope];
/** Once it is to be started: it is stopped, and was broken before. */
export const WAKE = [tags, window, storm];
/** Once it is broken, or a person has forced the start. What costs calls to AWS comes after the turn. */
export const BROKEN = [
  tags,
  window,
  storm,
  futile,
  flapping,
  cooldown,
  turn,
  ladder,
  identity,
  snapshotAge,
  volumeKey,
  connected,
];

/** Apart from the guards: whoever only tells of them bundles none of AWS's clients. */
export const TEXTS: GuardTexts = {
  mode: mode.text,
  scope: scope.text,
  tags: tags.text,
  window: window.text,
  storm: storm.text,
  futile: futile.text,
  flapping: flapping.text,
  cooldown: cooldown.text,
  turn: turn.text,
  ladder: ladder.text,
  identity: identity.text,
  'snapshot-age': snapshotAge.text,
  'volume-key': volumeKey.text,
  connected: connected.text,
};
