/** Where ministack's matcher judges otherwise than AWS's open-source Event Ruler does. */
import { constrainedPaths } from './events.ts';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

interface Difference {
  why: string;
  /** Whether an event is one of those under a pattern. */
  concerns(pattern: unknown, event: unknown): boolean;
  /** One that shows it, and AWS's verdict. */
  example: { pattern: unknown; event: unknown; verdict: boolean };
}

/** Whether something holds for the value at a path or one on the way to it, in any element of an array. */
function onTheWay(value: unknown, path: string[], holds: (value: unknown) => boolean): boolean {
  if (holds(value)) return true;
  if (Array.isArray(value)) return value.some((inner) => onTheWay(inner, path, holds));
  const [key, ...rest] = path;
  return key !== undefined && isObject(value) && key in value && onTheWay(value[key], rest, holds);
}

/** The paths of what a pattern wants not to exist. */
function absentPaths(pattern: unknown, path: string[] = []): string[][] {
  if (Array.isArray(pattern)) {
    return pattern.some((filter) => isObject(filter) && filter.exists === false) ? [path] : [];
  }
  if (!isObject(pattern)) return [];
  return Object.entries(pattern).flatMap(([key, inner]) => absentPaths(inner, [...path, key]));
}

export const DIFFERENCES: Record<string, Difference> = {
  'a name with a dot': {
    why: 'Event Ruler joins names by dots, in events too (its README, "JSON keys with dots"); ministack only in patterns.',
    concerns: (pattern, event) =>
      constrainedPaths(pattern).some((path) =>
        onTheWay(
          event,
          path,
          (value) =>
            isObject(value) &&
            Object.keys(value).some((key) => path.join('.').includes(key) && key.includes('.')),
        ),
      ),
    example: { pattern: { detail: { a: { b: [1] } } }, event: { detail: { 'a.b': 1 } }, verdict: true },
  },
  'what must not exist, in an array': {
    why: 'Event Ruler finds a field that is in any element which fits those chosen so far (NameState.getNameTransitions); ministack looks at one element for the whole inner pattern.',
    concerns: (pattern, event) =>
      absentPaths(pattern).some((path) => onTheWay(event, path.slice(0, -1), Array.isArray)),
    example: {
      pattern: { detail: { mute: { by: [{ exists: false }] } } },
      event: { detail: { mute: [{}, { by: 'a person' }] } },
      verdict: false,
    },
  },
  'no account or no Region': {
    why: 'AWS sends no event without them (TestEventPattern, Event); ministack puts its own in their place.',
    concerns: (_, event) =>
      isObject(event) && [event.account, event.region].some((value) => value === undefined || value === null),
    example: { pattern: { account: ['123456789012'] }, event: { detail: {} }, verdict: false },
  },
  'a detail that is a text': {
    why: 'Event Ruler takes a text as the leaf that it is; ministack reads JSON out of it.',
    concerns: (_, event) => isObject(event) && typeof event.detail === 'string',
    example: { pattern: { detail: { a: [1] } }, event: { detail: '{"a":1}' }, verdict: false },
  },
};
