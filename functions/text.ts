/** Longest piece of a foreign value that is repeated in a message, in characters, unless more is asked for. */
const SHOWN_LENGTH = 80;

/**
 * A foreign value as it may stand in a log or a message: as JSON, control and format characters escaped, cut.
 * Input is hostile: a value must not forge a line, a link's direction or a terminal sequence.
 */
export function show(value: unknown, length = SHOWN_LENGTH): string {
  const json = value === undefined ? 'nothing' : asJson(value);
  const safe = json.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
  const start = cut(safe, length);
  return start === safe ? safe : `${start}…`;
}

function asJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? typeof value;
  } catch {
    // JSON.parse takes any depth, JSON.stringify some thousands.
    return 'nested too deep to be shown';
  }
}

/** The first characters of a text, none of them halved: half a one is no text that a protocol or a link takes. */
export function cut(text: string, length: number): string {
  return text.length > length ? [...text].slice(0, length).join('') : text;
}

/** Longest reason of AWS that is repeated: its messages are sentences. */
const REASON_LENGTH = 300;

/** Why AWS says that something is wrong, in its own words: a code, a message, or neither. */
export function reasonOf(code: string | undefined, message: string | undefined): string {
  const said = [code, message].filter(Boolean).map((part) => show(part, REASON_LENGTH));
  return said.length > 0 ? said.join(': ') : 'AWS gave no reason';
}

/** Seconds as people say them: `45 s`, `12 min`, `2 h 5 min`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 120) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 120) return `${minutes} min`;
  const rest = minutes % 60;
  return rest === 0 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
}

/** The name of whatever was thrown: the SDK's exception class, or Node's error code. */
export function errorName(error: unknown): string {
  if (!(error instanceof Error)) return 'UnknownError';
  return 'code' in error && typeof error.code === 'string' && error.name === 'Error'
    ? error.code
    : error.name;
}
