/** Events for the rules: real ones, and real ones changed where a rule looks. */
import fc from 'fast-check';
import { statusChange } from '../../../local/desk/executions-server.ts';
import { loadStack } from '../../../local/desk/template.ts';
import { sample } from '../../../local/stories/samples.ts';

const stack = loadStack();
export const RULES = stack.rules;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Stands for a field that is left out. */
const MISSING = Symbol('missing');

/** One change of an event: what it does with the value at a path. */
interface Edit {
  path: string[];
  change: (value: unknown) => unknown;
}

/** An event as it really is, and what was done to it. */
export interface Case {
  base: unknown;
  edits: number;
  event: unknown;
}

const ended = (status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED') =>
  statusChange({
    arn: `${stack.stateMachine.arn.replace(':stateMachine:', ':execution:')}:one`,
    name: 'one',
    status,
    input: sample('manual.json'),
    startedAt: Date.parse('2026-11-02T17:04:41Z'),
    endedAt: Date.parse('2026-11-02T17:30:00Z'),
  });

/** Each with the rule that looks at its kind of event, and how often it is taken: most of all what matches. */
export const BASES: [rule: string, event: unknown, weight: number][] = [
  ['AlarmRule', sample('alarm-workspace.json'), 12],
  ['AlarmRule', sample('alarm-workspace-ok.json'), 1],
  ['AlarmRule', sample('alarm-directory.json'), 1],
  ['AlarmRule', sample('alarm-unrelated.json'), 1],
  ['ContributorRule', sample('alarm-contributor.json'), 12],
  ['NetRule', ended('FAILED'), 2],
  ['NetRule', ended('TIMED_OUT'), 2],
  ['NetRule', ended('ABORTED'), 2],
  ['NetRule', ended('SUCCEEDED'), 1],
  ['NetRule', ended('RUNNING'), 1],
];

/** The paths at which a pattern constrains an event. */
export function constrainedPaths(pattern: unknown, path: string[] = []): string[][] {
  if (!isObject(pattern)) return [path];
  return Object.entries(pattern).flatMap(([key, inner]) => constrainedPaths(inner, [...path, key]));
}

/** Does a change at a path, in the first element of each array on the way, and makes what is not there. */
function edited(value: unknown, [key, ...rest]: string[], change: Edit['change']): unknown {
  if (key === undefined) return change(value);
  if (Array.isArray(value)) {
    const [first, ...others] = value;
    return [edited(first, [key, ...rest], change), ...others];
  }
  const object = isObject(value) ? value : {};
  const inner = edited(object[key], rest, change);
  const { [key]: _, ...others } = object;
  return inner === MISSING ? others : { ...others, [key]: inner };
}

/** Texts that nearly are what a rule wants. */
const nearText = (text: string) =>
  fc.constantFrom(
    text.toLowerCase(),
    text.toUpperCase(),
    ` ${text}`,
    `${text} `,
    `${text}\n`,
    `x${text}`,
    text.slice(1),
    text.slice(0, -1),
    text.slice(0, 2),
    text.slice(0, 3),
    `${text}x`,
    `${text}\u0000`,
    text.replace(/[aA]/, 'а'),
    text.replace(/-/, '‐'),
    text.replaceAll('"', "'"),
    text.replaceAll('"', ''),
    text.replace('/', '\\/'),
    text.split('').reverse().join(''),
    JSON.stringify(text),
  );

const strange = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, 1, -1.5, '', [], {}, [[]], [null], [{}], { '': null }),
  fc.constantFrom<unknown>(
    { mutedByArn: 'a rule' },
    { mutedByArn: null },
    [{}, { mutedByArn: 'a rule' }],
    { value: 'ALARM' },
    [{ value: 'ALARM' }, { mutedByArn: [] }],
    { WorkspaceId: 'ws-8kq3zn1yd' },
  ),
  fc.jsonValue({ maxDepth: 2 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
);

/** Values that a rule looks for somewhere, so that the right one comes in the wrong place. */
const wanted = fc.constantFrom<unknown>(
  'ALARM',
  'OK',
  'FAILED',
  'TIMED_OUT',
  'RUNNING',
  'aws.cloudwatch',
  'aws.states',
  'AWS/WorkSpaces',
  'Unhealthy',
  'Available',
  'ws-',
  'ws-8kq3zn1yd',
  'CloudWatch Alarm State Change',
  'CloudWatch Alarm Contributor State Change',
  stack.stateMachine.arn,
);

/** What may be done with a leaf that a rule constrains. */
const leafChange: fc.Arbitrary<Edit['change']> = fc.oneof(
  { weight: 2, arbitrary: fc.constant(() => MISSING) },
  { weight: 4, arbitrary: strange.map((value) => () => value) },
  { weight: 2, arbitrary: wanted.map((value) => () => value) },
  { weight: 2, arbitrary: strange.map((other) => (value: unknown) => [other, value]) },
  { weight: 1, arbitrary: fc.constant((value: unknown) => [[value]]) },
  { weight: 1, arbitrary: fc.constant((value: unknown) => ({ value })) },
  {
    weight: 5,
    arbitrary: fc.tuple(fc.nat(), fc.nat()).map(
      ([seed, index]) =>
        (value: unknown) =>
          typeof value === 'string'
            ? fc.sample(nearText(value), { seed, numRuns: 1 + (index % 3) }).at(-1)
            : value,
    ),
  },
);

/** Each of its fields in an object of its own. */
const apart = (value: unknown) =>
  isObject(value) ? Object.entries(value).map(([key, inner]) => ({ [key]: inner })) : [value];

/** What may be done with an object or an array on the way to a leaf. */
const wayChange: fc.Arbitrary<Edit['change']> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(() => MISSING) },
  { weight: 2, arbitrary: strange.map((value) => () => value) },
  { weight: 2, arbitrary: strange.map((other) => (value: unknown) => [other, value]) },
  { weight: 2, arbitrary: fc.constant((value: unknown) => [value]) },
  { weight: 2, arbitrary: fc.constant(apart) },
  { weight: 1, arbitrary: fc.constant((value: unknown) => apart(value).map((each) => [each])) },
  {
    weight: 1,
    // The same path, spelled with a dot in the name.
    arbitrary: fc.constant((value: unknown) =>
      isObject(value)
        ? Object.fromEntries(
            Object.entries(value).flatMap(([key, inner]) =>
              isObject(inner)
                ? Object.entries(inner).map(([below, leaf]) => [`${key}.${below}`, leaf])
                : [[key, inner]],
            ),
          )
        : value,
    ),
  },
  { weight: 1, arbitrary: fc.constant((value: unknown) => JSON.stringify(value ?? null)) },
);

/** What a rule has no eye for: a field more, of any name that the rule does not want. */
const addition: fc.Arbitrary<Edit['change']> = fc
  .tuple(fc.string({ unit: 'grapheme', maxLength: 6 }), fc.jsonValue({ maxDepth: 1 }))
  .map(
    ([key, extra]) =>
      (value: unknown) =>
        isObject(value) ? { [`+${key}`]: extra, ...value } : value,
  );

const editOf = (pattern: unknown): fc.Arbitrary<Edit> => {
  const leaves = constrainedPaths(pattern);
  const ways = leaves.flatMap((path) => path.slice(0, -1).map((_, index) => path.slice(0, index + 1)));
  const at = (paths: string[][], change: fc.Arbitrary<Edit['change']>) =>
    fc.record({ path: fc.constantFrom(...paths), change });
  return fc.oneof(
    { weight: 8, arbitrary: at(leaves, leafChange) },
    { weight: 3, arbitrary: at(ways, wayChange) },
    { weight: 1, arbitrary: at([[], ...ways], addition) },
  );
};

/** An event of one of the real kinds: as it is, or with one to three changes where its rule looks. */
export const cases: fc.Arbitrary<Case> = fc
  .oneof(...BASES.map(([rule, base, weight]) => ({ weight, arbitrary: fc.constant({ rule, base }) })))
  .chain(({ rule, base }) => {
    const edit = editOf(RULES.find(({ name }) => name === rule)?.pattern);
    return fc
      .oneof(
        { weight: 12, arbitrary: fc.array(edit, { minLength: 1, maxLength: 1 }) },
        { weight: 3, arbitrary: fc.array(edit, { minLength: 2, maxLength: 3 }) },
        { weight: 1, arbitrary: fc.constant([]) },
      )
      .map((edits) => ({
        base,
        edits: edits.length,
        // As it travels: through JSON.
        event: JSON.parse(
          JSON.stringify(
            edits.reduce<unknown>((event, { path, change }) => edited(event, path, change), base),
          ),
        ),
      }));
  });
