import { expect, test } from 'vitest';
import { untold } from '../../functions/policy/net.ts';

const ended = (error?: string, cause?: string) => ({ status: 'FAILED', startTime: 'then', error, cause });

test.each(['Remediation.FAILED', 'Remediation.REJECTED', 'Remediation.CloseFailed'])(
  '%s was told by the workflow',
  (error) => {
    expect(untold('FAILED', ended(error, 'why'))).toBeUndefined();
    // Whatever Step Functions says of the error: these two run no Catch.
    expect(untold('ABORTED', ended(error))).toContain('aborted from outside');
    expect(untold('TIMED_OUT', ended(error))).toContain('time limit');
  },
);

test.each([
  [
    'FAILED',
    ended('Remediation.NotificationFailed', 'SNS is down'),
    '"Remediation.NotificationFailed": "SNS is down"',
  ],
  ['FAILED', ended('States.DataLimitExceeded'), 'with "States.DataLimitExceeded".'],
  ['FAILED', ended(), 'The workflow itself failed.'],
  ['FAILED', undefined, 'The workflow itself failed.'],
  ['ABORTED', ended('Stopped', 'by mmajor'), 'aborted from outside with "Stopped": "by mmajor".'],
  ['ABORTED', undefined, 'aborted from outside.'],
  ['TIMED_OUT', undefined, 'ran past its time limit and was ended.'],
])('%s, %j: untold', (status, execution, words) => {
  expect(untold(status, execution)).toContain(words);
});
