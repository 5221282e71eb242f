/** Draws the workflow from its ASL. */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';

const ASL = new URL('../statemachine/remediate.asl.json', import.meta.url);

const state = v.looseObject({
  Type: v.string(),
  Next: v.optional(v.string()),
  Default: v.optional(v.string()),
  Choices: v.optional(
    v.array(
      v.looseObject({
        StringEquals: v.optional(v.string()),
        BooleanEquals: v.optional(v.boolean()),
        IsPresent: v.optional(v.boolean()),
        Next: v.string(),
      }),
    ),
    [],
  ),
  Catch: v.optional(v.array(v.looseObject({ Next: v.string() })), []),
});
const workflow = v.looseObject({ StartAt: v.string(), States: v.record(v.string(), state) });

/** The workflow as a Mermaid state diagram. */
export function diagram(): string {
  const { StartAt, States } = v.parse(workflow, JSON.parse(readFileSync(ASL, 'utf8')));
  const names = Object.keys(States);
  const id = (name: string) => `s${names.indexOf(name)}`;
  const lines = [
    'stateDiagram-v2',
    ...names.map((name) => `  state "${name}" as ${id(name)}`),
    `  [*] --> ${id(StartAt)}`,
  ];
  for (const [name, { Type, Next, Default, Choices, Catch }] of Object.entries(States)) {
    for (const choice of Choices) {
      const { StringEquals, BooleanEquals, IsPresent } = choice;
      lines.push(`  ${id(name)} --> ${id(choice.Next)}: ${StringEquals ?? BooleanEquals ?? IsPresent}`);
    }
    if (Default) lines.push(`  ${id(name)} --> ${id(Default)}: otherwise`);
    if (Next) lines.push(`  ${id(name)} --> ${id(Next)}`);
    for (const { Next: caught } of Catch) lines.push(`  ${id(name)} --> ${id(caught)}: error`);
    if (Type === 'Succeed' || Type === 'Fail') lines.push(`  ${id(name)} --> [*]`);
  }
  return ['```mermaid', ...lines, '```', ''].join('\n');
}
