/** An AWS service that does not answer, or asks to slow down: nobody's fault, and over some time. */
import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry';
import type { MiddlewareStack, SdkError } from '@smithy/types';
import { AwsUnavailable } from '../policy/away.ts';
import { errorName, show } from '../text.ts';

/**
 * Makes a client that only reads, or writes to our own table, throw `AwsUnavailable` for all that passes by itself.
 * What AWS refuses for good stays what it is.
 */
export function followOutages<I extends object, O extends object>(
  service: string,
  { middlewareStack }: { middlewareStack: MiddlewareStack<I, O> },
): void {
  middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        throw asOutage(service, error);
      }
    },
    // The outermost: what comes here was tried again by the SDK already.
    { step: 'initialize', priority: 'high', name: 'followOutages' },
  );
}

/** The error itself, or the outage that it stands for. */
export function asOutage(service: string, error: unknown): unknown {
  return isAway(error) ? unavailable(service, error) : error;
}

/** All that an SDK's error has beside those of any other is optional. */
const isSdkError = (error: unknown): error is SdkError => error instanceof Error;

function isAway(error: unknown): error is Error {
  if (!isSdkError(error)) return false;
  // A proxy's page in place of AWS's answer is no JSON.
  if (error instanceof SyntaxError) return true;
  return isThrottlingError(error) || isTransientError(error) || isServerError(error);
}

function unavailable(service: string, error: Error): AwsUnavailable {
  const why = `${errorName(error)}${error.message ? `: ${show(error.message)}` : ''}`;
  return new AwsUnavailable(`${service} does not answer (${why})`, { cause: error });
}
