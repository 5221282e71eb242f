/** A thread that plays the stories whose names it gets, and gives back what the lab saw. */
import { parentPort } from 'node:worker_threads';
import * as v from 'valibot';
import { type Happening, run } from '../../../local/lab/lab.ts';
import { WORKFLOW_STORIES } from '../../../local/stories/catalogue.ts';
import type { Recording, Task } from './recording.ts';

const cause = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.unknown()));

/** As it is at that moment, since what comes later may change it. */
const copy = <T>(value: T): T => structuredClone(value);

async function play(story: string): Promise<Recording> {
  const told = WORKFLOW_STORIES.get(story);
  const [start] = told?.starts ?? [];
  if (told === undefined || start === undefined) throw new Error(`There is no story ${story}.`);
  const states: Recording['states'] = [];
  const tasks: Task[] = [];
  let isOver = false;
  const note = (happening: Happening) => {
    // What the net does is no part of the workflow, nor what an interpreter has yet to notice of a stop.
    if (happening.kind === 'net' || happening.kind === 'stopped') isOver = true;
    if (happening.kind === 'state') {
      const { name, type, input } = happening;
      states.push({ name, type, input: copy(input) });
    }
    if (happening.kind === 'task' && !isOver) {
      const { service, payload } = happening;
      const outcome =
        'error' in happening
          ? { error: happening.error.name, cause: v.parse(cause, happening.error.message) }
          : { result: copy(happening.result) };
      // Stand-ins are functions, and Check polls as well.
      tasks.push({ service: service === 'poll' ? 'check' : service, payload: copy(payload), outcome });
    }
  };
  const name = story.replace(/[^\w-]+/g, '-');
  const { input } = start;
  const result = await run({ ...told, starts: [{ ...start, name }] }, { onHappening: note });
  const { status, output, error, cause: said, startedAt } = result;
  if (status === null) throw new Error(`No rule matches the event of ${story}.`);
  return { name, input, startedAt, status, output, error, cause: said, states, tasks };
}

parentPort?.on('message', async (story: unknown) => {
  const name = v.parse(v.string(), story);
  parentPort?.postMessage({ story: name, recording: await play(name) });
});
