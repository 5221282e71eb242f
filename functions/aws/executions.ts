import { DescribeExecutionCommand, ExecutionDoesNotExist, SFNClient } from '@aws-sdk/client-sfn';
import type { ExecutionState } from '../policy/net.ts';
import { REQUEST_HANDLER } from './clients.ts';
import { followOutages } from './unavailable.ts';

const client = new SFNClient({ requestHandler: REQUEST_HANDLER });
followOutages('Step Functions', client);

/**
 * Asks Step Functions for an execution; `undefined` for one that it does not know, or no longer.
 * @throws AwsUnavailable, SFNServiceException
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
 */
export async function readExecution(executionArn: string): Promise<ExecutionState | undefined> {
  try {
    const found = await client.send(new DescribeExecutionCommand({ executionArn }));
    const { status = 'UNKNOWN', input, error, cause, startDate, stopDate } = found;
    const startTime = startDate?.toISOString() ?? 'unknown';
    return { status, input, error, cause, startTime, stopTime: stopDate?.toISOString() };
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return undefined;
    throw error;
  }
}

/** Whether an execution still runs. One that Step Functions no longer knows is over. @throws AwsUnavailable, SFNServiceException */
export async function isRunning(executionArn: string): Promise<boolean> {
  const status = (await readExecution(executionArn))?.status;
  return status === 'RUNNING' || status === 'PENDING_REDRIVE';
}
