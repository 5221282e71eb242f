/** What can go wrong with one call, and where. */

/** Faults of a call that a function makes to an AWS service. */
export const SERVICE_FAULTS = {
  'reset-before': 'connection reset before the request arrived',
  'lost-response': 'the request took effect, the connection was reset before the answer',
  throttled: 'the service throttles',
  'error-500': 'the service answers 500 without an effect',
  'effect-500': 'the request took effect, the service answers 500',
  slow: 'the request took effect, the answer comes after the client gave up',
  'late-effect': 'the client gives up; the request takes effect 20 s later',
  hang: 'the request took effect, the function hangs until Lambda ends it',
  'crash-before': 'the function dies before the request leaves',
  'crash-after': 'the function dies once the request took effect',
  overtaken: 'a second invocation with the same input runs to its end before the request leaves',
  abort: 'the execution is stopped from outside; the function goes on',
} as const;

/** Faults of `DescribeWorkspaces` alone. */
export const READ_FAULTS = { stale: 'the answer is a minute old' } as const;

/**
 * Faults of `BatchGetItem` alone.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
 */
export const BATCH_FAULTS = { unprocessed: 'the service reads none of the keys' } as const;

/** Faults of a call that Step Functions makes: a function's invocation, or `sns:publish`. */
export const TASK_FAULTS = {
  throttled: 'the service throttles',
  'error-before': 'the service fails without an effect',
  'lost-response': 'it took effect, Step Functions learns of a failure',
  duplicate: 'invoked twice at the same time',
  abort: 'the execution is stopped from outside',
  down: 'every further call of this kind in this execution fails',
} as const;

export type FaultKind =
  | keyof typeof SERVICE_FAULTS
  | keyof typeof READ_FAULTS
  | keyof typeof BATCH_FAULTS
  | keyof typeof TASK_FAULTS;

/** One call, as the story counts them: `act > WorkSpaces.RebuildWorkspaces`, the how-manyeth, of which execution. */
export interface CallSite {
  /** Name of the execution, or `net` for what EventBridge invokes. */
  execution: string;
  /** The function that calls and what it calls; for a task, the task alone. */
  call: string;
  /** Counted from 1, for this execution and call. */
  number: number;
}

export interface Fault {
  site: CallSite;
  kind: FaultKind;
}

export const siteKey = ({ execution, call, number }: CallSite): string => `${execution} ${call} #${number}`;

/** The faults that make sense for a call. */
export function kindsFor(call: string): FaultKind[] {
  const task = Object.keys(TASK_FAULTS).filter(isKind);
  if (call === 'sns:publish') return task.filter((kind) => kind !== 'duplicate');
  if (!call.includes(' > ')) return task.filter((kind) => kind !== 'down');
  const service = Object.keys(SERVICE_FAULTS).filter(isKind);
  if (call.endsWith('BatchGetItem')) return [...service, 'unprocessed'];
  return call.endsWith('DescribeWorkspaces') ? [...service, 'stale'] : service;
}

function isKind(name: string): name is FaultKind {
  return (
    Object.hasOwn(SERVICE_FAULTS, name) ||
    Object.hasOwn(READ_FAULTS, name) ||
    Object.hasOwn(BATCH_FAULTS, name) ||
    Object.hasOwn(TASK_FAULTS, name)
  );
}

/** A fault as it is written on the command line. */
export const faultText = ({ site, kind }: Fault): string => `${siteKey(site)}: ${kind}`;

/** Reads what `faultText` wrote; `undefined` for anything else. */
export function parseFault(text: string): Fault | undefined {
  const [, execution, call, number, kind] = /^(\S+) (.+) #(\d+): (\S+)$/.exec(text) ?? [];
  if (execution === undefined || call === undefined || kind === undefined || !isKind(kind)) return undefined;
  return { site: { execution, call, number: Number(number) }, kind };
}
