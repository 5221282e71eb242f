/** Deploys the real template on ministack as the README says, with the SAM CLI, and makes clients for what is there. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import * as v from 'valibot';
import { parse } from 'yaml';
import { REGION } from '../engines.ts';
import { EngineError, runProgram } from '../servers.ts';
import { root, tool } from '../tools.ts';

export const STACK = 'workspaces-remediation';

/** The shortest times that the parameters allow, and a directory in which some may be broken at a time. */
export const PARAMETERS = {
  ConfirmSeconds: '30',
  MaxUnhealthyPercent: '50',
  MaxConcurrentRebuilds: '20',
};

/** ministack's own keys: those of the account's root. */
const KEYS = { accessKeyId: 'test', secretAccessKey: 'test' };

/** A client for each service that the checks speak to. */
export function clientsFor(endpoint: string) {
  const options = { endpoint, region: REGION, credentials: KEYS };
  return {
    cloudFormation: new CloudFormationClient(options),
    cloudWatch: new CloudWatchClient(options),
    dynamodb: new DynamoDBClient(options),
    eventBridge: new EventBridgeClient(options),
    lambda: new LambdaClient(options),
    logs: new CloudWatchLogsClient(options),
    sns: new SNSClient(options),
    sqs: new SQSClient(options),
    ssm: new SSMClient(options),
    stepFunctions: new SFNClient(options),
  };
}
export type Clients = ReturnType<typeof clientsFor>;

/** A stack that is there. */
export interface Deployed {
  status: string;
  outputs: Record<string, string>;
  /** Type and physical id of each resource, by its logical id. */
  resources: Record<string, { type: string; id: string }>;
}

/** Programs that speak to ministack find it by AWS's own variables. */
const environment = (endpoint: string) => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
  AWS_DEFAULT_REGION: REGION,
  AWS_REGION: REGION,
  SAM_CLI_TELEMETRY: '0',
});

/** `sam build` and `sam deploy`, with a build folder of its own. @throws EngineError */
export async function deploy(endpoint: string, say: (line: string) => void): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'remediation-stack-'));
  const overrides = Object.entries(PARAMETERS).map(([name, value]) => `${name}=${value}`);
  try {
    const build = ['build', '--build-dir', join(work, 'build')];
    await sam(endpoint, build, say);
    await sam(
      endpoint,
      [
        ...['deploy', '--template-file', join(work, 'build', 'template.yaml'), '--stack-name', STACK],
        ...['--capabilities', 'CAPABILITY_IAM', '--resolve-s3', '--no-confirm-changeset', '--no-progressbar'],
        ...['--parameter-overrides', ...overrides],
      ],
      say,
    );
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function sam(endpoint: string, args: string[], say: (line: string) => void): Promise<void> {
  say(`sam ${args[0]}`);
  const { code, stdout, stderr } = await runProgram(tool('sam'), args, {
    cwd: root,
    env: environment(endpoint),
  });
  if (code !== 0) throw new EngineError(`sam ${args[0]} failed: ${`${stdout}${stderr}`.slice(-4_000)}`);
}

/** What CloudFormation says about the stack. @throws CloudFormationServiceException */
export async function readStack({ cloudFormation: client }: Clients): Promise<Deployed> {
  const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: STACK }));
  const resources: Deployed['resources'] = {};
  for await (const page of paginateListStackResources({ client }, { StackName: STACK })) {
    for (const { LogicalResourceId, ResourceType, PhysicalResourceId } of page.StackResourceSummaries ?? []) {
      resources[LogicalResourceId ?? ''] = { type: ResourceType ?? '', id: PhysicalResourceId ?? '' };
    }
  }
  return {
    status: stack?.StackStatus ?? 'none',
    outputs: Object.fromEntries(
      (stack?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    ),
    resources,
  };
}

const source = v.object({
  Resources: v.record(
    v.string(),
    v.looseObject({
      Type: v.string(),
      Condition: v.optional(v.string()),
      DeletionPolicy: v.optional(v.string()),
      Properties: v.optional(v.looseObject({ EventInvokeConfig: v.optional(v.unknown()) })),
    }),
  ),
});

/** What the SAM transform makes of its own types. */
const TRANSFORMED: Record<string, string> = {
  'AWS::Serverless::Function': 'AWS::Lambda::Function',
  'AWS::Serverless::StateMachine': 'AWS::StepFunctions::StateMachine',
};

/** Conditions of the template that do not hold for our parameters. */
const NOT_HELD = ['HasEmail', 'HasReboot', 'HasRestore'];

/** Types of all that the template makes, and the ids of what outlives the stack. */
export function expectedResources(): { types: Record<string, string>; retained: string[] } {
  const text = readFileSync(join(root, 'template.yaml'), 'utf8');
  const made = Object.entries(v.parse(source, parse(text, { logLevel: 'silent' })).Resources).filter(
    ([, { Condition }]) => Condition === undefined || !NOT_HELD.includes(Condition),
  );
  const types = made.flatMap(([id, { Type, Properties }]) => [
    [id, TRANSFORMED[Type] ?? Type],
    ...(Properties?.EventInvokeConfig ? [[`${id}EventInvokeConfig`, 'AWS::Lambda::EventInvokeConfig']] : []),
  ]);
  const retained = made.flatMap(([id, { DeletionPolicy }]) =>
    DeletionPolicy?.startsWith('Retain') ? [id] : [],
  );
  return { types: Object.fromEntries(types), retained };
}

const decisions = v.record(v.string(), v.string());

/**
 * What ministack's evaluator of policies says about `action` on a WorkSpace with these tags, by role; the policies are
 * read by IAM's API.
 * @throws EngineError
 */
export async function decide(
  endpoint: string,
  action: string,
  roles: string[],
  tags: Record<string, string>,
): Promise<Record<string, string>> {
  const script = fileURLToPath(new URL('../ministack/policies.py', import.meta.url));
  const args = [script, action, JSON.stringify(roles), JSON.stringify(tags)];
  const { code, stdout, stderr } = await runProgram(tool('python'), args, { env: environment(endpoint) });
  if (code !== 0) throw new EngineError(`${script} failed: ${stderr.slice(-2_000)}`);
  return v.parse(decisions, JSON.parse(stdout));
}
