/** Plays a run's parts, here or in several processes; what comes of it is the same, in the same order. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { type Played, playedOf, playedSchema } from './counts.ts';
import { type Coverage, coverageSchema, Profile } from './coverage.ts';
import { partsOf, playPart, type Work } from './work.ts';

const messageSchema = v.variant('kind', [
  v.object({ kind: v.literal('played'), played: playedSchema }),
  /** A part is over; with its coverage, where that is wanted. */
  v.object({ kind: v.literal('part'), coverage: v.optional(coverageSchema) }),
]);
/** One story, or the end of a part. */
export type Message = { kind: 'played'; played: Played } | { kind: 'part'; coverage?: Coverage | undefined };

/** How many parts per process may have been begun before the one that is waited for is over. */
const AHEAD = 4;
const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));

export async function* playHere(
  work: Work,
  part: number,
  profile: Profile | undefined,
): AsyncGenerator<Message> {
  for await (const trace of playPart(work, part)) yield { kind: 'played', played: playedOf(trace) };
  yield { kind: 'part', coverage: await profile?.take() };
}

export interface Manner {
  /** How many processes. */
  jobs: number;
  coverage: boolean;
}

/** The stories of all parts, in order. */
export async function* run(work: Work, { jobs, coverage }: Manner): AsyncGenerator<Message> {
  const parts = partsOf(work);
  if (Math.min(jobs, parts) > 1) {
    yield* new Crew(work, Math.min(jobs, parts), coverage).run(parts);
    return;
  }
  const profile = coverage ? await Profile.start() : undefined;
  for (let part = 0; part < parts; part++) yield* playHere(work, part, profile);
}

/** Several processes; each asks for the next part once it is done with one. */
class Crew {
  readonly #workers: ChildProcess[];
  readonly #idle: ChildProcess[];
  /** What came of parts that are not told yet. */
  readonly #heard = new Map<number, Message[]>();
  #next = 0;
  #wake: () => void = () => undefined;
  #failed: Error | undefined;

  constructor(work: Work, jobs: number, coverage: boolean) {
    const args = [JSON.stringify(work), ...(coverage ? ['--coverage'] : [])];
    this.#workers = Array.from({ length: jobs }, () => fork(WORKER, args));
    this.#idle = [...this.#workers];
  }

  async *run(parts: number): AsyncGenerator<Message> {
    for (const worker of this.#workers) this.#watch(worker);
    try {
      for (let part = 0; part < parts; part++) {
        for (let isOver = false; !isOver; ) {
          this.#giveOut(Math.min(parts, part + AHEAD * this.#workers.length));
          for (const message of this.#take(part)) {
            yield message;
            isOver ||= message.kind === 'part';
          }
          if (!isOver) await this.#news(part);
        }
        this.#heard.delete(part);
      }
    } finally {
      await this.#stop();
    }
  }

  #watch(worker: ChildProcess): void {
    const fail = (error: Error) => {
      this.#failed ??= error;
      this.#wake();
    };
    worker.once('error', fail);
    worker.once('exit', (code, signal) =>
      fail(new Error(`A process of the simulation ended early, with ${signal ?? `exit code ${code}`}.`)),
    );
  }

  /** Gives the next parts, up to this one, to whoever is idle. */
  #giveOut(end: number): void {
    while (this.#next < end) {
      const worker = this.#idle.shift();
      if (!worker) return;
      this.#give(worker, this.#next++);
    }
  }

  #give(worker: ChildProcess, part: number): void {
    const heard: Message[] = [];
    this.#heard.set(part, heard);
    const listen = (given: unknown) => {
      const message = v.parse(messageSchema, given);
      heard.push(message);
      if (message.kind === 'part') {
        worker.off('message', listen);
        this.#idle.push(worker);
      }
      this.#wake();
    };
    worker.on('message', listen);
    worker.send(part);
  }

  #take(part: number): Message[] {
    return this.#heard.get(part)?.splice(0) ?? [];
  }

  /** Waits until there is something new of the part, or a process is free for another. */
  async #news(part: number): Promise<void> {
    if ((this.#heard.get(part)?.length ?? 0) === 0 && !this.#failed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#failed) throw this.#failed;
  }

  async #stop(): Promise<void> {
    const ends = this.#workers
      .filter(
        ({ exitCode, signalCode, pid }) => exitCode === null && signalCode === null && pid !== undefined,
      )
      .map((worker) => {
        const end = once(worker, 'exit');
        worker.kill();
        return end;
      });
    await Promise.all(ends);
  }
}
