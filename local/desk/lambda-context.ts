import type { Context } from 'aws-lambda';

/** What Lambda tells a function of an invocation; `remaining`: milliseconds until its time runs out. */
export function lambdaContext(of: {
  name: string;
  arn: string;
  awsRequestId: string;
  logGroup?: string;
  remaining: () => number;
}): Context {
  return {
    awsRequestId: of.awsRequestId,
    callbackWaitsForEmptyEventLoop: false,
    functionName: of.name,
    functionVersion: '$LATEST',
    invokedFunctionArn: of.arn,
    memoryLimitInMB: '512',
    logGroupName: of.logGroup ?? `/aws/lambda/${of.name}`,
    logStreamName: 'desk',
    getRemainingTimeInMillis: of.remaining,
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
}
