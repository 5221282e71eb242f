/** docs/settings.md, from the template's parameters and the bounds that the functions check. */
import * as v from 'valibot';
import { BOUNDS } from '../functions/settings.ts';
import { readTemplate } from '../local/desk/template.ts';
import { table } from './table.ts';

/** Longest list of values that is written out. */
const MOST_VALUES = 8;

const groups = v.object({
  'AWS::CloudFormation::Interface': v.object({
    ParameterGroups: v.array(
      v.object({ Label: v.object({ default: v.string() }), Parameters: v.array(v.string()) }),
    ),
  }),
});
const described = v.object({ Description: v.string(), ConstraintDescription: v.optional(v.string()) });

type Parameter = ReturnType<typeof readTemplate>['Parameters'][string];

const INTRODUCTION = `# Settings

Parameters of the stack, with their defaults. The functions check the same bounds. Made by \`npm run docs\` from
\`template.yaml\` and \`functions/settings.ts\`.

Set them with \`sam deploy --guided\`, or one by one with \`--parameter-overrides\`. The mode alone is changed
[without a deployment](on-call.md#modes).
`;

/** @throws ValiError for a parameter without a description */
export function settingsPage(): string {
  const { Parameters, Metadata } = readTemplate();
  const { ParameterGroups } = v.parse(groups, Metadata)['AWS::CloudFormation::Interface'];
  const grouped = new Set(ParameterGroups.flatMap((group) => group.Parameters));
  const rest = Object.keys(Parameters).filter((name) => !grouped.has(name));
  const sections = [
    ...ParameterGroups.map((group) => ({ title: group.Label.default, names: group.Parameters })),
    ...(rest.length > 0 ? [{ title: 'Others', names: rest }] : []),
  ];
  return [
    INTRODUCTION,
    ...sections.map(({ title, names }) => {
      const rows = names.flatMap((name) => {
        const parameter = Parameters[name];
        return parameter ? [row(name, parameter)] : [];
      });
      return `## ${title}\n\n${table(['parameter', 'default', 'allowed', 'meaning'], rows)}`;
    }),
  ].join('\n');
}

function row(name: string, parameter: Parameter): string[] {
  const { Description, ConstraintDescription = '' } = v.parse(described, parameter);
  const { Default = '', AllowedValues } = parameter;
  const bounds = boundsOf(name);
  const allowed = bounds
    ? `${bounds.minimum} to ${bounds.maximum}`
    : AllowedValues
      ? values(AllowedValues)
      : ConstraintDescription.replace(/^must be /, '');
  return [`\`${name}\``, Default === '' ? 'none' : `\`${Default}\``, allowed, Description];
}

function values(all: (string | number)[]): string {
  if (all.length <= MOST_VALUES) return all.map((value) => `\`${value}\``).join(', ');
  return `${all.length} values from ${all[0]} to ${all.at(-1)}`;
}

/** `MaxAttempts` is `MAX_ATTEMPTS` in the functions' environment. */
function boundsOf(name: string): { minimum: number; maximum: number } | undefined {
  const variable = name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
  return Object.entries(BOUNDS).find(([key]) => key === variable)?.[1];
}
