/** A story: what the world is like, what happens in it, and what starts the workflow. Times in milliseconds after its start. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { ExecutionRecord } from '../desk/executions-server.ts';
import type { Fault } from '../simulation/faults.ts';
import type { DesktopSpec } from './desktop.ts';

/** When a story starts that says nothing else, epoch milliseconds: a Monday, 18:04 in Berlin. */
export const START = Date.parse('2026-11-02T17:04:41.000Z');

/** Something that starts the workflow. */
export interface Start {
  /** Of the execution that it starts. */
  name: string;
  at: number;
  /** An event goes on the bus and has to match a rule; a manual input starts an execution. */
  via: 'bus' | 'console';
  input: unknown;
  /** The WorkSpace that it is about, if it names one. */
  workspaceId?: string;
  /** When its alarm went off, epoch milliseconds. */
  alarmTime?: number;
  /** No rule may match it, the workflow has to reject it, or has to let it be: its alarm is muted, or about something else. */
  bad?: 'unmatched' | 'rejected' | 'held';
  /** Somebody's own: whether a rule matches it is for the run to show. */
  unforeseen?: true;
  force?: boolean;
  dryRun?: boolean;
  /** Guards that a person passes over. */
  override?: string[];
  /** A ladder of its own. */
  ladder?: string;
  /** A person stops the execution so long after its start. */
  stopAfter?: number;
  /** A person redrives it so long after it has ended without success. */
  redriveAfter?: number;
}

/** The shapes in which an alarm on one WorkSpace comes: of the stack's own fleet alarm, or of an alarm for it alone. */
export const ALARM_KINDS = ['contributor', 'workspace'] as const;
export type AlarmKind = (typeof ALARM_KINDS)[number];

/** Alarms that come of the desktops' states, beside the starts; what becomes of their events, as shares of all. */
export interface Alarms {
  kinds: readonly AlarmKind[];
  /** Their event never comes. */
  lost: number;
  /** It comes twice. */
  twice: number;
  /** It comes minutes or hours later. */
  late: number;
}

/** The services that can be away. */
export const SERVICES = [
  'WorkSpaces',
  'DynamoDB',
  'CloudWatch',
  'SSM',
  'SNS',
  'StepFunctions',
  'KMS',
  'Lambda',
] as const;
export type Service = (typeof SERVICES)[number];

/** A service is away for a while: it throttles, it answers 500, or it does not answer. */
export interface Outage {
  service: Service;
  from: number;
  to: number;
  how: 'throttled' | 'error' | 'silent';
}

/** A task of the workflow that fails of itself: a function, by its folder's name, or `sns`. */
export interface FailingTask {
  task: string;
  error: string;
  /** Only the first so many calls. */
  times?: number;
}

export interface Story {
  title: string;
  /** When it starts, epoch milliseconds. */
  at: number;
  seed: number;
  /** Parameters of the stack. */
  parameters: Record<string, string>;
  desktops: DesktopSpec[];
  /** How many other WorkSpaces of each directory are always well, and how many are stopped. */
  healthy: Record<string, number>;
  stopped: Record<string, number>;
  /** What its directories are joined to: `entra`, or anything else for an Active Directory, as without a word. */
  directories?: Record<string, { identity?: string | undefined }>;
  starts: Start[];
  /** What the mode's parameter holds from when on; `null`: it is gone. At first: what the template says. */
  mode?: { at: number; value: string | null }[];
  /** Without any, nothing starts but what `starts` has. */
  alarms?: Alarms;
  /** How the numbers of the directories come: so late, with a share of periods missing and of answers in part. */
  metrics?: { delay: number; missing: number; partial: number };
  outages?: Outage[];
  /** Items that the table holds from before. */
  table?: Record<string, AttributeValue>[];
  /** How executions are that are none of the story's; without it Step Functions knows none. */
  otherExecutions?: 'RUNNING' | 'ABORTED';
  failingTasks?: FailingTask[];
  /** Operations of WorkSpaces of which every second call is throttled, from the first on. */
  throttledOperations?: string[];
  /** The last thing that happens in it; it does not end before. */
  until?: number;
  /** Faults at known calls, or at a share of all calls. */
  faults: Fault[] | { rate: number };
  /** How the first execution ends where nothing goes wrong; one fault that is no stop must not change it. */
  expected?: string;
}

/** Whether the nth call of an operation is throttled. */
export const isThrottled = (
  { throttledOperations = [] }: Pick<Story, 'throttledOperations'>,
  operation: string,
  callNumber: number,
): boolean => callNumber % 2 === 1 && throttledOperations.includes(operation);

/** How the nth call of a task fails, if it does. */
export const failureOf = (
  { failingTasks = [] }: Pick<Story, 'failingTasks'>,
  task: string,
  callNumber: number,
): string | undefined =>
  failingTasks.find((one) => one.task === task && callNumber <= (one.times ?? Number.POSITIVE_INFINITY))
    ?.error;

/** What the mode's parameter holds so long after the start, if it is there; at first what the template says. */
export function modeAt({ mode = [] }: Pick<Story, 'mode'>, after: number, first: string): string | undefined {
  const set = mode.filter(({ at }) => at <= after).at(-1);
  return set ? (set.value ?? undefined) : first;
}

/** What Step Functions knows of an execution: one of the story's own, by its name, or any other that the story has. */
export function executionOf(
  arn: string,
  { otherExecutions: status, at }: Pick<Story, 'otherExecutions' | 'at'>,
  find: (name: string) => ExecutionRecord | undefined,
): ExecutionRecord | undefined {
  const name = arn.split(':').at(-1) ?? '';
  return find(name) ?? (status && { arn, name, status, input: {}, startedAt: at });
}
