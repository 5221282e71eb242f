/** What Step Functions and EventBridge call: a function's invocation, or `sns:publish`, with what goes wrong with it. */
import { LambdaError } from '../desk/lambda.ts';
import { sleep } from '../desk/pending.ts';
import type { Notification } from '../desk/sns-server.ts';
import type { Stack } from '../desk/template.ts';
import { failureOf, type Story } from '../stories/story.ts';
import type { DrawnFaults } from './faults-drawn.ts';
import type { Functions } from './functions.ts';
import type { Outages } from './outages.ts';
import { never } from './sandbox.ts';
import type { Services } from './services.ts';
import type { Note } from './trace.ts';

interface Surroundings {
  story: Story;
  stack: Stack;
  faults: DrawnFaults;
  outages: Outages;
  services: Services;
  functions: Functions;
  note: Note;
  isRunning: (execution: string) => boolean;
  /** Stops an execution from outside. */
  stop: (execution: string) => void;
  /** A function was throttled. */
  throttled: (functionName: string) => void;
}

export class Tasks {
  readonly #story: Story;
  readonly #stack: Stack;
  readonly #faults: DrawnFaults;
  readonly #outages: Outages;
  readonly #services: Services;
  readonly #functions: Functions;
  readonly #note: Note;
  readonly #isRunning: (execution: string) => boolean;
  readonly #stop: (execution: string) => void;
  readonly #throttled: (functionName: string) => void;
  readonly #snsDown = new Set<string>();
  /** How often each task was tried. */
  readonly #tasks = new Map<string, number>();

  constructor(given: Surroundings) {
    this.#story = given.story;
    this.#stack = given.stack;
    this.#faults = given.faults;
    this.#outages = given.outages;
    this.#services = given.services;
    this.#functions = given.functions;
    this.#note = given.note;
    this.#isRunning = given.isRunning;
    this.#stop = given.stop;
    this.#throttled = given.throttled;
  }

  /** @throws LambdaError */
  async invoke(functionArn: string, payload: unknown, execution: string, as?: string): Promise<unknown> {
    if (!this.#isRunning(execution) && execution !== 'net') return never();
    const spec = this.#stack.functions.find(({ arn }) => arn === functionArn);
    if (!spec) throw new LambdaError('Lambda.ResourceNotFoundException', { errorMessage: functionArn });
    const step = as ?? spec.artifact;
    await this.#outages.refuse('Lambda', step, [
      'Lambda.TooManyRequestsException',
      'Lambda.ServiceException',
    ]);
    this.#fail(step);
    const invoke = () => this.#functions.invoke(spec, payload, execution, step);
    switch (this.#faults.next(execution, step)) {
      case 'throttled':
        this.#throttled(spec.name);
        throw new LambdaError('Lambda.TooManyRequestsException', 'Rate Exceeded.');
      case 'error-before':
        throw new LambdaError('Lambda.ServiceException', 'Internal error');
      case 'lost-response':
        await invoke().catch(() => undefined);
        throw new LambdaError('Lambda.SdkClientException', 'The answer was lost.');
      case 'duplicate': {
        const second = invoke().catch(() => undefined);
        try {
          return await invoke();
        } finally {
          await second;
        }
      }
      case 'abort':
        this.#stop(execution);
        return invoke();
      default:
        return invoke();
    }
  }

  /** @throws LambdaError */
  async publish(topicArn: string, notification: Notification, execution: string): Promise<string> {
    if (!this.#isRunning(execution)) return never();
    await this.#outages.refuse('SNS', 'sns:publish', [
      'SNS.ThrottledException',
      'SNS.InternalErrorException',
    ]);
    this.#fail('sns');
    const kind = this.#faults.next(execution, 'sns:publish');
    if (kind === 'down') this.#snsDown.add(execution);
    if (kind === 'abort') this.#stop(execution);
    if (this.#snsDown.has(execution) || kind === 'error-before') {
      throw new LambdaError('SNS.InternalErrorException', { errorMessage: 'Internal error' });
    }
    if (kind === 'throttled')
      throw new LambdaError('SNS.ThrottledException', { errorMessage: 'Rate exceeded' });
    await sleep(this.#functions.latency());
    const id = this.#services.sns.publish(topicArn, notification);
    if (kind === 'lost-response') {
      throw new LambdaError('SNS.SdkClientException', { errorMessage: 'The answer was lost.' });
    }
    return id;
  }

  /** Fails a task that the story lets fail. @throws LambdaError */
  #fail(task: string): void {
    const number = (this.#tasks.get(task) ?? 0) + 1;
    this.#tasks.set(task, number);
    const error = failureOf(this.#story, task, number);
    if (error === undefined) return;
    this.#note({ kind: 'outage', call: task, how: error });
    throw new LambdaError(error, { errorType: error, errorMessage: 'down' });
  }
}
