import { Worker } from 'node:worker_threads';
import * as v from 'valibot';

/** What Lambda reports of a function that threw, or says itself in words; its name is the error's, as Step Functions sees it. */
export class LambdaError extends Error {
  constructor(errorType: string, payload: object | string) {
    super(typeof payload === 'string' ? payload : JSON.stringify(payload));
    this.name = errorType;
  }
}

export interface FunctionSpec {
  name: string;
  arn: string;
  bundle: URL;
  timeoutSeconds: number;
  logGroup: string;
  environment: Record<string, string>;
}

const answer = v.union([
  v.object({ log: v.string() }),
  v.object({ id: v.number(), result: v.string() }),
  v.object({
    id: v.number(),
    error: v.looseObject({ errorType: v.string(), errorMessage: v.string() }),
  }),
]);

/** One function: its bundle in a worker of its own, warm between calls, with the lab's time. */
export class LambdaFunction {
  readonly #worker: Worker;
  readonly #pending = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: Error) => void }
  >();
  readonly #spec: FunctionSpec;
  #calls = 0;
  #end: LambdaError | undefined;

  constructor(spec: FunctionSpec, clock: SharedArrayBuffer, onLog: (line: string) => void) {
    this.#spec = spec;
    this.#worker = new Worker(new URL('./lambda-runtime.mjs', import.meta.url), {
      env: spec.environment,
      workerData: { bundle: spec.bundle.href, clock },
      execArgv: [],
    });
    this.#worker.on('message', (message: unknown) => {
      const parsed = v.parse(answer, message);
      if ('log' in parsed) {
        for (const line of parsed.log.split('\n').filter(Boolean)) onLog(line);
        return;
      }
      const call = this.#pending.get(parsed.id);
      this.#pending.delete(parsed.id);
      if ('result' in parsed) call?.resolve(JSON.parse(parsed.result));
      else call?.reject(new LambdaError(parsed.error.errorType, parsed.error));
    });
    this.#worker.on('error', (error) => this.#failAll(error));
    this.#worker.on('exit', (code) => this.#failAll(new Error(`The function's worker exited with ${code}.`)));
  }

  #failAll(cause: Error): void {
    const errorMessage = `${this.#spec.name}: ${cause.message}`;
    this.#end ??= new LambdaError('Runtime.ExitError', { errorType: 'Runtime.ExitError', errorMessage });
    for (const call of this.#pending.values()) call.reject(this.#end);
    this.#pending.clear();
  }

  /** @throws LambdaError, when the function threw */
  invoke(event: unknown): Promise<unknown> {
    const id = ++this.#calls;
    const { name, arn, timeoutSeconds, logGroup } = this.#spec;
    return new Promise((resolve, reject) => {
      if (this.#end) {
        reject(this.#end);
        return;
      }
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage({
        id,
        event,
        context: {
          awsRequestId: `${name}-${id}`,
          functionName: name,
          functionVersion: '$LATEST',
          invokedFunctionArn: arn,
          memoryLimitInMB: '512',
          logGroupName: logGroup,
          logStreamName: 'lab',
          callbackWaitsForEmptyEventLoop: false,
          timeoutMs: timeoutSeconds * 1000,
        },
      });
    });
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
