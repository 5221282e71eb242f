import { expect, test } from 'vitest';
import { intakeInput } from '../../functions/incident.ts';
import { openIncident, stepInput } from '../../functions/step.ts';
import { ALARM, incident } from '../policy/fixtures.ts';

const given = incident({ request: ALARM });
const NOT_SO = 'Start the workflow, not one of its functions.';

test('what an earlier step wrote is taken', () => {
  expect(openIncident(given)).toMatchObject({ request: ALARM });
});

test.each<[string, unknown, string]>([
  ['no execution', { ...given, execution: undefined }, `execution is missing. ${NOT_SO}`],
  [
    'a number as its id',
    { ...given, execution: { ...given.execution, id: 5 } },
    `execution.id is 5, which no step of this workflow writes. ${NOT_SO}`,
  ],
  [
    'a part of another kind',
    { ...given, decision: { action: 'NEW' } },
    'decision.action is "NEW", which no step',
  ],
  [
    'a guard that is none',
    { ...given, waitingSince: { 'a\u202eb': '' } },
    'waitingSince.a\\u202eb is "a\\u202eb", which no step',
  ],
  ['no request', { ...given, request: undefined }, 'The incident has no request'],
])('%s is told in our own words', (_, event, words) => {
  expect(() => openIncident(event)).toThrow(expect.objectContaining({ name: 'StepInputError' }));
  expect(() => openIncident(event)).toThrow(words);
  expect(() => openIncident(event)).not.toThrow(/Invalid|Expected/);
});

test.each<[unknown, string]>([
  [null, 'The input is null, which no step of this workflow writes.'],
  [{ input: {} }, 'execution is missing.'],
])('%j, given to Intake by hand', (event, words) => {
  expect(() => stepInput(intakeInput, event)).toThrow(words);
});
