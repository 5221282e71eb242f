/** Reads `template.yaml` as CloudFormation would: parameters checked, intrinsic functions resolved. */
import { readFileSync } from 'node:fs';
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { parse } from 'yaml';
import type { AlarmMetric, AlarmSpec } from './alarms.ts';
import { ACCOUNT, type Partition, Resolver, regionOf, TemplateError } from './intrinsics.ts';

const root = new URL('../../', import.meta.url);

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
  Outputs: v.record(v.string(), v.looseObject({ Value: v.unknown() })),
});

/** The template as written, intrinsics in their long form. @throws TemplateError */
export function readTemplate(
  file: URL | string = new URL('template.yaml', root),
): v.InferOutput<typeof template> {
  const short = ['Sub', 'GetAtt', 'If', 'Equals', 'Not', 'Or'];
  const customTags = [
    { tag: '!Ref', resolve: (value: string) => ({ Ref: value }) },
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
    logGroup: string;
    environment: Record<string, string>;
  }[];
  rules: Rule[];
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

const functionProperties = v.looseObject({
  FunctionName: v.string(),
  CodeUri: v.pipe(v.string(), v.startsWith('dist/')),
  Timeout: v.number(),
  LoggingConfig: v.object({ LogGroup: v.string() }),
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
  // FILL adds nothing to a sum: what is missing counts as 0 either way.
  const terms = result?.Expression?.split(' + ').map((term) => term.replace(/^FILL\((\w+), 0\)$/, '$1')) ?? [
    result?.Id,
  ];
  const stats = terms.map((id) => Metrics.find(({ Id }) => Id === id)?.MetricStat);
  return stats.every((stat) => stat !== undefined) ? stats : undefined;
}

/** How a stack is deployed; what is left out is as the template has it. */
interface Deployment {
  parameters?: Record<string, string>;
  name?: string;
  partition?: Partition;
}

/** A template with everything resolved: the resources whose condition holds, and the outputs. */
interface Deployed {
  name: string;
  region: string;
  resources: Record<string, { Type: string; Properties: unknown }>;
  outputs: Record<string, unknown>;
  attribute: (id: string, which: string) => string;
}

/**
 * What CloudFormation is left with, once the template is deployed with these parameters.
 * @throws TemplateError for a parameter or a template that CloudFormation would refuse
 */
export function deployTemplate(options: Deployment = {}): Deployed {
  const source = deployedTemplate();
  const { name = 'workspaces-remediation', partition = 'aws' } = options;
  const parameters = resolveParameters(source.Parameters, options.parameters ?? {});
  const resolver = new Resolver(source, name, partition, parameters);
  const held = Object.entries(source.Resources).filter(
    ([, { Condition }]) => Condition === undefined || resolver.holds(Condition),
  );
  return {
    name,
    region: regionOf(partition),
    resources: Object.fromEntries(
      held.map(([id, { Type, Properties }]) => {
        const whole =
          Type === 'AWS::Serverless::Function'
            ? withGlobals(source.Globals.Function, Properties)
            : Properties;
        return [id, { Type, Properties: resolver.resolve(whole) }];
      }),
    ),
    outputs: Object.fromEntries(
      Object.entries(source.Outputs).map(([key, { Value }]) => [key, resolver.resolve(Value)]),
    ),
    attribute: (id, which) => resolver.attribute(id, which),
  };
}

const variables = v.optional(v.record(v.string(), v.unknown()), {});
const withEnvironment = v.looseObject({ Environment: v.optional(v.object({ Variables: variables }), {}) });

/**
 * A function's properties, and what they leave to the globals.
 * @see https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html
 */
function withGlobals(globals: unknown, own: unknown): object {
  const [common, given] = [v.parse(withEnvironment, globals), v.parse(withEnvironment, own)];
  const Variables = { ...common.Environment.Variables, ...given.Environment.Variables };
  return { ...common, ...given, Environment: { Variables } };
}

/**
 * The stack that a deployment makes, by what the lab runs of it.
 * @throws TemplateError for a parameter or a template that CloudFormation would refuse
 */
export function loadStack(options: Deployment = {}): Stack {
  const deployed = deployTemplate(options);
  const { name, region, attribute } = deployed;
  const machine = theOnly(deployed, 'AWS::Serverless::StateMachine');
  const { DefinitionUri, DefinitionSubstitutions, Role } = properties(deployed, machineProperties, machine);
  const tableId = theOnly(deployed, 'AWS::DynamoDB::Table');
  const mode = theOnly(deployed, 'AWS::SSM::Parameter');
  const keys = v.pick(v.object(tableProperties.entries), ['AttributeDefinitions', 'KeySchema']);
  return {
    name,
    region,
    account: ACCOUNT,
    functions: idsOf(deployed, 'AWS::Serverless::Function').map((id) => functionOf(deployed, id)),
    rules: idsOf(deployed, 'AWS::Events::Rule').map((id) => {
      const { EventPattern, Targets } = properties(deployed, ruleProperties, id);
      return { name: id, pattern: EventPattern, targets: Targets.map((target) => ({ arn: target.Arn })) };
    }),
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
    topicArn: attribute(theOnly(deployed, 'AWS::SNS::Topic'), 'Arn'),
    deadLetterQueue: attribute(theOnly(deployed, 'AWS::SQS::Queue'), 'QueueName'),
    alarms: idsOf(deployed, 'AWS::CloudWatch::Alarm').flatMap((id) => {
      const alarm = alarmOf(`${name}-${id}`, properties(deployed, alarmProperties, id));
      return alarm ? [alarm] : [];
    }),
    mode: properties(deployed, v.looseObject({ Value: v.string() }), mode).Value,
    tableName: attribute(tableId, 'Ref'),
    table: {
      ...properties(deployed, keys, tableId),
      TableName: attribute(tableId, 'Ref'),
      BillingMode: 'PAY_PER_REQUEST',
    },
  };
}

function functionOf(deployed: Deployed, logicalId: string): Stack['functions'][number] {
  const own = properties(deployed, functionProperties, logicalId);
  return {
    logicalId,
    name: own.FunctionName,
    arn: deployed.attribute(logicalId, 'Arn'),
    artifact: own.CodeUri.replace('dist/', ''),
    timeoutSeconds: own.Timeout,
    logGroup: own.LoggingConfig.LogGroup,
    environment: Object.fromEntries(
      Object.entries(own.Environment.Variables).map(([key, value]) => [key, String(value)]),
    ),
  };
}

const idsOf = ({ resources }: Deployed, type: string): string[] =>
  Object.keys(resources).filter((id) => resources[id]?.Type === type);

function theOnly(deployed: Deployed, type: string): string {
  const [id, ...more] = idsOf(deployed, type);
  if (id === undefined || more.length > 0) throw new TemplateError(`The template must have one ${type}.`);
  return id;
}

function properties<T>({ resources }: Deployed, schema: v.GenericSchema<unknown, T>, id: string): T {
  const parsed = v.safeParse(schema, resources[id]?.Properties);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new TemplateError(`${id}: ${v.getDotPath(issue) ?? ''} ${issue.message}`);
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
