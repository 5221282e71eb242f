/** AWS Step Functions on a desk, as its API has it: `DescribeExecution`. */
import * as v from 'valibot';
import { type ApiRequest, type ApiResponse, reply } from './http.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** What is known of an execution; times in epoch milliseconds. */
export interface ExecutionRecord {
  arn: string;
  name: string;
  status: ExecutionStatus;
  input: unknown;
  startedAt: number;
  endedAt?: number;
  error?: string | null;
  cause?: string | null;
}

const describeInput = v.object({ executionArn: v.string() });

export function describeExecution(
  request: ApiRequest,
  find: (arn: string) => ExecutionRecord | undefined,
): ApiResponse {
  const { executionArn } = v.parse(describeInput, JSON.parse(request.body));
  const found = find(executionArn);
  if (!found) {
    const message = `Execution Does Not Exist: '${executionArn}'`;
    return reply(400, { __type: 'ExecutionDoesNotExist', message }, '1.0');
  }
  const { arn, name, status, input, startedAt, endedAt, error, cause } = found;
  return reply(
    200,
    {
      executionArn: arn,
      stateMachineArn: machineOf(arn),
      name,
      status,
      startDate: startedAt / 1000,
      ...(endedAt !== undefined && { stopDate: endedAt / 1000 }),
      input: JSON.stringify(input),
      ...(error && { error, cause: cause ?? '' }),
    },
    '1.0',
  );
}

/** The event that EventBridge gets when an execution changes its status. */
export function statusChange({ arn, name, status, input, startedAt, endedAt }: ExecutionRecord): object {
  return {
    version: '0',
    id: `end-of-${name}`,
    'detail-type': 'Step Functions Execution Status Change',
    source: 'aws.states',
    account: arn.split(':')[4],
    time: new Date(endedAt ?? startedAt).toISOString(),
    region: arn.split(':')[3],
    resources: [arn],
    detail: {
      executionArn: arn,
      stateMachineArn: machineOf(arn),
      name,
      status,
      startDate: startedAt,
      stopDate: endedAt ?? null,
      input: JSON.stringify(input),
    },
  };
}

function machineOf(executionArn: string): string {
  return executionArn.replace(':execution:', ':stateMachine:').replace(/:[^:]+$/, '');
}
