/** docs/guards.md, from the texts that the messages use. */
import { TEXTS } from '../functions/guards/index.ts';
import { OVERRIDABLE } from '../functions/incident.ts';
import { table } from './table.ts';

const INTRODUCTION = `# Guards

A guard is a check that can hold an incident back. Guards run in this order, and all run again after every wait. Which
one held an incident back, and why, is in the execution's output (\`guard\`, \`reason\`), in the log and in the message.

\`AutoRemediate\` stands for the parameter \`ScopeTagKey\`; all parameters are in [settings](settings.md). Made by
\`npm run docs\` from \`functions/guards/\`.
`;

const AFTER_TABLE = `After \`scope\` the state itself decides: only \`UNHEALTHY\` or \`ERROR\` goes on to the other guards; the rest are
[outcomes](on-call.md#outcomes). \`ladder\`, \`cooldown\`, \`identity\` and \`snapshot-age\` are asked per rung: a rung that cannot be
used is skipped, and the message says so; the first reason counts when none is left. \`volume-key\` holds back a rebuild or restore,
not a reboot.

A guard that cannot read what it checks holds the incident back: it tries in three passes, then the outcome is \`NEEDS_HUMAN\`,
with the error. Only \`mode\` decides at once: what is not known to be \`on\` is treated as \`paused\`.

A [manual start](on-call.md#start-by-hand) obeys the same guards. It may override some of them by name; people are told
of that before anything is done.
`;

export function guardsPage(): string {
  const guards = Object.entries(TEXTS);
  const rows = guards.map(([name, { reads, holdsBack, outcome }]) => [
    `[\`${name}\`](#${name})`,
    reads,
    holdsBack,
    outcome,
  ]);
  return [
    INTRODUCTION,
    table(['guard', 'reads', 'holds back when', 'what then'], rows),
    AFTER_TABLE,
    '## What to do when it is `NEEDS_HUMAN`\n',
    ...guards.map(([name, note]) => `### ${name}\n\n${note.whatToDo}\n\n${overrideOf(name)}\n`),
  ].join('\n');
}

function overrideOf(guard: string): string {
  const name = OVERRIDABLE.find((one) => one === guard);
  if (name === undefined) return 'It cannot be overridden.';
  return `${TEXTS[name].risk} If that is acceptable, start it by hand with \`"override": ["${name}"]\`.`;
}
