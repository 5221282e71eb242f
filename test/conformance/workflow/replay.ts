/**
 * Plays what the lab recorded on ministack's interpreter: the same definition, whose functions are stand-ins that give
 * the recorded results and errors in their order, and a real topic whose messages a queue collects.
 */
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
  UpdateStateMachineCommand,
} from '@aws-sdk/client-sfn';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as v from 'valibot';
import { type Listening, reply, serve } from '../../../local/desk/http.ts';
import type { Stack } from '../../../local/desk/template.ts';
import { EngineError, runProgram } from '../servers.ts';
import { tool } from '../tools.ts';
import { Respelling } from './differences.ts';
import type { Recording, Task } from './recording.ts';

/** The resource of states that publish: a function stands in for it where a story makes SNS fail. */
const PUBLISH = /:states:::sns:publish$/;

/** Longest time that an execution may take, in milliseconds. */
const LIMIT_MS = 60_000;

const asked = v.object({ name: v.string(), event: v.unknown() });
const envelope = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ MessageId: v.string(), Subject: v.string(), Message: v.string() }),
);
/** What the workflow passes to SNS. */
const publication = v.strictObject({ TopicArn: v.string(), Subject: v.string(), Message: v.string() });
const noted = ({ Subject, Message }: v.InferOutput<typeof publication>) => ({
  subject: Subject,
  message: Message,
});
const machineSchema = v.looseObject({
  States: v.record(
    v.string(),
    v.looseObject({ Next: v.optional(v.string()), Resource: v.optional(v.string()) }),
  ),
});

/** What came of a story, in the lab's spelling. */
export interface Replayed {
  status: string | undefined;
  output: unknown;
  error: string | null;
  cause: string | null;
  states: { name: string; input: unknown }[];
  /** What was asked of each function, in order. */
  calls: { service: string; payload: unknown }[];
  /** What the topic passed on. */
  notifications: unknown[];
}

/** Whether the story makes SNS fail, so that a function has to stand in for it. */
const doesSnsFail = ({ tasks }: Recording) =>
  tasks.some(({ service, outcome }) => service === 'sns' && 'cause' in outcome);

export class Replay {
  readonly #stack: Stack;
  readonly #stepFunctions: SFNClient;
  readonly #queues: SQSClient;
  readonly #lambda: LambdaClient;
  readonly #sns: SNSClient;
  readonly #definition: string;
  #queueUrl = '';
  #server: Listening | undefined;
  #script: Task[] = [];
  #calls: Replayed['calls'] = [];
  /** What to do with a call that the lab never got an answer to. */
  #beyond: (() => Promise<void>) | undefined;

  constructor(url: string, stack: Stack) {
    const client = {
      endpoint: url,
      region: stack.region,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    };
    this.#stack = stack;
    this.#stepFunctions = new SFNClient(client);
    this.#queues = new SQSClient(client);
    this.#lambda = new LambdaClient(client);
    this.#sns = new SNSClient(client);
    this.#definition = stack.stateMachine.definition;
  }

  async deploy(): Promise<void> {
    this.#server = await serve(async ({ body }) => reply(200, await this.#answer(body)));
    const code = await bootstrapZip();
    for (const name of [...this.#stack.functions.map((each) => each.name), this.#tellName]) {
      await this.#lambda.send(
        new CreateFunctionCommand({
          FunctionName: name,
          Runtime: 'provided.al2023',
          Handler: 'bootstrap',
          Role: this.#stack.stateMachine.roleArn,
          Timeout: 30,
          Code: { ZipFile: code },
          Environment: { Variables: { REPLAY_URL: this.#server.url } },
        }),
      );
    }
    const { TopicArn } = await this.#sns.send(
      new CreateTopicCommand({ Name: this.#stack.topicArn.split(':').at(-1) }),
    );
    if (TopicArn !== this.#stack.topicArn) throw new EngineError(`The topic is ${TopicArn}.`);
    const { QueueUrl = '' } = await this.#queues.send(new CreateQueueCommand({ QueueName: 'told' }));
    this.#queueUrl = QueueUrl;
    const Endpoint = this.#stack.stateMachine.arn
      .replace(':states:', ':sqs:')
      .replace(/:stateMachine:.*/, ':told');
    await this.#sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
    const { stateMachineArn } = await this.#stepFunctions.send(
      new CreateStateMachineCommand({
        name: this.#stack.name,
        definition: this.#definition,
        roleArn: this.#stack.stateMachine.roleArn,
      }),
    );
    if (stateMachineArn !== this.#stack.stateMachine.arn) throw new EngineError(`It is ${stateMachineArn}.`);
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }

  get #tellName(): string {
    return `${this.#stack.name}-sns`;
  }

  /** The definition with a function in SNS's place, since ministack's SNS cannot be made to fail a number of times. */
  #withTellFunction(): string {
    const definition = v.parse(machineSchema, JSON.parse(this.#definition));
    const Resource = this.#stack.functions[0]?.arn.replace(/:function:.*/, `:function:${this.#tellName}`);
    for (const [name, state] of Object.entries(definition.States)) {
      if (PUBLISH.test(state.Resource ?? '')) definition.States[name] = { ...state, Resource };
    }
    return JSON.stringify(definition);
  }

  async #answer(body: string): Promise<object> {
    const { name, event } = v.parse(asked, JSON.parse(body));
    const service = name.split('-').at(-1) ?? name;
    const task = this.#script.shift();
    if (task === undefined && this.#beyond !== undefined) {
      await this.#beyond();
      // An error would not do: ministack tries a task again although its execution was stopped.
      return { result: null };
    }
    this.#calls.push({ service, payload: v.is(publication, event) ? noted(event) : event });
    if (task === undefined)
      return { error: { errorType: 'Beyond', errorMessage: 'The lab made no such call.' } };
    if ('cause' in task.outcome) return { error: { ...task.outcome.cause, errorType: task.outcome.error } };
    // A publication's result is the message's id.
    return { result: service === 'sns' ? { MessageId: task.outcome.result } : task.outcome.result };
  }

  /** What a story has to come to, by the lab. */
  expected(story: Recording): Replayed {
    const { status, output, error, cause } = story;
    const states = story.states.map(({ name, input }) => ({ name, input }));
    const last = story.states.at(-1);
    // A wait takes no time here, so that a person's stop comes in the state after it.
    if (status === 'ABORTED' && last?.type === 'Wait') {
      const { States } = v.parse(machineSchema, JSON.parse(this.#definition));
      states.push({ name: States[last.name]?.Next ?? '', input: last.input });
    }
    const isPublished = ({ service }: Task) => service === 'sns' && !doesSnsFail(story);
    const calls = story.tasks.filter((task) => !isPublished(task));
    return {
      status,
      output,
      error,
      cause,
      states,
      calls: calls.map(({ service, payload }) => ({ service, payload })),
      notifications: story.tasks.filter(isPublished).map(({ payload }) => payload),
    };
  }

  /** @throws EngineError when the execution does not end */
  async play(story: Recording): Promise<Replayed> {
    const isTellReplaced = doesSnsFail(story);
    const { arn } = this.#stack.stateMachine;
    await this.#stepFunctions.send(
      new UpdateStateMachineCommand({
        stateMachineArn: arn,
        definition: isTellReplaced ? this.#withTellFunction() : this.#definition,
      }),
    );
    this.#script = story.tasks.filter(({ service }) => service !== 'sns' || isTellReplaced);
    this.#calls = [];
    const executionArn = `${arn.replace(':stateMachine:', ':execution:')}:${story.name}`;
    this.#beyond =
      story.status === 'ABORTED'
        ? async () => {
            await this.#stepFunctions.send(new StopExecutionCommand({ executionArn }));
          }
        : undefined;
    const input = JSON.stringify(story.input);
    await this.#stepFunctions.send(
      new StartExecutionCommand({ stateMachineArn: arn, name: story.name, input }),
    );
    const end = await this.#end(executionArn);
    const history = await this.#history(executionArn);
    const told = await this.#told();
    const started = v.parse(v.date(), end.startDate).toISOString();
    const respelling = new Respelling(story, {
      startDate: started,
      roleArn: this.#stack.stateMachine.roleArn,
      messageIds: told.map(({ MessageId }) => MessageId),
    });
    const failed = history.find(({ type }) => type === 'ExecutionFailed')?.executionFailedEventDetails;
    return {
      status: end.status,
      output: end.status === 'SUCCEEDED' ? respelling.value(JSON.parse(end.output ?? 'null')) : {},
      error: failed?.error ?? null,
      cause: failed?.cause === undefined ? null : respelling.text(failed.cause),
      states: history.flatMap(({ stateEnteredEventDetails: entered }) =>
        entered?.name === undefined
          ? []
          : [{ name: entered.name, input: respelling.value(JSON.parse(entered.input ?? 'null')) }],
      ),
      calls: this.#calls.map(({ service, payload }) => ({ service, payload: respelling.value(payload) })),
      notifications: told.map(({ Subject, Message }) => ({
        subject: Subject,
        message: respelling.text(Message),
      })),
    };
  }

  async #end(executionArn: string) {
    const deadline = Date.now() + LIMIT_MS;
    for (;;) {
      const found = await this.#stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
      if (found.status !== 'RUNNING') return found;
      if (Date.now() > deadline) throw new EngineError(`${executionArn} does not end.`);
      // Each look costs the engine time, so they are rare until its last call was answered.
      await sleep(this.#script.length === 0 ? 25 : 100);
    }
  }

  async #history(executionArn: string): Promise<HistoryEvent[]> {
    const events: HistoryEvent[] = [];
    let nextToken: string | undefined;
    do {
      const page = await this.#stepFunctions.send(
        new GetExecutionHistoryCommand({ executionArn, maxResults: 1000, ...(nextToken && { nextToken }) }),
      );
      events.push(...(page.events ?? []));
      nextToken = page.nextToken;
    } while (nextToken);
    return events;
  }

  /** What the topic passed on since the last look. */
  async #told() {
    const { Messages = [] } = await this.#queues.send(
      new ReceiveMessageCommand({
        QueueUrl: this.#queueUrl,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 3600,
      }),
    );
    return Messages.map(({ Body }) => v.parse(envelope, Body));
  }
}

/** The stand-in's runtime as Lambda wants it: a program `bootstrap` in a ZIP file. */
async function bootstrapZip(): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'bootstrap-'));
  try {
    const [program, zip] = [join(folder, 'bootstrap'), join(folder, 'code.zip')];
    copyFileSync(fileURLToPath(new URL('bootstrap.cjs', import.meta.url)), program);
    const { code, stderr } = await runProgram(tool('python'), ['-m', 'zipfile', '-c', zip, program]);
    if (code !== 0) throw new EngineError(stderr);
    return readFileSync(zip);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
