import { expect, test } from 'vitest';
import { GO } from '../../functions/guards/guard.ts';
import { outOfScope } from '../../functions/guards/scope.ts';
import { attempt } from '../policy/fixtures.ts';
import { verdictOf } from './verdict.ts';

test.each<['tagged' | 'all', Record<string, string>, boolean]>([
  ['tagged', {}, false],
  ['tagged', { AutoRemediates: 'true' }, false],
  ['tagged', { AutoRemediate: 'true' }, true],
  ['tagged', { AutoRemediate: 'True' }, true],
  ['tagged', { AutoRemediate: 'false' }, false],
  ['tagged', { AutoRemediate: '' }, false],
  ['tagged', { AutoRemediate: 'yes' }, false],
  ['tagged', { autoremediate: 'true' }, true],
  ['tagged', { AUTOREMEDIATE: 'TRUE' }, true],
  ['all', { autoremediate: 'false' }, false],
  ['tagged', { autoremediate: 'true', AutoRemediate: 'True' }, true],
  ['all', { autoremediate: 'false', AutoRemediate: 'False' }, false],
  ['tagged', { Other: 'true' }, false],
  ['all', {}, true],
  ['all', { AutoRemediate: 'true' }, true],
  ['all', { AutoRemediate: 'yes' }, true],
  ['all', { AutoRemediate: '' }, true],
  ['all', { AutoRemediate: 'false' }, false],
  ['all', { AutoRemediate: 'FALSE' }, false],
])('scope %s, tags %j: in scope %s', (scope, tags, isIn) => {
  expect(outOfScope({}, tags, { scope, scopeTagKey: 'AutoRemediate' }) === GO).toBe(isIn);
});

test("a key that is a property of every object is no tag's", () => {
  expect(outOfScope({}, {}, { scope: 'tagged', scopeTagKey: 'constructor' })).toMatchObject({ says: 'skip' });
});

test.each(['tagged', 'all'] as const)('two tags that disagree are for a person, scope %s', (scope) => {
  for (const other of ['false', '', 'yes']) {
    const tags = { AutoRemediate: 'true', autoremediate: other };
    const verdict = outOfScope({}, tags, { scope, scopeTagKey: 'AutoRemediate' });
    expect(verdictOf('scope', verdict)?.held).toEqual({
      action: 'DONE',
      outcome: 'NEEDS_HUMAN',
      guard: 'scope',
      reason: `Guard scope: the tags "AutoRemediate" = "true" and "autoremediate" = "${other}" differ in the case of their keys, which AWS IAM takes for one key, and disagree. Delete all but one.`,
    });
  }
});

test.each([
  [{ heal: 'no' }, 'Out of scope: it has the tag "heal" = "no"; only WorkSpaces with "true" are touched.'],
  [{}, 'Out of scope: it has no tag "Heal"; only WorkSpaces with "true" are touched.'],
  [{ Heal: 'no' }, 'Out of scope: it has the tag "Heal" = "no"; only WorkSpaces with "true" are touched.'],
  [{ Heal: 'false' }, 'Out of scope: it has the tag "Heal" = "false".'],
])('%j: the reason names the tag', (tags, reason) => {
  const settings = { scope: 'tagged' as const, scopeTagKey: 'Heal' };
  expect(verdictOf('scope', outOfScope({}, tags, settings))?.held).toEqual({
    action: 'DONE',
    outcome: 'SKIPPED',
    guard: 'scope',
    reason,
  });
  expect(verdictOf('scope', outOfScope({ attempt: attempt() }, tags, settings))?.held).toEqual({
    action: 'DONE',
    outcome: 'NEEDS_HUMAN',
    guard: 'scope',
    reason: `${reason} A request had been sent to AWS before.`,
  });
});
