/**
 * The functions' real code, in this process. Each sandbox is a set of module instances of its own, as each of
 * Lambda's is; the SDK clients in it are the real ones, and hand their requests to the simulation.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { registerHooks } from 'node:module';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Context } from 'aws-lambda';
import * as v from 'valibot';

/** One run of a function. */
export interface Invocation {
  /** What the function is called for. */
  step: string;
  /** Name of the execution that it runs for, or `net`. */
  execution: string;
  payload: unknown;
  /** Whether its requests are really signed, which takes a good part of a story's time. */
  isSigned: boolean;
  /** Dead or timed out: nothing that it still awaits ever comes. */
  frozen: boolean;
  /** Ends it as Lambda does when the process dies. */
  die: (errorType: string) => void;
  serve: (invocation: Invocation, request: WireRequest) => Promise<WireResponse>;
}

/** A request as an SDK client puts it on the wire, and its answer. */
export interface WireRequest {
  headers: Record<string, string>;
  body: string;
}
export interface WireResponse {
  statusCode: number;
  headers: Record<string, string>;
  body: Uint8Array;
}

type Handler = (event: unknown, context: Context) => Promise<unknown>;
export interface Sandbox {
  handler: Handler;
  busy: boolean;
}

const running = new AsyncLocalStorage<Invocation>();

// A module asked for with ?sandbox=N gets those of the functions that it imports in the same N.
registerHooks({
  resolve(specifier, context, nextResolve) {
    const resolved = nextResolve(specifier, context);
    const [, sandbox] = /\?sandbox=(\d+)$/.exec(context.parentURL ?? '') ?? [];
    return sandbox !== undefined && resolved.url.includes('/functions/')
      ? { ...resolved, url: `${resolved.url}?sandbox=${sandbox}` }
      : resolved;
  },
});

const request = v.looseObject({
  headers: v.record(v.string(), v.string()),
  body: v.union([v.string(), v.instance(Uint8Array)]),
});

/** Never answers: what a frozen function awaits. */
export const never = (): Promise<never> => new Promise(() => undefined);

/** Stands in the place of the SDK's HTTP handler. */
async function handle(given: unknown): Promise<{ response: WireResponse }> {
  const invocation = running.getStore();
  if (!invocation) throw new Error('A request left outside of any invocation.');
  const { headers, body } = v.parse(request, given);
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  const response = await invocation.serve(invocation, { headers, body: text });
  return { response };
}

const signable = v.looseObject({ headers: v.record(v.string(), v.string()) });
/** They have the form of a signature, which is all that the services on a desk look at. */
const UNSIGNED = {
  authorization: `AWS4-HMAC-SHA256 Credential=none, SignedHeaders=none, Signature=${'0'.repeat(64)}`,
  'x-amz-date': '20261102T120000Z',
};
const { sign } = SignatureV4.prototype;

// Every sandbox's clients share this class, and none can be given a signer of its own from outside.
Object.assign(SignatureV4.prototype, {
  async sign(this: SignatureV4, ...given: unknown[]): Promise<unknown> {
    const [wanted] = given;
    if (running.getStore()?.isSigned !== false || !v.is(signable, wanted)) {
      return Reflect.apply(sign, this, given);
    }
    Object.assign(wanted.headers, UNSIGNED);
    return wanted;
  },
});

let sandboxes = 0;
const pools = new Map<string, Sandbox[]>();

/** A sandbox of the function that is free, or a new one. */
export async function acquire(artifact: string): Promise<Sandbox> {
  const pool = pools.get(artifact) ?? [];
  pools.set(artifact, pool);
  const free = pool.find(({ busy }) => !busy);
  if (free) {
    free.busy = true;
    return free;
  }
  const sandbox: Sandbox = { handler: never, busy: true };
  // At once: the pool's order must not be that in which modules happen to be loaded.
  pool.push(sandbox);
  sandbox.handler = await load(artifact, ++sandboxes);
  return sandbox;
}

/** What a function imports only when it needs it: loaded beforehand, since time must not move while it loads. */
const LATER: Readonly<Record<string, string>> = { check: 'aws/kms.ts' };

async function load(artifact: string, id: number): Promise<Handler> {
  const clients: { REQUEST_HANDLER: object } = await import(`../../functions/aws/clients.ts?sandbox=${id}`);
  // The SDK takes whatever has a `handle` for a ready handler.
  Object.assign(clients.REQUEST_HANDLER, { handle });
  const later = LATER[artifact];
  if (later !== undefined) await import(`../../functions/${later}?sandbox=${id}`);
  const step: { handler: Handler } = await import(`../../functions/steps/${artifact}.ts?sandbox=${id}`);
  return step.handler;
}

/** Runs the handler so that every request it makes is known to be its own. */
export function runIn(sandbox: Sandbox, invocation: Invocation, context: Context): Promise<unknown> {
  return running.run(invocation, () => sandbox.handler(invocation.payload, context));
}
