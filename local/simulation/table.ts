/** DynamoDB in this process: dynalite's own request listener, without a socket between. */
import { EventEmitter } from 'node:events';
import {
  type AttributeValue,
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import type { ApiRequest, ApiResponse } from '../desk/http.ts';
import { loadStack } from '../desk/template.ts';

type Listener = (request: EventEmitter, response: object) => void;

/** Tables made in one dynalite before a new one takes its place, so that memory does not grow. */
const TABLES = 200;

let listener: Listener | undefined;
let made = 0;

function respond(request: ApiRequest, answer: Listener): Promise<ApiResponse> {
  return new Promise((resolve) => {
    const incoming = Object.assign(new EventEmitter(), {
      method: 'POST',
      url: '/',
      headers: Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
      ),
    });
    const headers: Record<string, string> = {};
    const outgoing = {
      statusCode: 200,
      setHeader: (name: string, value: unknown) => {
        headers[name.toLowerCase()] = String(value);
      },
      end: (body: string) => resolve({ status: outgoing.statusCode, headers, body }),
    };
    answer(incoming, outgoing);
    incoming.emit('data', Buffer.from(request.body));
    incoming.emit('end');
  });
}

/** A fresh table, as the template has it, under a name of its own. */
export class SimulatedTable {
  readonly name: string;
  readonly #listener: Listener;

  private constructor(name: string, answer: Listener) {
    this.name = name;
    this.#listener = answer;
  }

  static async create(items: Record<string, AttributeValue>[] = []): Promise<SimulatedTable> {
    if (made++ % TABLES === 0) [listener] = listenersOf(dynalite({ createTableMs: 0 }));
    const answer = listener;
    if (!answer) throw new Error('dynalite has no request listener.');
    const { table, region } = loadedStack();
    const name = `simulation-${made}`;
    const client = new DynamoDBClient({
      region,
      credentials: { accessKeyId: 'simulation', secretAccessKey: 'simulation' },
      requestHandler: {
        handle: async ({ headers, body }: { headers: Record<string, string>; body: string | Uint8Array }) => {
          const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
          const { status, ...rest } = await respond({ headers, body: text }, answer);
          return { response: { statusCode: status, headers: rest.headers, body: Buffer.from(rest.body) } };
        },
      },
    });
    await client.send(new CreateTableCommand({ ...table, TableName: name }));
    const isActive = async () =>
      (await client.send(new DescribeTableCommand({ TableName: name }))).Table?.TableStatus === 'ACTIVE';
    while (!(await isActive())) await new Promise((resolve) => setTimeout(resolve, 1));
    for (const Item of items) await client.send(new PutItemCommand({ TableName: name, Item }));
    return new SimulatedTable(name, answer);
  }

  handle(request: ApiRequest): Promise<ApiResponse> {
    return respond(request, this.#listener);
  }
}

let stack: ReturnType<typeof loadStack> | undefined;
function loadedStack(): ReturnType<typeof loadStack> {
  stack ??= loadStack();
  return stack;
}

function listenersOf(server: EventEmitter): Listener[] {
  return server.listeners('request').map(
    (found): Listener =>
      (...given) =>
        found(...given),
  );
}
