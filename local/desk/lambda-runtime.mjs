// The Lambda runtime of the lab: runs in a worker of its own, loads one bundle, and knows only its environment.
// Plain JavaScript, because a worker does not share its parent's loader.
import { parentPort, workerData } from 'node:worker_threads';

const clock = new Float64Array(workerData.clock);
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(clock[0]);
    else super(...given);
  }
  static now() {
    return clock[0];
  }
};

for (const stream of [process.stdout, process.stderr]) {
  stream.write = (chunk) => {
    parentPort.postMessage({ log: String(chunk) });
    return true;
  };
}

const { handler } = await import(workerData.bundle);

parentPort.on('message', async ({ id, event, context }) => {
  try {
    const result = await handler(event, {
      ...context,
      getRemainingTimeInMillis: () => context.timeoutMs,
    });
    parentPort.postMessage({ id, result: JSON.stringify(result ?? null) });
  } catch (error) {
    const isError = error instanceof Error;
    parentPort.postMessage({
      id,
      error: {
        errorType: isError ? error.name : 'Error',
        errorMessage: isError ? error.message : String(error),
        trace: isError ? String(error.stack).split('\n') : [],
      },
    });
  }
});
