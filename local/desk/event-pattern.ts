/**
 * EventBridge's pattern matching, as far as the template uses it. Written after the behaviour of AWS's
 * open-source Event Ruler: an array of objects matches when one consistent choice of its elements does.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
 */
import * as v from 'valibot';

/** A pattern uses something that this matcher does not know; it must not be taken for "no match". */
export class PatternError extends Error {
  override readonly name = 'PatternError';
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** One place in an event that a pattern constrains. */
interface Constraint {
  path: string;
  filters: unknown[];
}

/** One leaf of an event, and which element of each array on its way it belongs to. */
interface Leaf {
  path: string;
  value: unknown;
  elements: Map<string, number>;
}

/** Whether an event matches a rule's pattern. @throws PatternError */
export function matches(pattern: unknown, event: unknown): boolean {
  const leaves = flatten(event, [], new Map(), '');
  // What does not exist is judged by the elements chosen before it, so the order counts: Event Ruler's is by path.
  const sorted = constraints(pattern, []).sort((one, other) => (one.path < other.path ? -1 : 1));
  return consistent(sorted, leaves, new Map());
}

/** Finds one leaf for each constraint, such that all agree on the element chosen of each array. */
function consistent(rest: Constraint[], leaves: Leaf[], chosen: ReadonlyMap<string, number>): boolean {
  const [first, ...others] = rest;
  if (!first) return true;
  const here = leaves.filter((leaf) => leaf.path === first.path);
  return first.filters.some((filter) => {
    if (isObject(filter) && filter.exists === false) {
      const isThere = here.some(({ elements }) => agree(chosen, elements) !== null);
      return !isThere && consistent(others, leaves, chosen);
    }
    return here.some((leaf) => {
      if (!accepts(filter, leaf.value)) return false;
      const joined = agree(chosen, leaf.elements);
      return joined !== null && consistent(others, leaves, joined);
    });
  });
}

function agree(
  chosen: ReadonlyMap<string, number>,
  elements: Map<string, number>,
): Map<string, number> | null {
  const joined = new Map(chosen);
  for (const [array, index] of elements) {
    if ((joined.get(array) ?? index) !== index) return null;
    joined.set(array, index);
  }
  return joined;
}

function constraints(pattern: unknown, path: string[]): Constraint[] {
  if (Array.isArray(pattern)) return [{ path: path.join('.'), filters: pattern }];
  if (!isObject(pattern))
    throw new PatternError(`${path.join('.') || 'The pattern'} must be an array or an object.`);
  return Object.entries(pattern).flatMap(([key, inner]) => constraints(inner, [...path, key]));
}

function flatten(value: unknown, path: string[], elements: Map<string, number>, array: string): Leaf[] {
  if (Array.isArray(value)) {
    const id = `${array}/${path.join('.')}`;
    return value.flatMap((inner, index) =>
      // The values of a plain array do not have to agree; its objects and arrays do.
      flatten(
        inner,
        path,
        typeof inner === 'object' && inner !== null ? new Map([...elements, [id, index]]) : elements,
        `${id}[${index}]`,
      ),
    );
  }
  if (isObject(value)) {
    return Object.entries(value).flatMap(([key, inner]) => flatten(inner, [...path, key], elements, array));
  }
  return [{ path: path.join('.'), value, elements }];
}

const operators = v.union([v.strictObject({ exists: v.boolean() }), v.strictObject({ prefix: v.string() })]);

function accepts(filter: unknown, value: unknown): boolean {
  if (!isObject(filter)) return filter === value;
  const parsed = v.safeParse(operators, filter);
  if (!parsed.success) throw new PatternError(`Operator ${JSON.stringify(filter)} is not known here.`);
  const operator = parsed.output;
  if ('exists' in operator) return operator.exists;
  return typeof value === 'string' && value.startsWith(operator.prefix);
}
