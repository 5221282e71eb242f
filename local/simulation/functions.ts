/** Lambda and the wire: functions run in sandboxes, and every request of theirs meets what goes wrong on its way. */
import { REQUEST_HANDLER } from '../../functions/aws/clients.ts';
import type { ApiResponse } from '../desk/http.ts';
import { LambdaError } from '../desk/lambda.ts';
import { lambdaContext } from '../desk/lambda-context.ts';
import { type Pending, sleep } from '../desk/pending.ts';
import type { Stack } from '../desk/template.ts';
import type { Story } from '../stories/story.ts';
import type { Edges } from './edges.ts';
import type { FaultKind } from './faults.ts';
import type { DrawnFaults } from './faults-drawn.ts';
import type { Outages } from './outages.ts';
import type { Random } from './random.ts';
import {
  acquire,
  type Invocation,
  never,
  runIn,
  type Sandbox,
  type WireRequest,
  type WireResponse,
} from './sandbox.ts';
import type { Services } from './services.ts';
import type { Note } from './trace.ts';
import {
  failure,
  itemOf,
  operationOf,
  reset,
  timeout,
  understood,
  unprocessed,
  workspaceOf,
} from './wire.ts';

const { requestTimeout: REQUEST_TIMEOUT } = REQUEST_HANDLER;
const LATE_EFFECT = 20_000;
const STALE = 60_000;
/** One story in so many really signs its requests. */
const SIGNED = 100;

/** All that a function meets. */
interface Surroundings {
  story: Story;
  stack: Stack;
  edges: Edges;
  faults: DrawnFaults;
  outages: Outages;
  services: Services;
  pending: Pending;
  random: Random;
  note: Note;
  /** Stops an execution from outside. */
  stop: (execution: string) => void;
  /** A function failed. */
  failed: (functionName: string) => void;
}

export class Functions {
  readonly #story: Story;
  readonly #stack: Stack;
  readonly #edges: Edges;
  readonly #faults: DrawnFaults;
  readonly #outages: Outages;
  readonly #services: Services;
  readonly #pending: Pending;
  readonly #random: Random;
  readonly #note: Note;
  readonly #stop: (execution: string) => void;
  readonly #failed: (functionName: string) => void;
  readonly #arrivals: { invocation: number; call: string; go: () => void }[] = [];
  #requests = 0;
  #invocations = 0;

  constructor(given: Surroundings) {
    this.#story = given.story;
    this.#stack = given.stack;
    this.#edges = given.edges;
    this.#faults = given.faults;
    this.#outages = given.outages;
    this.#services = given.services;
    this.#pending = given.pending;
    this.#random = given.random;
    this.#note = given.note;
    this.#stop = given.stop;
    this.#failed = given.failed;
  }

  /** `step`: what the function is called for. */
  async invoke(
    spec: Stack['functions'][number],
    payload: unknown,
    execution: string,
    step: string,
  ): Promise<unknown> {
    // Before anything is awaited: which is loaded first must not decide which comes first.
    const id = ++this.#invocations;
    const acquiring = this.#pending.really(() => acquire(spec.artifact));
    // Time stands still until it is loaded, so that a cold start changes no order.
    await sleep(0);
    const sandbox = await acquiring;
    this.#note({ kind: 'invoked', execution, step, id, size: JSON.stringify(payload).length });
    this.#pending.hold();
    try {
      const result = await this.#execute(sandbox, spec, payload, { execution, id, step });
      this.#note({ kind: 'returned', execution, step, id, error: null });
      return result;
    } catch (error) {
      const name = error instanceof Error ? error.name : 'Error';
      this.#note({ kind: 'returned', execution, step, id, error: name });
      this.#failed(spec.name);
      throw error;
    } finally {
      sandbox.busy = false;
      this.#pending.release();
    }
  }

  #execute(
    sandbox: Sandbox,
    spec: Stack['functions'][number],
    payload: unknown,
    { execution, id, step }: { execution: string; id: number; step: string },
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const invocation: Invocation = {
        step,
        execution,
        payload: JSON.parse(JSON.stringify(payload)),
        isSigned: this.#story.seed % SIGNED === 0,
        frozen: false,
        die: (errorType) => {
          invocation.frozen = true;
          clearTimeout(timer);
          reject(new LambdaError(errorType, { errorType, errorMessage: 'The function ended.' }));
        },
        serve: (by, request) => this.#serve(by, id, spec.arn, request),
      };
      const deadline = Date.now() + spec.timeoutSeconds * 1000;
      const context = lambdaContext({
        ...spec,
        awsRequestId: `${step}-${id}`,
        remaining: () => Math.max(0, deadline - Date.now()),
      });
      const timer = setTimeout(() => invocation.die('Sandbox.Timedout'), spec.timeoutSeconds * 1000);
      runIn(sandbox, invocation, context).then(
        (result) => {
          if (invocation.frozen) return;
          clearTimeout(timer);
          try {
            const plain: unknown = JSON.parse(JSON.stringify(result));
            resolve(this.#edges.result ? this.#edges.result(step, plain) : plain);
          } catch (error) {
            reject(error);
          }
        },
        (error: unknown) => {
          if (invocation.frozen) return;
          clearTimeout(timer);
          const [name, message] =
            error instanceof Error ? [error.name, error.message] : ['Error', String(error)];
          reject(new LambdaError(name, { errorType: name, errorMessage: message }));
        },
      );
    });
  }

  // --- The wire between a function and the services

  async #serve(
    invocation: Invocation,
    invocationId: number,
    functionArn: string,
    wire: WireRequest,
    tries = 1,
  ): Promise<WireResponse> {
    const operation = operationOf(wire);
    const { execution, step } = invocation;
    const call = `${step} > ${operation}`;
    await this.#arrival(invocationId, call);
    if (invocation.frozen) return never();
    const kind = this.#faults.next(execution, call);
    if (kind === 'overtaken') {
      const spec = this.#stack.functions.find(({ arn }) => arn === functionArn);
      if (spec) await this.invoke(spec, invocation.payload, execution, step).catch(() => undefined);
      if (invocation.frozen) return never();
    }
    if (kind === 'abort') this.#stop(execution);
    if (kind === 'crash-before') {
      invocation.die('Runtime.ExitError');
      return never();
    }
    const remembered = this.#edges.memory?.(call);
    if (remembered !== undefined) return { statusCode: 200, headers: {}, body: Buffer.from(remembered) };
    const dawdled = this.#edges.dawdle?.(call) ?? 0;
    if (dawdled > 0) await sleep(dawdled);
    const request = { ...wire, body: this.#edges.request?.(call, wire.body) ?? wire.body };
    const id = ++this.#requests;
    const about = { workspaceId: workspaceOf(request.body), item: itemOf(operation, request.body) };
    this.#note({ kind: 'request', execution, invocation: invocationId, call, id, ...about });
    const answer = await this.#travel(invocation, operation, id, request, kind);
    const isAgain = this.#edges.repeat?.(call, tries);
    if (isAgain && (answer instanceof Error || answer.status >= 500)) {
      return this.#serve(invocation, invocationId, functionArn, wire, tries + 1);
    }
    if (invocation.frozen) return never();
    this.#note({ kind: 'answer', id, ...understood(operation, answer) });
    if (answer instanceof Error) throw answer;
    const body = this.#edges.answer?.(call, answer.body) ?? answer.body;
    return { statusCode: answer.status, headers: answer.headers, body: Buffer.from(body) };
  }

  /**
   * Requests of one moment go on in an order of their own: which came first depends on how warm the SDK's clients
   * are, and so on the stories that this process has played before.
   */
  async #arrival(invocation: number, call: string): Promise<void> {
    if (this.#arrivals.length === 0) {
      setTimeout(() => {
        const arrived = this.#arrivals.splice(0);
        arrived.sort(
          (one, other) =>
            one.invocation - other.invocation ||
            Number(one.call > other.call) - Number(one.call < other.call),
        );
        for (const { go } of arrived) go();
      });
    }
    await new Promise<void>((go) => this.#arrivals.push({ invocation, call, go }));
  }

  /** One request's way to the service and back, with what goes wrong on it. */
  async #travel(
    invocation: Invocation,
    operation: string,
    id: number,
    request: WireRequest,
    kind: FaultKind | undefined,
  ): Promise<ApiResponse | Error> {
    const effect = (staleness = 0) => this.#effect(operation, id, request, staleness);
    await sleep(this.latency());
    const away = await this.#outages.answer(operation);
    if (away) return away;
    switch (kind) {
      case 'reset-before':
        return reset();
      case 'throttled':
        return failure(operation, 400);
      case 'error-500':
        return failure(operation, 500);
      case 'late-effect':
        this.#pending.later(LATE_EFFECT, async () => {
          await effect();
        });
        await sleep(REQUEST_TIMEOUT);
        return timeout();
      case 'unprocessed':
        return unprocessed(request.body);
      case 'stale':
        return effect(STALE);
      default:
    }
    const answer = await effect();
    switch (kind) {
      case 'lost-response':
        return reset();
      case 'effect-500':
        return failure(operation, 500);
      case 'slow':
        await sleep(REQUEST_TIMEOUT);
        return timeout();
      case 'hang':
        return never();
      case 'crash-after':
        invocation.die('Runtime.ExitError');
        return never();
      default:
        return answer;
    }
  }

  async #effect(
    operation: string,
    id: number,
    request: WireRequest,
    staleness: number,
  ): Promise<ApiResponse> {
    const answer = await this.#pending.really(() => this.#services.ask(operation, request, staleness));
    const { error, refused, state, code } = understood(operation, answer);
    this.#note({ kind: 'effect', id, result: error ?? (refused ? 'refused' : (state ?? 'ok')), code });
    return answer;
  }

  /** How long a call is on its way. */
  latency(): number {
    return this.#random.integer(1, 60);
  }
}
