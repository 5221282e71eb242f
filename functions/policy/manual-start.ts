/** What a person typed in the console, or a script gave: which WorkSpace, why, and what is wished. */
import * as v from 'valibot';
import { OVERRIDABLE, type Rung, WORKSPACE_ID } from '../incident.ts';
import { parseLadder } from '../rungs.ts';
import { show } from '../text.ts';
import { type Home, letters, type Parsed, rejected, WORKSPACE_ARN, wellFormed } from './parsed.ts';
import { idsIn, startAgain } from './right-input.ts';

/** Longest reason that a person may give, in characters. */
const REASON_LENGTH = 500;

/** Longest name of who asks, in characters. */
const NAME_LENGTH = 100;

/** Mistakes told at a time: the others show when these are mended. */
const TOLD = 3;

/** A ladder as the tag and the parameter have it, or a list. */
const ladder = v.pipe(
  v.union([v.string(), v.array(v.string())]),
  v.transform((given): Rung[] | undefined => parseLadder([given].flat().join(','))),
  v.custom<Rung[]>(Array.isArray),
);

const FIELDS = {
  workspaceId: v.pipe(v.string(), v.trim()),
  reason: v.pipe(v.string(), v.maxLength(REASON_LENGTH), v.transform(wellFormed)),
  requestedBy: v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(NAME_LENGTH), v.transform(wellFormed)),
  force: v.boolean(),
  dryRun: v.boolean(),
  override: v.array(v.picklist(OVERRIDABLE)),
  ladder,
};
type Field = keyof typeof FIELDS;

/** In our own words: what a library says of a schema helps nobody at night. */
const MUST: Readonly<Record<Field, string>> = {
  workspaceId: 'must be the id of one WorkSpace, as text',
  reason: `must be text of up to ${REASON_LENGTH} characters`,
  requestedBy: `must say who asks, in 1 to ${NAME_LENGTH} characters`,
  force: 'must be true or false',
  dryRun: 'must be true or false',
  override: `must be a list of ${OVERRIDABLE.join(', ')}, or of some of them`,
  ladder: 'must be reboot, restore, rebuild or some of them in this order',
};
const NAMES = Object.keys(MUST);
const isField = (name: string): name is Field => Object.hasOwn(MUST, name);

const start = v.object({ ...v.partial(v.object(FIELDS)).entries, workspaceId: FIELDS.workspaceId });

export function parseManual(input: Readonly<Record<string, unknown>>, home: Home): Parsed {
  const mistakes = mistakesOf(input);
  const parsed = v.safeParse(start, input);
  if (mistakes.length > 0 || !parsed.success) {
    return rejected(`${mistakes.slice(0, TOLD).join(' ')} ${startAgain(idGiven(input), goodIn(input))}`);
  }
  const { workspaceId: given, reason = 'No reason given', force = false, dryRun = false } = parsed.output;
  const { override = [], ladder: rungs, requestedBy } = parsed.output;
  const { id, bad } = oneOfOurs(given, home);
  if (bad) return bad;
  if (needsName(parsed.output)) {
    const why = 'requestedBy must say who asks when force or override is given, and is missing.';
    return rejected(`${why} ${startAgain(id, goodIn(input))}`);
  }
  const wishes = {
    reason,
    ...(requestedBy !== undefined && { requestedBy }),
    force,
    dryRun,
    override,
    ...(rungs && { ladder: rungs }),
  };
  return { kind: 'request', request: { source: 'manual', workspaceId: id, ...wishes } };
}

/** Whoever passes over what protects a WorkSpace is named. */
const needsName = (given: { requestedBy?: unknown; force?: unknown; override?: unknown }): boolean =>
  given.requestedBy === undefined &&
  (given.force === true || (Array.isArray(given.override) && given.override.length > 0));

/** The id that is given as it is or in an ARN, which must be of this account and Region. */
function oneOfOurs(given: string, home: Home): { id: string; bad?: Parsed } {
  const [, region, account, id = given] = WORKSPACE_ARN.exec(given) ?? [];
  if (region !== undefined && (region !== home.region || account !== home.account)) {
    const whose = `is of account ${account} in ${region}, and this service heals those of account ${home.account} in ${home.region} only.`;
    return { id, bad: rejected(`workspaceId ${show(given, 200)} ${whose} ${startAgain(undefined)}`) };
  }
  const bad = badId('workspaceId', id);
  return bad ? { id, bad } : { id };
}

/** Why a text is no id, if it is none. */
export function badId(field: string, id: string): Parsed | undefined {
  if (WORKSPACE_ID.test(id)) return undefined;
  const form = 'must look like ws- and 8 to 63 lower-case letters or digits';
  return rejected(`${field} ${form}, and is ${show(id)}. ${startAgain(undefined)}`);
}

function mistakesOf(input: Readonly<Record<string, unknown>>): string[] {
  const given = Object.keys(input);
  const told = given.length === 0 ? 'it is empty' : `given: ${given.slice(0, 10).map(quoted).join(', ')}`;
  const missing = Object.hasOwn(input, 'workspaceId') ? [] : [`The input has no "workspaceId" (${told}).`];
  const wrong = given.flatMap((key) => {
    if (!isField(key)) return [strange(key, input[key])];
    if (v.is(FIELDS[key], input[key])) return [];
    return [`${key} ${MUST[key]}, and is ${show(input[key])}.`];
  });
  return [...missing, ...wrong];
}

const quoted = (key: string): string => show(key, 40);

const meant = (key: string): string | undefined => NAMES.find((name) => letters(name) === letters(key));

function strange(key: string, value: unknown): string {
  const name = meant(key);
  if (name !== undefined) return `${quoted(key)} must be written "${name}".`;
  if (key === 'Comment' && value === 'Insert your JSON here')
    return '"Comment" is what the console fills in: replace all of it.';
  return `${quoted(key)} is not a field of a manual start; those are ${NAMES.join(', ')}.`;
}

/** What a field that is nearly called `workspaceId` holds, also where that one is there and no good. */
const idGiven = (input: Readonly<Record<string, unknown>>): unknown =>
  idsIn(input.workspaceId).length === 1 ? input.workspaceId : input;

/** What is right about an input, under the right names: all but the id. */
function goodIn(input: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const good: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(input)) {
    const name = meant(key);
    if (name === undefined || name === 'workspaceId' || !isField(name)) continue;
    if (v.is(FIELDS[name], value)) good[name] = value;
  }
  if (needsName(good)) good.requestedBy = 'your name';
  return good;
}
