/** What the lab saw of a story: every state, every call of a task, and how it ended. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import * as v from 'valibot';

const task = v.object({
  service: v.string(),
  payload: v.unknown(),
  outcome: v.union([
    v.strictObject({ result: v.unknown() }),
    v.strictObject({ error: v.string(), cause: v.record(v.string(), v.unknown()) }),
  ]),
});

const recording = v.object({
  /** The execution's name, the same on every engine. */
  name: v.string(),
  input: v.unknown(),
  startedAt: v.number(),
  status: v.picklist(['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']),
  output: v.unknown(),
  error: v.nullable(v.string()),
  cause: v.nullable(v.string()),
  states: v.array(v.object({ name: v.string(), type: v.string(), input: v.unknown() })),
  tasks: v.array(task),
});

export type Recording = v.InferOutput<typeof recording>;
export type Task = v.InferOutput<typeof task>;

const message = v.object({ story: v.string(), recording });

/**
 * Plays stories in the lab, each in one of a few threads: the lab's clock is the thread's own, so the servers of the
 * test keep the real one. Gives a promise of each recording, and the threads' end.
 */
export function record(stories: string[]): {
  recordings: Map<string, Promise<Recording>>;
  stop(): Promise<unknown>;
} {
  const waiting = new Map(stories.map((story) => [story, Promise.withResolvers<Recording>()]));
  const next = stories.values();
  const workers = Array.from({ length: Math.min(4, availableParallelism()) }, () => {
    const worker = new Worker(new URL('./recorder.ts', import.meta.url), { execArgv: [] });
    const give = () => {
      const { value } = next.next();
      if (value !== undefined) worker.postMessage(value);
    };
    worker.on('message', (data: unknown) => {
      const played = v.parse(message, data);
      waiting.get(played.story)?.resolve(played.recording);
      give();
    });
    worker.on('error', (cause) => {
      for (const { reject } of waiting.values()) reject(new Error('A story cannot be played.', { cause }));
    });
    give();
    return worker;
  });
  for (const { promise } of waiting.values()) promise.catch(() => undefined);
  return {
    recordings: new Map([...waiting].map(([story, { promise }]) => [story, promise])),
    stop: () => Promise.all(workers.map((worker) => worker.terminate())),
  };
}
