/** The product's own adapters, set on one engine. */
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ScanCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Context } from 'aws-lambda';
import * as v from 'valibot';
import { vi } from 'vitest';
import { describeExecution } from '../../../local/desk/executions-server.ts';
import { type Listening, serve } from '../../../local/desk/http.ts';
import { lambdaContext } from '../../../local/desk/lambda-context.ts';
import { loadStack, readTemplate } from '../../../local/desk/template.ts';
import { WorkspacesServer } from '../../../local/desk/workspaces-server.ts';
import { brokenDesktop } from '../../../local/stories/samples.ts';
import { REGION } from '../engines.ts';
import { Wire } from './wire.ts';

/** As many as write at once. */
export const WRITERS = 50;

/** When every scenario starts, a whole second. The clock stands still: both engines get the very same requests. */
export const START = Math.floor(Date.now() / 1000) * 1000;

export const seconds = (epochMs: number): number => Math.floor(epochMs / 1000);

/** An ISO time, in seconds after the start. */
export const at = (after: number): string => new Date(START + after * 1000).toISOString();

/** Moves the clock, to so many seconds after the start. */
export const moveClock = (after: number): unknown => vi.setSystemTime(START + Math.round(after * 1000));

const stack = loadStack();
const timeToLive = v.object({ AttributeName: v.string(), Enabled: v.boolean() });

/** The template's `TimeToLiveSpecification`. @throws ValiError */
export function timeToLiveOfTemplate(): v.InferOutput<typeof timeToLive> {
  const tables = Object.values(readTemplate().Resources).filter(
    ({ Type }) => Type === 'AWS::DynamoDB::Table',
  );
  return v.parse(timeToLive, tables[0]?.Properties.TimeToLiveSpecification);
}

/** What Lambda tells a function; `remaining` milliseconds until its time runs out. */
export const contextWith = (remaining: number): Context =>
  lambdaContext({
    name: 'act',
    arn: `arn:aws:lambda:${REGION}:123456789012:function:act`,
    awsRequestId: 'r-1',
    remaining: () => remaining,
  });

/** The modules make their client when they are loaded: each engine gets modules of its own. */
async function loadAdapters() {
  vi.resetModules();
  const [leases, turns, storms, futile, directories, idempotency, act] = await Promise.all([
    import('../../../functions/table/leases.ts'),
    import('../../../functions/table/turns.ts'),
    import('../../../functions/table/storms.ts'),
    import('../../../functions/table/futile.ts'),
    import('../../../functions/table/directories.ts'),
    import('../../../functions/aws/idempotency.ts'),
    import('../../../functions/steps/act.ts'),
  ]);
  return { ...leases, ...turns, ...storms, ...futile, ...directories, ...idempotency, act: act.handler };
}

/** Settings are parsed once per environment. */
export function useTable(TABLE_NAME: string): void {
  process.env = { ...process.env, TABLE_NAME };
}

export type Item = Record<string, unknown>;

export class Engine {
  readonly wire: Wire;
  readonly product: Awaited<ReturnType<typeof loadAdapters>>;
  /** The tables that were made on it. */
  readonly tables: string[] = [];
  readonly client: DynamoDBClient;
  /** The broken WorkSpace that the step which rebuilds finds. */
  readonly desktops: WorkspacesServer;
  /** The executions that Step Functions says are over; all others run. */
  readonly over: Set<string>;
  readonly #servers: Listening[];

  private constructor(
    parts: Pick<Engine, 'wire' | 'product' | 'client' | 'desktops' | 'over'> & { servers: Listening[] },
  ) {
    this.wire = parts.wire;
    this.product = parts.product;
    this.client = parts.client;
    this.desktops = parts.desktops;
    this.over = parts.over;
    this.#servers = parts.servers;
  }

  static async open(url: string): Promise<Engine> {
    const wire = await Wire.open(url);
    moveClock(0);
    const desktops = new WorkspacesServer({ now: () => Date.now(), desktops: [brokenDesktop()] });
    const workspaces = await desktops.listen();
    const over = new Set<string>();
    const executions = await serve((request) =>
      describeExecution(request, (arn) => ({
        arn,
        name: arn,
        status: over.has(arn) ? 'ABORTED' : 'RUNNING',
        input: {},
        startedAt: START,
      })),
    );
    const credentials = { accessKeyId: 'conformance', secretAccessKey: 'conformance' };
    const environment = Object.assign({}, ...stack.functions.map((each) => each.environment), {
      LOG_LEVEL: 'SILENT',
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_ENDPOINT_URL_DYNAMODB: wire.url,
      AWS_ENDPOINT_URL_WORKSPACES: workspaces.url,
      AWS_ENDPOINT_URL_SFN: executions.url,
    });
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, String(value));
    const client = new DynamoDBClient({ endpoint: url, region: REGION, credentials });
    const servers = [workspaces, executions];
    return new Engine({ wire, desktops, over, servers, client, product: await loadAdapters() });
  }

  async close(): Promise<void> {
    this.client.destroy();
    await this.wire.close();
    await Promise.all(this.#servers.map((each) => each.close()));
    vi.useRealTimers();
    vi.unstubAllEnvs();
  }

  /** An empty table as the template has it, under this name, which the product uses from here on. */
  async useTable(name: string, options: { timeToLive?: boolean } = {}): Promise<void> {
    const TableName = `${stack.tableName}-${name}`;
    await this.client.send(new CreateTableCommand({ ...stack.table, TableName }));
    const isActive = async () =>
      (await this.client.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus === 'ACTIVE';
    while (!(await isActive())) await new Promise((resolve) => setTimeout(resolve, 5));
    if (options.timeToLive) {
      const TimeToLiveSpecification = timeToLiveOfTemplate();
      await this.client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
    }
    this.tables.push(TableName);
    useTable(TableName);
    this.over.clear();
    this.wire.clear();
    moveClock(0);
  }

  /** Every item of a table, by the engine's own account, in the API's notation. */
  async scan(TableName = process.env.TABLE_NAME) {
    const { Items = [], LastEvaluatedKey } = await this.client.send(
      new ScanCommand({ TableName, ConsistentRead: true }),
    );
    if (LastEvaluatedKey) throw new Error(`${TableName} has more than one page.`);
    return Items;
  }

  /** The items of the table in use by their ids, sets as sorted lists. */
  async items(): Promise<Record<string, Item>> {
    const plain = (await this.scan()).map((item): Item => {
      const entries = Object.entries(unmarshall(item));
      return Object.fromEntries(
        entries.map(([key, value]) => [key, value instanceof Set ? [...value].sort() : value]),
      );
    });
    return Object.fromEntries(plain.map(({ id, ...rest }) => [String(id), rest]));
  }
}

/** One thing that the product does in the table. */
export interface Scenario {
  name: string;
  run: (engine: Engine) => Promise<unknown>;
  /** What it comes to, on every engine. */
  expected: unknown;
  /** What else has to be the same: all that is said, what is written, or nothing when the order is left to chance. */
  same: 'conversation' | 'writes' | 'outcome';
}

/** How often each value occurs. */
export function tally(values: readonly unknown[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[String(value)] = (counts[String(value)] ?? 0) + 1;
  return counts;
}

/** Runs all writers at once: their first requests for this operation reach the engine together. */
export function together<T>(
  engine: Engine,
  operation: string,
  write: (writer: number) => Promise<T>,
): Promise<T[]> {
  engine.wire.gather(operation, WRITERS);
  return Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
}

export const workspaceId = (number: number): string => `ws-${String(number).padStart(9, '0')}`;
export const executionId = (name: string | number): string =>
  `arn:aws:states:${REGION}:123456789012:execution:remediate:${name}`;
