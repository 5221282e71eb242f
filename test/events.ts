const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** A copy of an event with the value at a dotted path replaced; `undefined` leaves the field out. */
export function changed(event: unknown, path: string, value: unknown): unknown {
  const copy: unknown = structuredClone(event);
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let at: unknown = copy;
  for (const key of keys) at = isObject(at) ? at[key] : undefined;
  if (!isObject(at)) throw new Error(`The event has no ${path}.`);
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy;
}
