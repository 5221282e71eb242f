import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { hold } from '../../functions/guards/guard.ts';
import { nextWait, POLL } from '../../functions/policy/pacing.ts';
import { SEND_SECONDS } from '../../functions/policy/triage.ts';
import { BOUNDS, LEASE_SECONDS } from '../../functions/settings.ts';
import { deployTemplate, loadStack, readTemplate } from '../../local/desk/template.ts';
import { incident, START } from '../policy/fixtures.ts';

const template = readTemplate();
const resources = Object.entries(template.Resources);
const ofType = (type: string) => resources.filter(([, { Type }]) => Type === type);
const properties = (id: string) => template.Resources[id]?.Properties ?? {};
const functions = ofType('AWS::Serverless::Function').map(([id]) => id.replace(/Function$/, ''));
const workflow: { TimeoutSeconds: number; States: Record<string, Record<string, unknown>> } = JSON.parse(
  readFileSync('statemachine/remediate.asl.json', 'utf8'),
);

test('there are the four steps, and the net', () => {
  expect(functions).toEqual(['Intake', 'Check', 'Act', 'Close', 'Net']);
});

test.each(functions)('%s has a role and a bundle of its own, and writes the audit log', (name) => {
  expect(properties(`${name}Function`)).toMatchObject({
    Role: { 'Fn::GetAtt': [`${name}Role`, 'Arn'] },
    CodeUri: `dist/${name.toLowerCase()}`,
  });
  expect(properties(`${name}Function`)).not.toHaveProperty('LoggingConfig');
  expect(template.Resources[`${name}Role`]?.Type).toBe('AWS::IAM::Role');
  expect(properties(`${name}Role`).ManagedPolicyArns).toEqual([{ Ref: 'RunPolicy' }]);
});

test('all functions write one audit log, and may do so and trace, and nothing more', () => {
  expect(template.Globals.Function).toMatchObject({ LoggingConfig: { LogGroup: { Ref: 'AuditLog' } } });
  expect(properties('RunPolicy')).toMatchObject({
    PolicyDocument: {
      Statement: [
        {
          Effect: 'Allow',
          Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          Resource: { 'Fn::GetAtt': ['AuditLog', 'Arn'] },
        },
        { Effect: 'Allow', Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], Resource: '*' },
      ],
    },
  });
});

const sorted = (names: Iterable<string>) => [...names].sort();

test("alarms are where nothing else tells: on Net and on what could not be delivered, and the fleet's", () => {
  expect(sorted(ofType('AWS::CloudWatch::Alarm').map(([id]) => id))).toEqual([
    'DeadLetterAlarm',
    'FleetUnhealthyAlarm',
    'NetErrorsAlarm',
  ]);
  for (const id of ['NetErrorsAlarm', 'DeadLetterAlarm'])
    expect([id, properties(id).AlarmActions]).toEqual([id, [{ Ref: 'Topic' }]]);
  const metric = (Id: string, MetricName: string) => ({
    Id,
    ReturnData: false,
    MetricStat: {
      Metric: {
        Namespace: 'AWS/Lambda',
        MetricName,
        Dimensions: [{ Name: 'FunctionName', Value: { Ref: 'NetFunction' } }],
      },
      Period: 300,
      Stat: 'Sum',
    },
  });
  expect(properties('NetErrorsAlarm').Metrics).toEqual([
    expect.objectContaining({ Expression: 'FILL(errors, 0) + FILL(throttles, 0)', ReturnData: true }),
    metric('errors', 'Errors'),
    metric('throttles', 'Throttles'),
  ]);
});

// Service authorization reference: these take no resource.
const FORCED =
  /^(logs:\w*(LogDeliver|ResourcePolic|DescribeLogGroups)\w*|xray:\w+|workspaces:Describe(Workspaces|Tags|WorkspaceDirectories|WorkspacesConnectionStatus)|cloudwatch:GetMetricData)$/;

test('no permission has a wildcard that AWS does not force', () => {
  let statements = 0;
  for (const [id] of [...ofType('AWS::IAM::Role'), ['RunPolicy']]) {
    for (const { Action, Resource } of statementsOf(id)) {
      statements++;
      const actions = [Action].flat().map(String);
      for (const action of actions) expect(`${id} ${action}`).not.toContain('*');
      if (JSON.stringify(Resource) === '"*"') for (const action of actions) expect(action).toMatch(FORCED);
    }
  }
  expect(statements).toBeGreaterThan(10);
});

test('of the keys of volumes, whosever they are, Check may read what they are, and no more', () => {
  const ofKms = statementsOf('CheckRole').filter(({ Action }) => JSON.stringify(Action).includes('kms:'));
  expect(ofKms.map(({ Action }) => Action)).toEqual(['kms:DescribeKey']);
  expect(JSON.stringify(ofKms[0]?.Resource)).toMatch(/:\*:key\/\*"/);
});

const ACTIONS = {
  reboot: 'workspaces:RebootWorkspaces',
  restore: 'workspaces:RestoreWorkspace',
  rebuild: 'workspaces:RebuildWorkspaces',
};
const RUNGS = { RebootPolicy: 'HasReboot', RestorePolicy: 'HasRestore', RebuildPolicy: 'HasRebuild' };
const textPolicy = v.object({ PolicyDocument: v.string() });
const logGroup = v.looseObject({ LogGroupName: v.string() });
const LADDERS = template.Parameters.Ladder?.AllowedValues?.map(String) ?? [];

test('a ladder is any of the rungs in their order', () => {
  const names = ['reboot', 'restore', 'rebuild'];
  const all = Array.from({ length: 7 }, (_, index) =>
    names.filter((_, bit) => (index + 1) & (1 << bit)).join(),
  );
  expect([...LADDERS].sort()).toEqual(all.sort());
});

test.each(
  LADDERS.flatMap((ladder) => [
    [ladder, 'tagged', { StringEqualsIgnoreCase: { 'aws:ResourceTag/Heal': 'true' } }] as const,
    [ladder, 'all', { StringNotEqualsIgnoreCase: { 'aws:ResourceTag/Heal': 'false' } }] as const,
  ]),
)(
  'ladder %s, scope %s: just its actions, only on WorkSpaces of this account and Region, only by their tag',
  (Ladder, Scope, Condition) => {
    const { resources: deployed } = deployTemplate({ parameters: { Ladder, Scope, ScopeTagKey: 'Heal' } });
    const documents = Object.keys(RUNGS).flatMap((id) => {
      const policy = deployed[id];
      return policy ? [JSON.parse(v.parse(textPolicy, policy.Properties).PolicyDocument)] : [];
    });
    const granted = Object.entries(ACTIONS).flatMap(([rung, action]) =>
      Ladder.split(',').includes(rung) ? [action] : [],
    );
    expect(documents).toEqual(
      granted.map((action) => ({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: [action],
            Resource: 'arn:aws:workspaces:us-east-1:123456789012:workspace/*',
            Condition,
          },
        ],
      })),
    );
  },
);

test('only Act may change a WorkSpace', () => {
  const policies = ofType('AWS::IAM::ManagedPolicy').filter(([id]) => id !== 'RunPolicy');
  const changes = { ...RUNGS, StartPolicy: 'HasWake' };
  expect(Object.fromEntries(policies.map(([id, { Condition }]) => [id, Condition]))).toEqual(changes);
  for (const [id] of policies) expect([id, properties(id).Roles]).toEqual([id, [{ Ref: 'ActRole' }]]);
  const text = JSON.stringify(resources.filter(([id]) => !Object.hasOwn(changes, id)));
  expect(text).not.toMatch(/workspaces:(\*|Re|Start|Stop|Modify|Terminate|Migrate)/);
});

test.each([
  ['true', 'tagged', { StringEqualsIgnoreCase: { 'aws:ResourceTag/AutoRemediate': 'true' } }],
  ['true', 'all', { StringNotEqualsIgnoreCase: { 'aws:ResourceTag/AutoRemediate': 'false' } }],
  ['false', 'tagged', undefined],
])('WakeStopped %s, scope %s: what may be started', (WakeStopped, Scope, Condition) => {
  const { StartPolicy } = deployTemplate({ parameters: { WakeStopped, Scope } }).resources;
  const document = StartPolicy && JSON.parse(v.parse(textPolicy, StartPolicy.Properties).PolicyDocument);
  expect(document?.Statement).toEqual(
    Condition && [
      {
        Effect: 'Allow',
        Action: ['workspaces:StartWorkspaces'],
        Resource: 'arn:aws:workspaces:us-east-1:123456789012:workspace/*',
        Condition,
      },
    ],
  );
});

test('a claimed request leaves within the time that a function has', () => {
  expect(template.Globals.Function.Timeout).toBe(SEND_SECONDS);
});

test('each rule retries, and has the dead-letter queue behind it', () => {
  const rules = ofType('AWS::Events::Rule');
  expect(rules.map(([id]) => id)).toEqual(['AlarmRule', 'ContributorRule', 'NetRule']);
  for (const [id] of rules) {
    expect(properties(id).Targets).toEqual([
      expect.objectContaining({
        RetryPolicy: { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86_400 },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': ['DeadLetterQueue', 'Arn'] } },
      }),
    ]);
    expect(JSON.stringify(properties('DeadLetterQueuePolicy'))).toContain(`["${id}","Arn"]`);
  }
  expect(properties('DeadLetterAlarm').AlarmActions).toEqual([{ Ref: 'Topic' }]);
});

test('the table forgets, can be restored, and is encrypted', () => {
  expect(properties('Table')).toMatchObject({
    TimeToLiveSpecification: { AttributeName: 'expiration', Enabled: true },
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    SSESpecification: { SSEEnabled: true },
  });
});

test('the state machine logs everything', () => {
  expect(properties('StateMachine')).toMatchObject({
    Type: 'STANDARD',
    Tracing: { Enabled: true },
    Logging: { Level: 'ALL', IncludeExecutionData: true },
  });
});

test('CloudWatch alone may publish to the encrypted topic', () => {
  expect(properties('Topic')).toMatchObject({ KmsMasterKeyId: { Ref: 'Key' } });
  for (const document of [properties('Key').KeyPolicy, properties('TopicPolicy').PolicyDocument]) {
    expect(document).toMatchObject({
      Statement: expect.arrayContaining([
        expect.objectContaining({ Sid: 'Publish', Principal: { Service: 'cloudwatch.amazonaws.com' } }),
      ]),
    });
  }
});

test('the audit log is encrypted with the key, which stays as long as the log does', () => {
  const groups = ofType('AWS::Logs::LogGroup');
  expect(sorted(groups.map(([id]) => id))).toEqual(['AuditLog', 'WorkflowLog']);
  for (const [id, group] of [...groups, ...ofType('AWS::KMS::Key')])
    expect([id, group]).toMatchObject([
      id,
      // A first deployment that fails leaves nothing whose name would bar the next.
      { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' },
    ]);
  for (const [id] of groups) {
    expect([id, properties(id)]).toMatchObject([
      id,
      { KmsKeyId: { 'Fn::GetAtt': ['Key', 'Arn'] }, RetentionInDays: { Ref: 'LogRetentionDays' } },
    ]);
  }
  // The key's policy cannot refer to the groups, which refer to the key: it names them.
  const { resources: deployed } = deployTemplate();
  const arns = groups.map(([id]) => `log-group:${v.parse(logGroup, deployed[id]?.Properties).LogGroupName}`);
  const named = JSON.stringify(deployed.Key).match(/log-group:[^"]+/g);
  expect(sorted(named ?? [])).toEqual(sorted(arns));
});

test('the fleet alarm counts two failed checks in a row, and can be left out', () => {
  expect(template.Resources.FleetUnhealthyAlarm?.Condition).toBe('HasFleetAlarm');
  expect(properties('FleetUnhealthyAlarm')).toMatchObject({ EvaluationPeriods: 2, DatapointsToAlarm: 2 });
});

test('every setting has the same default and bounds in the template and in the code', () => {
  const pascal = (name: string) =>
    name.toLowerCase().replace(/(^|_)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
  for (const [name, { minimum, maximum, default: value }] of Object.entries(BOUNDS)) {
    expect([name, template.Parameters[pascal(name)]]).toMatchObject([
      name,
      { Default: value, MinValue: minimum, MaxValue: maximum },
    ]);
  }
});

test('no parameter has to be given', () => {
  for (const [name, { Default }] of Object.entries(template.Parameters))
    expect([name, Default]).not.toContain(undefined);
});

test('a parameter out of bounds, or unknown, is refused', () => {
  expect(() => loadStack({ parameters: { MaxAttempts: '6' } })).toThrow(
    'Parameter MaxAttempts cannot be "6"',
  );
  expect(() => loadStack({ parameters: { NotificationEmail: 'a b' } })).toThrow('NotificationEmail');
  expect(() => loadStack({ parameters: { FleetAlarm: 'yes' } })).toThrow('FleetAlarm');
  expect(() => loadStack({ parameters: { Nope: '1' } })).toThrow('There is no parameter Nope');
});

test('the longest incident that the settings allow ends before the workflow times out, and the lease after it', () => {
  const minutes =
    BOUNDS.BUSY_LIMIT_MINUTES.maximum +
    BOUNDS.WINDOW_LIMIT_HOURS.maximum * 60 +
    // The quiet after storms that follow each other.
    BOUNDS.STORM_COOLDOWN_MINUTES.maximum * 4 +
    BOUNDS.CONNECTED_LIMIT_MINUTES.maximum +
    BOUNDS.TURN_LIMIT_MINUTES.maximum +
    BOUNDS.REBOOT_DEADLINE_MINUTES.maximum +
    // A restore, and a rebuild.
    BOUNDS.DEADLINE_MINUTES.maximum * 2;
  const longest = minutes * 60;
  expect(workflow.TimeoutSeconds).toBeGreaterThan(longest + 3600);
  expect(LEASE_SECONDS).toBeGreaterThan(workflow.TimeoutSeconds);
});

test('at most 20 states; a pass is one function and at most three transitions, and people see it in the picture', () => {
  expect(Object.keys(workflow.States).length).toBeLessThanOrEqual(20);
  const loops = [
    ['Check the WorkSpace', 'May it be rebuilt now?', 'Wait and check again'],
    ['Poll the rebuild', 'Is it healthy again?', 'Wait for the rebuild'],
  ];
  for (const loop of loops) {
    for (const [index, name] of loop.entries()) {
      const next = loop[(index + 1) % loop.length];
      expect([name, JSON.stringify(workflow.States[name])]).toEqual([
        name,
        expect.stringContaining(`"Next":"${next}"`),
      ]);
    }
  }
});

/** Looks at intervals that grow, from the first to the limit. */
function looks(minutes: number, next: (elapsed: number) => number): number {
  let count = 0;
  for (let elapsed = 0; elapsed < minutes * 60; elapsed += next(elapsed)) count++;
  return count;
}

test('the longest incident that the settings allow stays within the 25,000 events of a history', () => {
  const polls = (minutes: number) => looks(minutes, (elapsed) => nextWait(elapsed, POLL));
  const waits = (minutes: number) =>
    looks(minutes, (elapsed) => {
      const at = new Date(Date.parse(START) + elapsed * 1000).toISOString();
      const waiting = incident({ waitingSince: { turn: START } });
      const verdict = { says: 'wait', reason: '', at, limitSeconds: Number.POSITIVE_INFINITY } as const;
      const { held } = hold('turn', verdict, { incident: waiting });
      return held.action === 'WAIT' ? held.waitSeconds : 0;
    });
  // Events of a state (GetExecutionHistory): two for each, and three more for a task.
  const [task, other] = [5, 2];
  const pass = other + task + other;
  const { maximum: attempts } = BOUNDS.MAX_ATTEMPTS;
  const events =
    polls(BOUNDS.BUSY_LIMIT_MINUTES.maximum) * pass +
    BOUNDS.WINDOW_LIMIT_HOURS.maximum * pass +
    waits(BOUNDS.CONNECTED_LIMIT_MINUTES.maximum) * pass +
    waits(BOUNDS.TURN_LIMIT_MINUTES.maximum) * pass +
    // A reboot, a restore, and rebuilds of which only the last starts.
    polls(BOUNDS.REBOOT_DEADLINE_MINUTES.maximum) * pass +
    polls(BOUNDS.DEADLINE_MINUTES.maximum) * pass * 2 +
    polls(BOUNDS.NOT_STARTED_MINUTES.maximum) * pass * (attempts - 1) +
    (attempts + 2) * 2 * pass +
    // Three rungs of which people must know first.
    3 * task;
  expect(events).toBeGreaterThan(5_000);
  // Room for a thousand tasks that are tried again, three events each.
  expect(events).toBeLessThan(22_000);
});

const taskState = v.looseObject({ Parameters: v.looseObject({ FunctionName: v.optional(v.string()) }) });
const timed = v.looseObject({ Timeout: v.optional(v.number()) });

test.each(Object.entries(workflow.States))(
  'state %s says what it is for, and catches what fails',
  (_, state) => {
    expect(state.Comment).toEqual(expect.stringMatching(/\w.*\.$/));
    if (state.Type !== 'Task') return;
    // Longer than the function has: a late answer must not find its step over.
    const { Parameters } = v.parse(taskState, state);
    const own = /\$\{(\w+)FunctionArn\}/.exec(Parameters.FunctionName ?? '')?.[1];
    const given = own ? v.parse(timed, properties(`${own}Function`)).Timeout : undefined;
    const Timeout = given ?? Number(template.Globals.Function.Timeout);
    expect(state.TimeoutSeconds).toBeGreaterThanOrEqual(Timeout + 30);
    expect(state.TimeoutSeconds).toBeLessThanOrEqual(90);
    expect(state.Catch).toEqual([
      expect.objectContaining({ ErrorEquals: ['States.ALL'], ResultPath: expect.any(String) }),
    ]);
    expect(state.Retry).toContainEqual(
      expect.objectContaining({
        ErrorEquals: ['States.TaskFailed', 'States.Timeout'],
        JitterStrategy: 'FULL',
        BackoffRate: 2,
      }),
    );
  },
);

test.each(Object.entries(workflow.States).filter(([, { Type }]) => Type === 'Wait'))(
  '%s waits as long as policy says',
  (_, state) => {
    expect(state.SecondsPath).toBe('$.decision.waitSeconds');
  },
);

const statements = v.object({ Statement: v.array(v.object({ Action: v.unknown(), Resource: v.unknown() })) });
const role = v.looseObject({ Policies: v.array(v.looseObject({ PolicyDocument: statements })) });
const policy = v.looseObject({ PolicyDocument: statements });

/** The statements of a role, or of a managed policy. */
function statementsOf(id: string): { Action: unknown; Resource: unknown }[] {
  const given = v.parse(v.union([role, policy]), properties(id));
  const documents = 'Policies' in given ? v.parse(role, given).Policies : [v.parse(policy, given)];
  return documents.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}
