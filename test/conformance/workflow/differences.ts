/** Where an interpreter spells a value in another way than AWS, so that the rest can be compared as it is. */
import type { Recording } from './recording.ts';

/** Each difference with its reason; one that is no longer seen in any story fails the run. */
export const DIFFERENCES = {
  startTime: "ministack: the clock is the engine's own, and cannot be set.",
  roleArn: 'ministack: the context object has no $$.Execution.RoleArn, which AWS documents.',
  cause:
    "ministack: the Cause of a failed function has blanks after commas and colons; AWS gives the function's own.",
  messageId: "ministack: SNS makes the message's id.",
  format: 'aws-local-stepfunctions: an intrinsic function loses every backslash of its text; AWS keeps them.',
} as const;

type Difference = keyof typeof DIFFERENCES;

/** JSON as Python's `json.dumps` writes it. */
function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([key, inner]) => `${pythonJson(key)}: ${pythonJson(inner)}`)
      .join(', ')}}`;
  }
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A text as it stands in JSON that is that many times inside the text of a JSON value. */
function nested(text: string, depth: number): string {
  let inside = text;
  for (let level = 0; level < depth; level++) inside = JSON.stringify(inside).slice(1, -1);
  return inside;
}

/** JSON is never deeper inside JSON than this: the cause, in the input, in a message, in a message. */
const DEPTHS = [0, 1, 2, 3, 4];

/** How the texts begin that the workflow puts together by `States.Format`. */
const FORMATTED =
  /^(The incident could not be closed: |FAILED\n\nAn incident could not be closed|SNS could not be told: )/;

const seen = new Map<string, number>();

function count(difference: Difference, times: number): void {
  seen.set(difference, (seen.get(difference) ?? 0) + times);
}

/** How often a difference was met so far. */
export const timesSeen = (difference: string): number => seen.get(difference) ?? 0;

function withoutBackslashes(text: string): string {
  if (!FORMATTED.test(text) || !text.includes('\\')) return text;
  count('format', 1);
  return text.replaceAll('\\', '');
}

/** Turns values as ministack gives them into the lab's spelling, and counts what it turned. */
export class Respelling {
  readonly #pairs: [Difference, theirs: string, ours: string][];
  constructor(story: Recording, facts: { startDate: string; roleArn: string; messageIds: string[] }) {
    const ourStart = new Date(story.startedAt).toISOString();
    this.#pairs = [
      ['startTime', `"startTime":"${facts.startDate}"`, `"startTime":"${ourStart}"`],
      ['roleArn', '"roleArn":null', `"roleArn":"${facts.roleArn}"`],
      ...facts.messageIds.map((id, index): [Difference, string, string] => [
        'messageId',
        `"MessageId":"${id}"`,
        `"MessageId":"message-${index + 1}"`,
      ]),
    ];
    for (const { outcome } of story.tasks) {
      if (!('cause' in outcome)) continue;
      const [theirs, ours] = [pythonJson(outcome.cause), JSON.stringify(outcome.cause)];
      if (!this.#pairs.some(([, known]) => known === theirs)) this.#pairs.push(['cause', theirs, ours]);
    }
  }

  text(given: string): string {
    let text = given;
    for (const [difference, theirs, ours] of this.#pairs) {
      for (const depth of DEPTHS) {
        const parts = text.split(nested(theirs, depth));
        if (parts.length === 1) continue;
        count(difference, parts.length - 1);
        text = parts.join(nested(ours, depth));
      }
    }
    return withoutBackslashes(text);
  }

  value(given: unknown): unknown {
    return JSON.parse(this.text(JSON.stringify(given)), (_, inner: unknown) =>
      typeof inner === 'string' ? withoutBackslashes(inner) : inner,
    );
  }
}
