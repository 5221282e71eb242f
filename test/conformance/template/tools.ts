/** Runs the tools that judge the template, away from what the machine's owner has set, and reads what they say. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { parse } from 'yaml';
import { REGION } from '../engines.ts';
import { EngineError, type Ran, runProgram } from '../servers.ts';
import { root, tool } from '../tools.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

/** A folder of the run's own; `remove` takes it away. */
export function workFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'conformance-template-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Runs a tool of the virtual environment. Its home is `home`, so that no setting of the user's counts. */
export function run(home: string, name: string, args: string[], cwd = root): Promise<Ran> {
  // SAM and checkov ask for newer versions of themselves, unless they did of late or are told not to.
  mkdirSync(join(home, '.aws-sam'), { recursive: true });
  writeFileSync(
    join(home, '.aws-sam/metadata.json'),
    JSON.stringify({ lastVersionCheck: Date.now() / 1000 }),
  );
  const env = {
    HOME: home,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'none',
    AWS_SECRET_ACCESS_KEY: 'none',
    AWS_EC2_METADATA_DISABLED: 'true',
    SAM_CLI_TELEMETRY: '0',
    CKV_SKIP_PACKAGE_UPDATE_CHECK: 'true',
  };
  return runProgram(tool(name), args, { cwd, env });
}

/** Copies the project as a clone has it: without what `.gitignore` names, but with the installed packages. */
export function copyProject(to: string): void {
  const ignored = readFileSync(join(root, '.gitignore'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => line.replace(/\/$/, ''));
  const left = new Set(['.git', ...ignored]);
  cpSync(root, to, { recursive: true, filter: (path) => !left.has(relative(root, path)) });
  symlinkSync(join(root, 'node_modules'), join(to, 'node_modules'));
}

/** Reads the JSON that a tool printed. @throws EngineError with what it printed instead */
function readJson<T>(schema: v.GenericSchema<unknown, T>, ran: Ran): T {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), ran.stdout);
  if (parsed.success) return parsed.output;
  throw new EngineError(`${v.summarize(parsed.issues)}: ${(ran.stderr || ran.stdout).slice(-2_000)}`);
}

const lintMatches = v.array(
  v.looseObject({ Level: v.string(), Message: v.string(), Rule: v.looseObject({ Id: v.string() }) }),
);

/** What cfn-lint finds in the template, `Informational` and up: "W3005 ...". */
export async function lint(home: string): Promise<string[]> {
  const ran = await run(home, 'cfn-lint', [
    '--include-checks',
    'I',
    '--format',
    'json',
    '--',
    'template.yaml',
  ]);
  return readJson(lintMatches, ran).map(({ Rule, Message }) => `${Rule.Id} ${Message}`);
}

const statement = v.looseObject({
  Effect: v.picklist(['Allow', 'Deny']),
  Action: v.union([v.string(), v.array(v.string())]),
  Resource: v.unknown(),
  Condition: v.optional(v.record(v.string(), v.record(v.string(), v.unknown())), {}),
});
const policyDocument = v.looseObject({ Statement: v.array(statement) });
const policyText = v.pipe(v.string(), v.parseJson(), policyDocument);
const choice = v.strictObject({ 'Fn::If': v.tuple([v.string(), v.string(), v.string()]) });
const textPolicy = v.strictObject({ 'Fn::Sub': v.tuple([v.string(), v.record(v.string(), choice)]) });
const rolePolicies = v.array(v.looseObject({ PolicyDocument: policyDocument }));
const transformed = v.looseObject({
  Resources: v.record(
    v.string(),
    v.looseObject({ Type: v.string(), Properties: v.record(v.string(), v.unknown()) }),
  ),
});

/** The template as CloudFormation is given it. */
export type Transformed = v.InferOutput<typeof transformed>;
export type Statement = v.InferOutput<typeof statement>;

/**
 * The template after the SAM transform; policies that are written as text, which no scanner reads, are spread out, as
 * they are when no condition in them holds.
 */
export async function transform(home: string): Promise<Transformed> {
  const ran = await run(home, 'python', [join(here, 'transform.py'), 'template.yaml']);
  const template = readJson(transformed, ran);
  for (const { Properties } of Object.values(template.Resources)) {
    if (!v.is(v.object({ 'Fn::Sub': v.unknown() }), Properties.PolicyDocument)) continue;
    const [text, variables] = v.parse(textPolicy, Properties.PolicyDocument)['Fn::Sub'];
    const spread = Object.entries(variables).reduce(
      (written, [name, { 'Fn::If': given }]) => written.replaceAll(`\${${name}}`, given[2]),
      text,
    );
    Properties.PolicyDocument = v.parse(policyText, spread);
  }
  return template;
}

/** The statements that each role and managed policy of the template is made of. */
export function identityStatements({ Resources }: Transformed): { id: string; statement: Statement }[] {
  return Object.entries(Resources).flatMap(([id, { Type, Properties }]) => {
    const documents =
      Type === 'AWS::IAM::Role'
        ? v.parse(rolePolicies, Properties.Policies).map(({ PolicyDocument }) => PolicyDocument)
        : Type === 'AWS::IAM::ManagedPolicy'
          ? [v.parse(policyDocument, Properties.PolicyDocument)]
          : [];
    return documents.flatMap(({ Statement }) => Statement.map((one) => ({ id, statement: one })));
  });
}

/** A finding of checkov. */
interface Finding {
  resource: string;
  check: string;
}

const scanned = v.looseObject({
  summary: v.looseObject({ parsing_errors: v.number(), resource_count: v.number(), passed: v.number() }),
  results: v.looseObject({
    failed_checks: v.array(v.looseObject({ check_id: v.string(), resource: v.string() })),
    skipped_checks: v.array(v.unknown()),
  }),
});

/** What checkov finds in a template, and how much is waived in the template itself. */
export interface Scan {
  failed: Finding[];
  waivedInside: number;
  resources: number;
  /** What it said beside its result: that a part could not be read, say. */
  warnings: string;
}

/** Has checkov look at a template, under the waivers of a file if one is named. @throws EngineError when it cannot read it all */
export async function scan(home: string, file: string, waiversFile?: string): Promise<Scan> {
  const ran = await run(home, 'checkov', [
    ...['--file', file, '--framework', 'cloudformation', '--output', 'json', '--skip-download'],
    ...(waiversFile === undefined ? [] : ['--config-file', waiversFile]),
  ]);
  const { results, summary } = readJson(scanned, ran);
  if (summary.parsing_errors > 0) throw new EngineError(`checkov cannot read ${file}.`);
  const logicalId = (resource: string) => resource.replace(/^.*\./, '');
  return {
    failed: results.failed_checks.map(({ check_id, resource }) => ({
      resource: logicalId(resource),
      check: check_id,
    })),
    waivedInside: results.skipped_checks.length,
    resources: summary.resource_count,
    warnings: ran.stderr.trim(),
  };
}

const waivers = v.strictObject({ 'skip-check': v.array(v.string()) });

/** The checks that a file of checkov's settings waives, each with the comment above it. It may say nothing else. */
export function declaredWaivers(file: string): { check: string; reason: string }[] {
  const text = readFileSync(file, 'utf8');
  return v.parse(waivers, parse(text))['skip-check'].map((check) => ({
    check,
    reason: new RegExp(`^ *# (.*)\\n *- ${check}$`, 'm').exec(text)?.[1] ?? '',
  }));
}

const referenceRows = v.record(
  v.string(),
  v.array(v.object({ resource: v.string(), conditionKeys: v.array(v.string()) })),
);

/** What AWS's service authorization reference says of these actions: the resources and conditions that each takes. */
export async function reference(
  home: string,
  actions: string[],
): Promise<v.InferOutput<typeof referenceRows>> {
  return readJson(referenceRows, await run(home, 'python', [join(here, 'reference.py'), ...actions]));
}
