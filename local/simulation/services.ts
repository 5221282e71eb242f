/** AWS's services behind the wire of one story, and what each of them answers. */
import { describeExecution, type ExecutionRecord } from '../desk/executions-server.ts';
import type { ApiRequest, ApiResponse } from '../desk/http.ts';
import { describeKey } from '../desk/kms-server.ts';
import { getMetricData, type Metrics } from '../desk/metrics-server.ts';
import { getParameter } from '../desk/parameter-server.ts';
import { SnsServer } from '../desk/sns-server.ts';
import type { Stack } from '../desk/template.ts';
import { WorkspacesServer } from '../desk/workspaces-server.ts';
import { bystanders } from '../stories/bystanders.ts';
import { executionOf, isThrottled, modeAt, type Story } from '../stories/story.ts';
import { Random } from './random.ts';
import type { SimulatedTable } from './table.ts';
import type { Note } from './trace.ts';

const PERIOD = 300;

export class Services {
  readonly sns: SnsServer;
  readonly desktops: WorkspacesServer;
  readonly #story: Story;
  readonly #stack: Stack;
  readonly #table: SimulatedTable;
  readonly #find: (executionName: string) => ExecutionRecord | undefined;
  #staleness = 0;
  #metricCalls = 0;

  constructor(given: {
    story: Story;
    stack: Stack;
    table: SimulatedTable;
    note: Note;
    find: (executionName: string) => ExecutionRecord | undefined;
  }) {
    const { story, stack, table, note, find } = given;
    this.#story = story;
    this.#stack = stack;
    this.#table = table;
    this.#find = find;
    this.sns = new SnsServer(stack.topicArn, (notification) =>
      note({ kind: 'published', topic: stack.topicArn, ...notification }),
    );
    let constructing = true;
    this.desktops = new WorkspacesServer({
      now: () => (constructing ? story.at : Date.now() - this.#staleness),
      desktops: [...story.desktops, ...bystanders(story)],
      directories: story.directories,
      throttle: (name, number) => isThrottled(story, name, number),
    });
    constructing = false;
  }

  /** Answers one request; a read may be as old as `staleness` says. */
  async ask(operation: string, request: ApiRequest, staleness: number): Promise<ApiResponse> {
    const [service] = operation.split('.');
    if (service === 'DynamoDB') return this.#table.handle(request);
    if (service === 'SNS') return this.sns.handle(request);
    if (service === 'StepFunctions') {
      return describeExecution(request, (arn) => executionOf(arn, this.#story, this.#find));
    }
    if (service === 'SSM')
      return getParameter(request, () => modeAt(this.#story, Date.now() - this.#story.at, this.#stack.mode));
    if (service === 'KMS') return describeKey(request, Date.now());
    if (service === 'CloudWatch') {
      return getMetricData(request, this.desktops, Date.now(), this.#metrics());
    }
    this.#staleness = staleness;
    try {
      return this.desktops.handle(request);
    } finally {
      this.#staleness = 0;
    }
  }

  /** A period is missing for everyone who asks; whether an answer is partial is each one's own luck. */
  #metrics(): Metrics | undefined {
    const { metrics, seed } = this.#story;
    if (!metrics) return undefined;
    // Seeds that are near each other begin alike: they are spread (Knuth's multiplicative hash).
    const luck = (number: number) => new Random(Math.imul(seed + 2 + number, 0x9e3779b1)).fraction();
    return {
      delay: metrics.delay,
      isMissing: (period) => luck(period / PERIOD) < metrics.missing,
      isPartial: luck(-++this.#metricCalls) < metrics.partial,
    };
  }
}
