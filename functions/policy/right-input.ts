/** The input that is shown to whoever gave a wrong one: to paste, or to put an id into. */
import { WORKSPACE_ID } from '../incident.ts';
import { show } from '../text.ts';
import { isFields, WORKSPACE_ARN } from './parsed.ts';

/** Longest input that is shown: one with the longest reason. */
const RIGHT_LENGTH = 1000;

/** Stands for an id where none is given, or several: it has the form of one, and belongs to nobody. */
const ANY_ID = 'ws-xxxxxxxxx';

/** Depth of JSON in texts in JSON that is read: an SNS record holds a message that holds an alarm. */
const TEXT_DEPTH = 3;

/** How to start it right, with the id that was given if there is exactly one: shown, never acted on. */
export function startAgain(given: unknown, more: Readonly<Record<string, unknown>> = {}): string {
  const ids = idsIn(given);
  const [workspaceId = ANY_ID] = ids.length === 1 ? ids : [];
  const whole = Object.keys(more).length === 0 ? { workspaceId, reason: 'why' } : { workspaceId, ...more };
  const text = show(whole, RIGHT_LENGTH);
  // Half of an input is no use to anybody.
  const right = text.endsWith('}') ? text : show({ workspaceId, reason: 'why' });
  return `Start ${ids.length > 1 ? 'each' : 'it again'} with ${right}.`;
}

/** The ids of WorkSpaces that stand anywhere in a value, each once; alarms and their subjects may be named like ids. */
export function idsIn(given: unknown): string[] {
  const found = new Set<string>();
  const left: { value: unknown; depth: number }[] = [{ value: given, depth: 0 }];
  for (let next = left.pop(); next; next = left.pop()) {
    const { value, depth } = next;
    if (typeof value === 'string') {
      const id = idOf(value);
      if (id !== undefined) found.add(id);
      else if (depth < TEXT_DEPTH) left.push({ value: parseJson(value), depth: depth + 1 });
    } else if (Array.isArray(value)) {
      for (const inner of value) left.push({ value: inner, depth });
    } else if (isFields(value)) {
      for (const [key, inner] of Object.entries(value))
        if (!/^(alarmname|subject)$/i.test(key)) left.push({ value: inner, depth });
    }
  }
  return [...found].sort();
}

function idOf(text: string): string | undefined {
  const plain = text.trim();
  const [, , , id = plain] = WORKSPACE_ARN.exec(plain) ?? [];
  return WORKSPACE_ID.test(id) ? id : undefined;
}

function parseJson(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
