/** The hours in which a service is away: it throttles, it answers 500, or it does not answer at all. */
import { REQUEST_HANDLER } from '../../functions/aws/clients.ts';
import type { ApiResponse } from '../desk/http.ts';
import { LambdaError } from '../desk/lambda.ts';
import { sleep } from '../desk/pending.ts';
import type { Outage, Service, Story } from '../stories/story.ts';
import type { Note } from './trace.ts';
import { failure, timeout } from './wire.ts';

const { requestTimeout: REQUEST_TIMEOUT } = REQUEST_HANDLER;
/** How long Step Functions waits for a service that does not answer. */
const SILENCE = 60_000;

export class Outages {
  readonly #story: Story;
  readonly #note: Note;

  constructor(story: Story, note: Note) {
    this.#story = story;
    this.#note = note;
  }

  /** What a function gets of a service that is away; `undefined` while it is there. */
  async answer(operation: string): Promise<ApiResponse | Error | undefined> {
    const how = this.now(operation.split('.')[0] ?? '', operation);
    if (how === 'throttled') return failure(operation, 400);
    if (how === 'error') return failure(operation, 500);
    if (how === undefined) return undefined;
    await sleep(REQUEST_TIMEOUT);
    return timeout();
  }

  /** What Step Functions gets of a service that is away. @throws LambdaError */
  async refuse(service: Service, call: string, [busy, broken]: [string, string]): Promise<void> {
    const how = this.now(service, call);
    if (how === undefined) return;
    if (how === 'silent') await sleep(SILENCE);
    throw new LambdaError(how === 'throttled' ? busy : broken, { errorMessage: `${service} is away.` });
  }

  /** How a service is away just now, if it is. */
  now(service: string, call: string): Outage['how'] | undefined {
    const now = Date.now() - this.#story.at;
    const found = (this.#story.outages ?? []).find(
      (one) => one.service === service && one.from <= now && now < one.to,
    );
    if (found) this.#note({ kind: 'outage', call, how: found.how });
    return found?.how;
  }
}
