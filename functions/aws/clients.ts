/**
 * How long one request may take before it counts as lost, in milliseconds. Three tries of a read and their
 * backoff stay well inside the function's timeout, so that the step can still answer.
 */
export const REQUEST_HANDLER = {
  connectionTimeout: 2_000,
  requestTimeout: 5_000,
  throwOnRequestTimeout: true,
} as const;
