/** Incidents on the deployed stack, and what the public APIs say about them. */
import { paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeRuleCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  paginateGetExecutionHistory,
  paginateListExecutions,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import * as v from 'valibot';
import type { Clients } from './deploy.ts';

/** The source under which events are put: no account may put events of AWS's own services. */
const SOURCE = 'conformance.cloudwatch';

const record = v.record(v.string(), v.unknown());
const event = v.looseObject({
  'detail-type': v.string(),
  resources: v.optional(v.array(v.string())),
  detail: record,
});

/** Asks again until there is an answer. @throws Error with `what`, when there is none in time */
export async function until<T>(what: string, ask: () => Promise<T | undefined>, seconds = 300): Promise<T> {
  const end = Date.now() + seconds * 1_000;
  while (Date.now() < end) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
  throw new Error(`Not in ${seconds} s: ${what}`);
}

/**
 * A second rule beside a deployed one, for events that carry our source: else with the pattern of the deployed one,
 * with its targets, and with the source set right again in what they are given.
 */
export async function ruleForOurEvents({ eventBridge }: Clients, rule: string): Promise<void> {
  const deployed = await eventBridge.send(new DescribeRuleCommand({ Name: rule }));
  const pattern = v.parse(record, JSON.parse(deployed.EventPattern ?? ''));
  const Name = `${rule}-ours`.slice(-64);
  await eventBridge.send(
    new PutRuleCommand({ Name, EventPattern: JSON.stringify({ ...pattern, source: [SOURCE] }) }),
  );
  const { Targets = [] } = await eventBridge.send(new ListTargetsByRuleCommand({ Rule: rule }));
  const fields = ['id', 'detail-type', 'account', 'time', 'region', 'resources', 'detail'];
  const InputTransformer = {
    InputPathsMap: Object.fromEntries(fields.map((field) => [field, `$.${field}`])),
    InputTemplate: `{"version":"0","source":"aws.cloudwatch",${fields.map((field) => `"${field}":<${field}>`).join()}}`,
  };
  await eventBridge.send(
    new PutTargetsCommand({
      Rule: Name,
      Targets: Targets.map((target) => ({ ...target, InputTransformer })),
    }),
  );
}

/** Puts an event on the bus; the error code, or `undefined` when the bus took it. */
export async function putEvent(
  { eventBridge }: Clients,
  given: unknown,
  Source = SOURCE,
): Promise<string | undefined> {
  const { 'detail-type': DetailType, resources: Resources = [], detail } = v.parse(event, given);
  const entry = { Source, DetailType, Resources, Detail: JSON.stringify(detail) };
  const { Entries = [] } = await eventBridge.send(new PutEventsCommand({ Entries: [entry] }));
  return Entries[0]?.ErrorCode;
}

/** Starts the workflow by hand; the execution's ARN. */
export async function startByHand(
  { stepFunctions }: Clients,
  stateMachineArn: string,
  input: unknown,
): Promise<string> {
  const command = new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) });
  return (await stepFunctions.send(command)).executionArn ?? '';
}

/** Every execution of the state machine, with its input. */
export async function executions(
  { stepFunctions: client }: Clients,
  stateMachineArn: string,
): Promise<DescribeExecutionCommandOutput[]> {
  const found: DescribeExecutionCommandOutput[] = [];
  for await (const page of paginateListExecutions({ client }, { stateMachineArn })) {
    for (const { executionArn } of page.executions ?? []) {
      found.push(await client.send(new DescribeExecutionCommand({ executionArn })));
    }
  }
  return found;
}

/** The execution once it has ended. */
export function ended(
  { stepFunctions }: Clients,
  executionArn: string,
): Promise<DescribeExecutionCommandOutput> {
  return until(`the end of ${executionArn}`, async () => {
    const found = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    return found.status === 'RUNNING' ? undefined : found;
  });
}

/** An execution's output. */
export const outputOf = ({ output }: DescribeExecutionCommandOutput) =>
  v.parse(record, JSON.parse(output ?? '{}'));

/** The names of the states that an execution has entered, in order, by its history. */
export async function statesOf({ stepFunctions: client }: Clients, executionArn: string): Promise<string[]> {
  const states: string[] = [];
  for await (const page of paginateGetExecutionHistory({ client }, { executionArn })) {
    for (const { stateEnteredEventDetails: entered } of page.events ?? []) {
      if (entered?.name !== undefined) states.push(entered.name);
    }
  }
  return states;
}

/** One item of the table. */
export async function readItem({ dynamodb }: Clients, TableName: string, id: string) {
  const command = new GetItemCommand({ TableName, Key: { id: { S: id } }, ConsistentRead: true });
  return (await dynamodb.send(command)).Item;
}

/** Takes every message from a queue, and gives their bodies. */
export async function drain({ sqs }: Clients, QueueUrl: string): Promise<Record<string, unknown>[]> {
  const bodies: Record<string, unknown>[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    );
    if (Messages.length === 0) return bodies;
    for (const { Body = '{}', ReceiptHandle } of Messages) {
      bodies.push(v.parse(record, JSON.parse(Body)));
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
}

/** How often functions that log to a group have been invoked, by the lines that Lambda begins each run with. */
export async function invocationsIn({ logs: client }: Clients, logGroupName: string): Promise<number> {
  let count = 0;
  for await (const { events = [] } of paginateFilterLogEvents({ client }, { logGroupName })) {
    count += events.filter(({ message = '' }) => message.startsWith('START RequestId: ')).length;
  }
  return count;
}

const auditLine = v.looseObject({
  timestamp: v.string(),
  message: v.string(),
  incidentId: v.string(),
  step: v.string(),
});
export type AuditLine = v.InferOutput<typeof auditLine>;

/** The lines of the audit log about one incident, in order of time. */
export async function auditOf(
  { logs: client }: Clients,
  logGroupName: string,
  incidentId: string,
): Promise<AuditLine[]> {
  const lines: AuditLine[] = [];
  for await (const { events = [] } of paginateFilterLogEvents({ client }, { logGroupName })) {
    for (const { message = '' } of events) {
      const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), auditLine), message.trim());
      if (parsed.success && parsed.output.incidentId === incidentId) lines.push(parsed.output);
    }
  }
  return lines.sort((a, b) => a.timestamp.localeCompare(b.timestamp));
}
