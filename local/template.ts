/** Reads `template.yaml` as CloudFormation would: parameters checked, intrinsic functions resolved. */
import { readFileSync } from 'node:fs';
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { parse } from 'yaml';
import type { AlarmMetric, AlarmSpec } from './alarms.ts';

const root = new URL('../', import.meta.url);

/** The template, a parameter or an intrinsic function is not what CloudFormation would accept. */
class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

const resource = v.looseObject({
  Type: v.string(),
  Condition: v.optional(v.string()),
  Properties: v.optional(v.record(v.string(), v.unknown()), {}),
});
const parameter = v.looseObject({
  Type: v.picklist(['String', 'Number']),
  Default: v.optional(v.union([v.string(), v.number()])),
  AllowedValues: v.optional(v.array(v.union([v.string(), v.number()]))),
  AllowedPattern: v.optional(v.string()),
  MinValue: v.optional(v.number()),
  MaxValue: v.optional(v.number()),
});
const template = v.looseObject({
  Transform: v.literal('AWS::Serverless-2016-10-31'),
  Parameters: v.record(v.string(), parameter),
  Conditions: v.record(v.string(), v.unknown()),
  Globals: v.object({ Function: v.record(v.string(), v.unknown()) }),
  Resources: v.record(v.string(), resource),
});

/** The template as written, intrinsics in their long form. @throws TemplateError */
export function readTemplate(
  file: URL | string = new URL('template.yaml', root),
): v.InferOutput<typeof template> {
  const short = ['Sub', 'GetAtt', 'If', 'Equals', 'Not', 'Join', 'And', 'Or'];
  const customTags = [
    { tag: '!Ref', resolve: (value: string) => ({ Ref: value }) },
    { tag: '!Condition', resolve: (value: string) => ({ Condition: value }) },
    ...short.flatMap((name) => [
      {
        tag: `!${name}`,
        resolve: (value: string) => ({
          [`Fn::${name}`]: name === 'GetAtt' ? value.split(/\.(.*)/s, 2) : value,
        }),
      },
      {
        tag: `!${name}`,
        collection: 'seq' as const,
        resolve: (sequence: { toJSON(): unknown }) => ({ [`Fn::${name}`]: sequence.toJSON() }),
      },
    ]),
  ];
  const parsed = v.safeParse(template, parse(readFileSync(file, 'utf8'), { customTags }));
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new TemplateError(`${v.getDotPath(issue) ?? 'The template'}: ${issue.message}`);
}

/** What a process deploys again and again is read once. */
let deployed: ReturnType<typeof readTemplate> | undefined;
const definitions = new Map<string, string>();

function deployedTemplate(): ReturnType<typeof readTemplate> {
  deployed ??= readTemplate();
  return deployed;
}

function definitionIn(uri: string): string {
  const definition = definitions.get(uri) ?? readFileSync(new URL(uri, root), 'utf8');
  definitions.set(uri, definition);
  return definition;
}

interface Rule {
  name: string;
  pattern: unknown;
  targets: { arn: string }[];
}

/** The parts of a deployed stack that the lab runs. */
export interface Stack {
  name: string;
  region: string;
  account: string;
  functions: {
    logicalId: string;
    name: string;
    arn: string;
    /** Folder of its bundle beneath `dist`. */
    artifact: string;
    timeoutSeconds: number;
    environment: Record<string, string>;
  }[];
  rules: Rule[];
  /** Documents of the managed policies whose condition holds. */
  managedPolicies: unknown[];
  stateMachine: { arn: string; roleArn: string; definition: string };
  topicArn: string;
  /** Where events go that could not be delivered. */
  deadLetterQueue: string;
  /** Those on a metric or a sum of metrics; not those that ask by a query of Metrics Insights. */
  alarms: AlarmSpec[];
  /** What the service's parameter holds after the deployment. */
  mode: string;
  tableName: string;
  table: CreateTableCommandInput;
}

const ACCOUNT = '123456789012';
const REGION = 'us-east-1';

/** How the attributes of each type are made; `Ref` is the first of them unless a name stands for it. */
const ATTRIBUTES: Readonly<Record<string, { ref: 'Arn' | 'Name'; arn: (name: string) => string }>> = {
  'AWS::Serverless::Function': { ref: 'Name', arn: (name) => arn('lambda', `function:${name}`) },
  'AWS::Serverless::StateMachine': { ref: 'Arn', arn: (name) => arn('states', `stateMachine:${name}`) },
  'AWS::SNS::Topic': { ref: 'Arn', arn: (name) => arn('sns', name) },
  'AWS::SQS::Queue': { ref: 'Name', arn: (name) => arn('sqs', name) },
  'AWS::DynamoDB::Table': { ref: 'Name', arn: (name) => arn('dynamodb', `table/${name}`) },
  'AWS::KMS::Key': { ref: 'Name', arn: (name) => arn('kms', `key/${name}`) },
  'AWS::Logs::LogGroup': { ref: 'Name', arn: (name) => arn('logs', `log-group:${name}:*`) },
  'AWS::IAM::Role': { ref: 'Name', arn: (name) => `arn:aws:iam::${ACCOUNT}:role/${name}` },
  'AWS::SSM::Parameter': { ref: 'Name', arn: (name) => arn('ssm', `parameter${name}`) },
  'AWS::Events::Rule': { ref: 'Name', arn: (name) => arn('events', `rule/${name}`) },
};

const arn = (service: string, rest: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;

const reference = v.object({ Ref: v.string() });
const sub = v.object({ 'Fn::Sub': v.string() });
const getAtt = v.object({ 'Fn::GetAtt': v.tuple([v.string(), v.string()]) });
const equals = v.object({ 'Fn::Equals': v.tuple([v.unknown(), v.unknown()]) });
const and = v.object({ 'Fn::And': v.array(v.unknown()) });
const or = v.object({ 'Fn::Or': v.array(v.unknown()) });
const not = v.object({ 'Fn::Not': v.tuple([v.unknown()]) });
const condition = v.object({ Condition: v.string() });
const policyProperties = v.looseObject({ PolicyDocument: v.pipe(v.string(), v.parseJson()) });
const functionProperties = v.looseObject({
  FunctionName: v.string(),
  Timeout: v.number(),
  Environment: v.object({ Variables: v.record(v.string(), v.union([v.string(), v.number()])) }),
});
const ruleProperties = v.looseObject({
  EventPattern: v.unknown(),
  Targets: v.array(v.looseObject({ Arn: v.string() })),
});
const machineProperties = v.looseObject({
  DefinitionUri: v.string(),
  Role: v.string(),
  DefinitionSubstitutions: v.record(v.string(), v.string()),
});
const tableProperties = v.looseObject({
  AttributeDefinitions: v.array(
    v.object({ AttributeName: v.string(), AttributeType: v.picklist(['S', 'N', 'B']) }),
  ),
  KeySchema: v.array(v.object({ AttributeName: v.string(), KeyType: v.picklist(['HASH', 'RANGE']) })),
});

const dimensions = v.optional(v.array(v.object({ Name: v.string(), Value: v.string() })), []);
const metricStat = v.object({
  Metric: v.object({ Namespace: v.string(), MetricName: v.string(), Dimensions: dimensions }),
  Period: v.number(),
  Stat: v.string(),
});
const alarmProperties = v.looseObject({
  AlarmName: v.optional(v.string()),
  AlarmDescription: v.string(),
  Namespace: v.optional(v.string()),
  MetricName: v.optional(v.string()),
  Dimensions: dimensions,
  Statistic: v.optional(v.string()),
  Period: v.optional(v.number()),
  Metrics: v.optional(
    v.array(
      v.looseObject({
        Id: v.string(),
        Expression: v.optional(v.string()),
        MetricStat: v.optional(metricStat),
        ReturnData: v.optional(v.boolean()),
      }),
    ),
    [],
  ),
  EvaluationPeriods: v.number(),
  DatapointsToAlarm: v.optional(v.number()),
  Threshold: v.number(),
  ComparisonOperator: v.string(),
  TreatMissingData: v.optional(v.string(), 'missing'),
  AlarmActions: v.optional(v.array(v.string()), []),
});

/** The alarm that a resource makes; `undefined` for an expression that is no plain sum. */
function alarmOf(name: string, given: v.InferOutput<typeof alarmProperties>): AlarmSpec | undefined {
  const watched = watchedBy(given);
  if (!watched) return undefined;
  return {
    name: given.AlarmName ?? name,
    description: given.AlarmDescription,
    metrics: watched.map(
      ({ Metric, Stat }): AlarmMetric => ({
        namespace: Metric.Namespace,
        name: Metric.MetricName,
        dimensions: Object.fromEntries(Metric.Dimensions.map(({ Name, Value }) => [Name, Value])),
        statistic: Stat,
      }),
    ),
    periodSeconds: Math.max(...watched.map(({ Period }) => Period)),
    evaluationPeriods: given.EvaluationPeriods,
    datapointsToAlarm: given.DatapointsToAlarm ?? given.EvaluationPeriods,
    threshold: given.Threshold,
    comparison: given.ComparisonOperator,
    treatMissingData: given.TreatMissingData,
    actions: given.AlarmActions,
  };
}

function watchedBy(
  given: v.InferOutput<typeof alarmProperties>,
): v.InferOutput<typeof metricStat>[] | undefined {
  const { Namespace, MetricName, Dimensions, Statistic: Stat, Period, Metrics } = given;
  if (Namespace !== undefined && MetricName !== undefined && Stat !== undefined && Period !== undefined) {
    return [{ Metric: { Namespace, MetricName, Dimensions }, Period, Stat }];
  }
  const [result] = Metrics.filter(({ ReturnData }) => ReturnData);
  const terms = result?.Expression?.split(' + ') ?? [result?.Id];
  const stats = terms.map((id) => Metrics.find(({ Id }) => Id === id)?.MetricStat);
  return stats.every((stat) => stat !== undefined) ? stats : undefined;
}

/**
 * The stack that a deployment with these parameters makes.
 * @throws TemplateError for a parameter or a template that CloudFormation would refuse
 */
export function loadStack(options: { parameters?: Record<string, string>; name?: string } = {}): Stack {
  const source = deployedTemplate();
  const name = options.name ?? 'workspaces-remediation';
  const parameters = resolveParameters(source.Parameters, options.parameters ?? {});
  const resources = source.Resources;

  const nameOf = (id: string): string => {
    const given = resources[id]?.Properties ?? {};
    const chosen = ['FunctionName', 'Name', 'LogGroupName']
      .map((property) => given[property])
      .find((value) => value !== undefined);
    return chosen === undefined ? `${name}-${id}` : String(resolve(chosen));
  };
  const attribute = (id: string, which: string): string => {
    const found = resources[id];
    const made = found && ATTRIBUTES[found.Type];
    if (!made) throw new TemplateError(`${id}.${which}: nothing in the template has it.`);
    if (which === 'Ref') return made.ref === 'Arn' ? made.arn(nameOf(id)) : nameOf(id);
    return which === 'Arn' ? made.arn(nameOf(id)) : nameOf(id);
  };
  const ref = (id: string): string | number => {
    const pseudo: Record<string, string> = {
      'AWS::StackName': name,
      'AWS::Region': REGION,
      'AWS::AccountId': ACCOUNT,
      'AWS::Partition': 'aws',
    };
    return pseudo[id] ?? parameters[id] ?? attribute(id, 'Ref');
  };
  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== 'object' || value === null) return value;
    if (v.is(reference, value)) return ref(value.Ref);
    if (v.is(getAtt, value)) return attribute(...value['Fn::GetAtt']);
    if (v.is(sub, value)) {
      return value['Fn::Sub'].replace(/\$\{([^}]+)\}/g, (_, id: string) => String(ref(id)));
    }
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner)]));
  };
  const holds = (test: unknown): boolean => {
    if (v.is(condition, test)) return holds(source.Conditions[test.Condition]);
    if (v.is(equals, test)) {
      const [one, other] = test['Fn::Equals'].map((value) => String(resolve(value)));
      return one === other;
    }
    if (v.is(and, test)) return test['Fn::And'].every(holds);
    if (v.is(or, test)) return test['Fn::Or'].some(holds);
    if (v.is(not, test)) return !holds(test['Fn::Not'][0]);
    throw new TemplateError(`${JSON.stringify(test)} is no condition.`);
  };
  const ofType = (type: string) => Object.entries(resources).filter(([, { Type }]) => Type === type);
  const only = (type: string) => {
    const [found] = ofType(type);
    if (!found) throw new TemplateError(`The template has no ${type}.`);
    return found;
  };
  const properties = <T>(schema: v.GenericSchema<unknown, T>, id: string, more: object = {}): T => {
    const parsed = v.safeParse(schema, resolve({ ...more, ...resources[id]?.Properties }));
    if (parsed.success) return parsed.output;
    throw new TemplateError(`${id}: ${v.getDotPath(parsed.issues[0]) ?? ''} ${parsed.issues[0].message}`);
  };

  const globals = v.parse(
    v.looseObject({ Environment: v.object({ Variables: v.record(v.string(), v.unknown()) }) }),
    source.Globals.Function,
  );
  const [machine] = only('AWS::Serverless::StateMachine');
  const { DefinitionUri, DefinitionSubstitutions, Role } = properties(machineProperties, machine);
  const [tableId] = only('AWS::DynamoDB::Table');
  return {
    name,
    region: REGION,
    account: ACCOUNT,
    functions: ofType('AWS::Serverless::Function').map(([logicalId]) => {
      const own = properties(functionProperties, logicalId, globals);
      const variables = {
        ...v.parse(v.record(v.string(), v.unknown()), resolve(globals.Environment.Variables)),
        ...own.Environment.Variables,
      };
      return {
        logicalId,
        name: own.FunctionName,
        arn: attribute(logicalId, 'Arn'),
        artifact: logicalId.replace(/Function$/, '').toLowerCase(),
        timeoutSeconds: own.Timeout,
        environment: Object.fromEntries(
          Object.entries(variables).map(([key, value]) => [key, String(value)]),
        ),
      };
    }),
    rules: ofType('AWS::Events::Rule').map(([id]) => {
      const { EventPattern, Targets } = properties(ruleProperties, id);
      return { name: id, pattern: EventPattern, targets: Targets.map((target) => ({ arn: target.Arn })) };
    }),
    managedPolicies: ofType('AWS::IAM::ManagedPolicy')
      .filter(([, { Condition }]) => Condition === undefined || holds({ Condition }))
      .map(([id]) => properties(policyProperties, id).PolicyDocument),
    stateMachine: {
      arn: attribute(machine, 'Arn'),
      roleArn: Role,
      definition: definitionIn(DefinitionUri).replace(/\$\{(\w+)\}/g, (_, key: string) => {
        const value = DefinitionSubstitutions[key];
        if (value === undefined)
          throw new TemplateError(`The workflow wants \${${key}}, which nothing substitutes.`);
        return value;
      }),
    },
    topicArn: attribute(only('AWS::SNS::Topic')[0], 'Arn'),
    deadLetterQueue: attribute(only('AWS::SQS::Queue')[0], 'QueueName'),
    alarms: ofType('AWS::CloudWatch::Alarm').flatMap(([id]) => {
      const alarm = alarmOf(`${name}-${id}`, properties(alarmProperties, id));
      return alarm ? [alarm] : [];
    }),
    mode: properties(v.looseObject({ Value: v.string() }), only('AWS::SSM::Parameter')[0]).Value,
    tableName: attribute(tableId, 'Ref'),
    table: {
      ...properties(
        v.pick(v.object(tableProperties.entries), ['AttributeDefinitions', 'KeySchema']),
        tableId,
      ),
      TableName: attribute(tableId, 'Ref'),
      BillingMode: 'PAY_PER_REQUEST',
    },
  };
}

/** Each parameter's value, given or default. @throws TemplateError */
function resolveParameters(
  declared: Record<string, v.InferOutput<typeof parameter>>,
  given: Record<string, string>,
): Record<string, string | number> {
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(declared, key)) throw new TemplateError(`There is no parameter ${key}.`);
  }
  return Object.fromEntries(
    Object.entries(declared).map(
      ([key, { Type, Default, AllowedValues, AllowedPattern, MinValue, MaxValue }]) => {
        const raw = given[key] ?? Default;
        if (raw === undefined) throw new TemplateError(`Parameter ${key} has no value.`);
        const value = Type === 'Number' ? Number(raw) : String(raw);
        const isBad =
          Number.isNaN(value) ||
          (AllowedValues && !AllowedValues.map(String).includes(String(value))) ||
          (AllowedPattern && !new RegExp(AllowedPattern).test(String(value))) ||
          (MinValue !== undefined && Number(value) < MinValue) ||
          (MaxValue !== undefined && Number(value) > MaxValue);
        if (isBad) throw new TemplateError(`Parameter ${key} cannot be ${JSON.stringify(raw)}.`);
        return [key, value];
      },
    ),
  );
}
