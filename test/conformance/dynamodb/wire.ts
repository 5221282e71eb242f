/** Stands between the product and an engine: keeps what both say, and decides when a request goes on. */
import * as v from 'valibot';
import { type ApiRequest, type ApiResponse, type Listening, reply, serve } from '../../../local/desk/http.ts';
import { EngineError } from '../servers.ts';

/** One request of the product, and the engine's answer to it. */
export interface Exchange {
  operation: string;
  request: Record<string, unknown>;
  status: number;
  answer: Record<string, unknown>;
}

interface Gate {
  operation: string;
  missing: number;
  opened: Promise<void>;
  open: () => void;
}

const json = v.record(v.string(), v.unknown());

/** Headers of one connection, which are not for the next one. */
const OF_THE_CONNECTION = new Set(['host', 'connection', 'content-length', 'expect']);

export class Wire {
  readonly exchanges: Exchange[] = [];
  /** The most requests that the engine had to answer at one time. */
  atOnce = 0;
  readonly #engineUrl: string;
  #underWay = 0;
  #gate: Gate | undefined;
  readonly #losses: string[] = [];
  #listening: Listening | undefined;

  private constructor(engineUrl: string) {
    this.#engineUrl = engineUrl;
  }

  static async open(engineUrl: string): Promise<Wire> {
    const wire = new Wire(engineUrl);
    wire.#listening = await serve((request) => wire.#pass(request));
    return wire;
  }

  /** Where the product finds the engine. @throws EngineError */
  get url(): string {
    if (!this.#listening) throw new EngineError('The wire is not open.');
    return this.#listening.url;
  }

  async close(): Promise<void> {
    await this.#listening?.close();
  }

  /** Forgets what was said, and what was to be done about it. */
  clear(): void {
    this.exchanges.length = 0;
    this.atOnce = 0;
    this.#losses.length = 0;
    this.#gate?.open();
    this.#gate = undefined;
  }

  /** Holds requests for this operation until there are `count`; then all of them go on at once. */
  gather(operation: string, count: number): void {
    let open = () => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    this.#gate = { operation, missing: count, opened, open };
  }

  /** The engine's next answer to this operation does not arrive: the SDK sees a failure, and asks again. */
  loseAnswer(operation: string): void {
    this.#losses.push(operation);
  }

  async #pass({ headers, body }: ApiRequest): Promise<ApiResponse> {
    const operation = String(headers['x-amz-target']).split('.')[1] ?? '';
    await this.#wait(operation);
    this.#underWay++;
    this.atOnce = Math.max(this.atOnce, this.#underWay);
    const answer = await fetch(this.#engineUrl, { method: 'POST', headers: forwarded(headers), body });
    const text = await answer.text();
    this.#underWay--;
    const { status } = answer;
    const parse = (from: string) => v.parse(json, JSON.parse(from));
    this.exchanges.push({ operation, request: parse(body), status, answer: parse(text) });
    const loss = this.#losses.indexOf(operation);
    if (loss >= 0) {
      this.#losses.splice(loss, 1);
      return reply(500, { __type: 'InternalServerError', message: 'The answer was lost.' }, '1.0');
    }
    const type = answer.headers.get('content-type') ?? 'application/x-amz-json-1.0';
    // By the clock that the scenarios move: the SDK repeats what failed when the other side's clock is another.
    const date = new Date().toUTCString();
    return { status, headers: { 'content-type': type, date }, body: text };
  }

  async #wait(operation: string): Promise<void> {
    const gate = this.#gate;
    if (gate?.operation !== operation) return;
    gate.missing--;
    if (gate.missing === 0) {
      this.#gate = undefined;
      gate.open();
    }
    await gate.opened;
  }
}

function forwarded(headers: ApiRequest['headers']): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => !OF_THE_CONNECTION.has(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}

/** The error of an answer, without its namespace; `undefined` for a good one. */
export function errorOf({ answer }: Exchange): string | undefined {
  const { __type } = answer;
  return typeof __type === 'string' ? __type.split('#').at(-1) : undefined;
}

/** What was said, in a form that does not depend on the order in which an engine lists what has none. */
export function conversation(exchanges: readonly Exchange[]): unknown[] {
  return exchanges.map((exchange) => ({
    operation: exchange.operation,
    request: exchange.request,
    status: exchange.status,
    // The text of an error is not part of the API, nor does the product read it.
    answer: errorOf(exchange) ?? sorted(exchange.answer),
  }));
}

const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

/** The same value, with the members of objects, sets and answered batches in one order. Lists are none of ours. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted).sort(byText);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
