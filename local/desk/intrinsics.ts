/** What CloudFormation makes of a template: conditions decided, references and other intrinsic functions resolved. */
import * as v from 'valibot';

/** The template, a parameter or an intrinsic function is not what CloudFormation would accept. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/**
 * AWS's partitions: one Region of each, and what AWS::URLSuffix is there.
 * @see https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
 */
const PARTITIONS = {
  aws: { region: 'us-east-1', urlSuffix: 'amazonaws.com' },
  'aws-us-gov': { region: 'us-gov-west-1', urlSuffix: 'amazonaws.com' },
  'aws-cn': { region: 'cn-north-1', urlSuffix: 'amazonaws.com.cn' },
};

export type Partition = keyof typeof PARTITIONS;

export const ACCOUNT = '123456789012';
export const regionOf = (partition: Partition): string => PARTITIONS[partition].region;

interface Resource {
  Type: string;
  Condition?: string | undefined;
  Properties: Record<string, unknown>;
}

/** The parts of a template that are resolved. */
export interface Source {
  Conditions: Record<string, unknown>;
  Globals: { Function: Record<string, unknown> };
  Resources: Record<string, Resource>;
  Outputs: Record<string, { Value: unknown }>;
}

/** How the attributes of each type are made; `Ref` is the first of them unless a name stands for it. */
const ATTRIBUTES: Readonly<Record<string, { ref: 'Arn' | 'Name'; service: string; path?: string }>> = {
  'AWS::Serverless::Function': { ref: 'Name', service: 'lambda', path: 'function:' },
  'AWS::Serverless::StateMachine': { ref: 'Arn', service: 'states', path: 'stateMachine:' },
  'AWS::SNS::Topic': { ref: 'Arn', service: 'sns' },
  'AWS::SQS::Queue': { ref: 'Name', service: 'sqs' },
  'AWS::DynamoDB::Table': { ref: 'Name', service: 'dynamodb', path: 'table/' },
  'AWS::KMS::Key': { ref: 'Name', service: 'kms', path: 'key/' },
  'AWS::Logs::LogGroup': { ref: 'Name', service: 'logs', path: 'log-group:' },
  'AWS::IAM::Role': { ref: 'Name', service: 'iam', path: 'role/' },
  'AWS::IAM::ManagedPolicy': { ref: 'Arn', service: 'iam', path: 'policy/' },
  'AWS::SSM::Parameter': { ref: 'Name', service: 'ssm', path: 'parameter' },
  'AWS::Events::Rule': { ref: 'Name', service: 'events', path: 'rule/' },
};

const reference = v.strictObject({ Ref: v.string() });
const getAtt = v.strictObject({ 'Fn::GetAtt': v.tuple([v.string(), v.string()]) });
const sub = v.strictObject({
  'Fn::Sub': v.union([v.string(), v.tuple([v.string(), v.record(v.string(), v.unknown())])]),
});
const choice = v.strictObject({ 'Fn::If': v.tuple([v.string(), v.unknown(), v.unknown()]) });
const equals = v.object({ 'Fn::Equals': v.tuple([v.unknown(), v.unknown()]) });
const or = v.object({ 'Fn::Or': v.array(v.unknown()) });
const not = v.object({ 'Fn::Not': v.tuple([v.unknown()]) });

/** Resolves one deployment of a template. */
export class Resolver {
  readonly #source: Source;
  readonly #parameters: Readonly<Record<string, string | number>>;
  readonly #pseudo: Readonly<Record<string, string>>;

  constructor(
    source: Source,
    name: string,
    partition: Partition,
    parameters: Readonly<Record<string, string | number>>,
  ) {
    this.#source = source;
    this.#parameters = parameters;
    this.#pseudo = {
      'AWS::StackName': name,
      'AWS::Region': regionOf(partition),
      'AWS::AccountId': ACCOUNT,
      'AWS::Partition': partition,
      'AWS::URLSuffix': PARTITIONS[partition].urlSuffix,
    };
  }

  /** The value with every intrinsic function in it resolved. @throws TemplateError */
  resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((one) => this.resolve(one));
    if (typeof value !== 'object' || value === null) return value;
    if (v.is(reference, value)) return this.#ref(value.Ref);
    if (v.is(getAtt, value)) return this.attribute(...value['Fn::GetAtt']);
    if (v.is(sub, value)) return this.#substitute(value['Fn::Sub']);
    if (v.is(choice, value)) {
      const [name, one, other] = value['Fn::If'];
      return this.resolve(this.holds(name) ? one : other);
    }
    const unknown = Object.keys(value).find((key) => key.startsWith('Fn::'));
    if (unknown) throw new TemplateError(`${JSON.stringify(value)}: ${unknown} cannot be resolved here.`);
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, this.resolve(inner)]));
  }

  /** An attribute of a resource; `Ref` is what a reference gives. @throws TemplateError */
  attribute(id: string, which: string): string {
    const type = this.#source.Resources[id]?.Type ?? '';
    const made = ATTRIBUTES[type];
    if (!made) throw new TemplateError(`${id}.${which}: nothing in the template has it.`);
    const name = this.#nameOf(id);
    if (which !== 'Arn' && (which !== 'Ref' || made.ref === 'Name')) return name;
    const { 'AWS::Partition': partition, 'AWS::Region': region } = this.#pseudo;
    // IAM is global, and the ARN of a log group is that of its streams.
    const place = made.service === 'iam' ? `:${ACCOUNT}` : `${region}:${ACCOUNT}`;
    const streams = made.service === 'logs' ? ':*' : '';
    return `arn:${partition}:${made.service}:${place}:${made.path ?? ''}${name}${streams}`;
  }

  /** Whether a condition of the template holds. @throws TemplateError */
  holds(name: string): boolean {
    return this.#decide(this.#source.Conditions[name]);
  }

  #nameOf(id: string): string {
    const given = this.#source.Resources[id]?.Properties ?? {};
    const chosen = ['FunctionName', 'Name', 'LogGroupName']
      .map((property) => given[property])
      .find((value) => value !== undefined);
    return chosen === undefined ? `${this.#pseudo['AWS::StackName']}-${id}` : String(this.resolve(chosen));
  }

  #ref(id: string): string | number {
    return this.#pseudo[id] ?? this.#parameters[id] ?? this.attribute(id, 'Ref');
  }

  #substitute(given: v.InferOutput<typeof sub>['Fn::Sub']): string {
    const [text, variables] = typeof given === 'string' ? [given, {}] : given;
    return text.replace(/\$\{([^}]+)\}/g, (_, id: string) =>
      String(Object.hasOwn(variables, id) ? this.resolve(variables[id]) : this.#ref(id)),
    );
  }

  #decide(test: unknown): boolean {
    if (v.is(equals, test)) {
      const [one, other] = test['Fn::Equals'].map((value) => String(this.resolve(value)));
      return one === other;
    }
    if (v.is(or, test)) return test['Fn::Or'].some((one) => this.#decide(one));
    if (v.is(not, test)) return !this.#decide(test['Fn::Not'][0]);
    throw new TemplateError(`${JSON.stringify(test)} is no condition.`);
  }
}
