/** The stories that the workflow is tested with, in the lab and on other engines; each starts by hand unless it says otherwise. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { OTHER_ALARMS, PASTED } from './bad-inputs.ts';
import { accepted, type DesktopSpec, refused } from './desktop.ts';
import { brokenDesktop, sample } from './samples.ts';
import { SCENARIOS } from './scenarios.ts';
import { byHand, known } from './single.ts';
import { alarmEvent } from './starts.ts';
import type { FailingTask, Story } from './story.ts';

const MINUTE = 60_000;

export const ID = brokenDesktop().workspaceId;

/** An execution that is none of a story's. */
export const OTHER_EXECUTION =
  'arn:aws:states:us-east-1:123456789012:execution:workspaces-remediation:another';

const wishing = (wishes: object) => ({ workspaceId: ID, ...wishes });
const insisting = (wishes: object) => wishing({ requestedBy: 'ops@example.com', ...wishes });

const arnOf = (region: string) => `arn:aws:workspaces:${region}:123456789012:workspace/${ID}`;

/** Of another desktop than the broken one. */
const about = (changes: Partial<DesktopSpec>): Pick<Story, 'desktops'> => ({
  desktops: [brokenDesktop(changes)],
});

/** Tasks that fail each time, as Lambda or SNS would. */
const always = (...failing: [task: string, error: string][]): { failingTasks: FailingTask[] } => ({
  failingTasks: failing.map(([task, error]) => ({ task, error })),
});

/** A task whose first two calls fail. */
const twice = (task: string, error: string): { failingTasks: FailingTask[] } => ({
  failingTasks: [{ task, error, times: 2 }],
});

/** What the table holds of the WorkSpace before the run. */
const before = (more: Record<string, AttributeValue>): Pick<Story, 'table'> & object => ({
  table: [known(ID, { fence: { N: '4' }, lastAttempt: { N: '0' }, ...more })],
});

const held = (more: Record<string, AttributeValue> = {}) =>
  before({ holder: { S: OTHER_EXECUTION }, leaseUntil: { N: '1793700000' }, ...more });

const MINUTE_BEFORE = new Date(Date.parse('2026-11-02T17:04:41Z') - MINUTE).toISOString();
const ended = before({ closedAt: { S: '2026-11-02T17:30:00.000Z' } });

const REFUSED = { desktops: SCENARIOS['rebuild-refused'].desktops };

/** A restore does not help. */
const restoredBadly = (remedies: DesktopSpec['remedies'] = {}) => ({
  ...about({
    remedies: { restore: [accepted('restore', { takes: 10 * MINUTE, endsIn: 'UNHEALTHY' })], ...remedies },
  }),
  parameters: { Ladder: 'restore,rebuild' },
});
const RESTORED_BADLY = restoredBadly();

const LAMBDA_DOWN = 'Lambda.ServiceException';
const LAMBDA_BUSY = 'Lambda.TooManyRequestsException';
const SNS_DOWN = 'SNS.AuthorizationErrorException';

/** Its name in the list is its title. */
const hand = (more?: Parameters<typeof byHand>[1]) => byHand('', more);
const rejected = (input: unknown) => hand({ input, bad: 'rejected' });

/** By their names. */
export const STORIES = {
  manual: hand(),
  'a refused rebuild, by hand': hand(REFUSED),
  'a failing rebuild, by hand': hand({ desktops: SCENARIOS['rebuild-fails'].desktops }),

  'a malformed id': rejected({ workspaceId: 'ws-NO' }),
  'a text': rejected(ID),
  null: rejected(null),
  'a list': rejected([]),
  'a hostile reason': rejected(wishing({ reason: 5 })),
  'a directory alarm': rejected(sample('alarm-directory.json')),
  "the console's comment": rejected(PASTED["the console's comment"]),
  'an id in upper case': rejected(PASTED['an id in upper case']),
  'a request of the CLI': rejected(PASTED['a request of the CLI']),
  'a list of ids': rejected(PASTED['a list of ids']),
  'an SNS record': rejected(PASTED['an SNS record']),
  'an alarm as Lambda gets it': rejected(PASTED['an alarm as Lambda gets it']),
  'an ARN of another Region': rejected({ workspaceId: arnOf('eu-west-1') }),
  'a query on another metric': hand({ input: OTHER_ALARMS['a query on another metric'](), bad: 'held' }),
  'a metric of another account': hand({ input: OTHER_ALARMS['a metric of another account'](), bad: 'held' }),
  'an ARN, with blanks around it': hand({ input: { workspaceId: ` ${arnOf('us-east-1')}\n` } }),

  'force, and nobody says who': hand({
    input: wishing({ force: true }),
    bad: 'rejected',
    ...about({ state: 'AVAILABLE' }),
  }),
  'force, and sns is down': hand({
    input: insisting({ force: true }),
    ...about({ state: 'AVAILABLE' }),
    failingTasks: [{ task: 'sns', error: SNS_DOWN, times: 7 }],
  }),
  'two rungs, with a guard overridden': hand({
    input: insisting({ override: ['connected'] }),
    ...RESTORED_BADLY,
  }),
  'a guard overridden, and a rebuild that is refused for now': hand({
    input: insisting({ override: ['connected'] }),
    ...about({
      remedies: { rebuild: [refused('ThrottlingException', 'Rate exceeded'), accepted('rebuild')] },
    }),
  }),
  force: hand({ input: insisting({ force: true }), ...about({ state: 'AVAILABLE' }) }),
  'available, without force': hand(about({ state: 'AVAILABLE' })),
  'a dry run': hand({ input: wishing({ dryRun: true }) }),

  "someone else's rebuild ends well": hand({
    ...about({ state: 'REBUILDING', changes: [{ after: 20 * 60_000, state: 'AVAILABLE' }] }),
  }),
  'busy beyond the limit': hand(about({ state: 'UPDATING' })),
  'busy, then broken': hand({
    ...about({ state: 'REBOOTING', changes: [{ after: 60_000, state: 'UNHEALTHY' }] }),
  }),

  'no tag': hand(about({ tags: {} })),
  'tagged false': hand(about({ tags: { AutoRemediate: 'false' } })),
  'no tag, scope all': hand({ ...about({ tags: {} }), parameters: { Scope: 'all' } }),
  'tagged false, scope all': hand({
    ...about({ tags: { AutoRemediate: 'false' } }),
    parameters: { Scope: 'all' },
  }),
  'the tag of another name': hand({
    ...about({ tags: { Heal: 'true' } }),
    parameters: { ScopeTagKey: 'Heal' },
  }),
  'the usual tag where another counts': hand({
    ...about({ tags: { AutoRemediate: 'true' } }),
    parameters: { ScopeTagKey: 'Heal' },
  }),
  'tagged in another case': hand(about({ tags: { autoremediate: 'TRUE' } })),
  'tagged twice, and torn': hand(about({ tags: { AutoRemediate: 'true', autoremediate: 'false' } })),
  'force out of scope': hand({
    input: insisting({ force: true }),
    ...about({ tags: {} }),
  }),

  'accepted, but never starts': hand({
    ...about({ remedies: { rebuild: [accepted('rebuild', { ignored: true })] } }),
    parameters: { MaxAttempts: '2' },
  }),
  'AUTO_STOP, ends STOPPED': hand({
    desktops: [
      brokenDesktop({
        remedies: { rebuild: [accepted('rebuild', { takes: 600_000, endsIn: 'STOPPED' })] },
        runningMode: 'AUTO_STOP',
      }),
    ],
  }),

  'another execution is at work': hand({ ...held(), otherExecutions: 'RUNNING' }),
  'the lease of an execution that is over': hand({ ...held(), otherExecutions: 'ABORTED' }),
  'the lease of an execution that nobody knows': hand(held()),
  'a rebuild that the former holder asked for': hand({
    input: insisting({ override: ['cooldown'] }),
    ...held({ requestedAt: { S: MINUTE_BEFORE } }),
  }),
  'a rebuild a minute ago, and no word from a person': hand({
    ...held({ requestedAt: { S: MINUTE_BEFORE }, requests: { SS: [MINUTE_BEFORE] } }),
  }),
  'an alarm older than the end of its incident': hand({ input: sample('alarm-workspace.json'), ...ended }),
  'an alarm younger than the end of the last incident': hand({
    input: alarmEvent('workspace', ID, Date.parse('2026-11-02T18:00:00.000Z')),
    ...ended,
  }),

  'intake fails for good': hand(always(['intake', LAMBDA_DOWN])),
  'check fails for good': hand(always(['check', LAMBDA_DOWN])),
  'act fails for good': hand(always(['act', LAMBDA_DOWN])),
  'poll fails for good': hand(always(['poll', LAMBDA_DOWN])),
  'close fails for good': hand(always(['close', LAMBDA_DOWN])),
  'sns fails for good': hand({
    ...REFUSED,
    ...always(['sns', SNS_DOWN]),
  }),
  'intake and close fail for good': hand({
    ...always(['intake', LAMBDA_DOWN], ['close', LAMBDA_DOWN]),
  }),
  'close and sns fail for good': hand(always(['close', LAMBDA_DOWN], ['sns', SNS_DOWN])),
  'an error that no other try heals': hand(always(['check', 'SettingsError'])),

  'stopped during the rebuild': hand({ stopAfter: 10 * 60_000 }),
  'stopped, with a reason that is cut within an emoji': hand({
    input: wishing({ reason: `${'x'.repeat(78)}🖥️🔥` }),
    stopAfter: 10 * MINUTE,
  }),
  'stopped, with half a character in its reason': hand({
    input: wishing({ reason: 'no screen \ud83d' }),
    stopAfter: 10 * MINUTE,
  }),
  'a restore that ends badly, then a refused rebuild': hand(
    restoredBadly({ rebuild: [refused('OperationNotSupportedException', 'The image is gone.')] }),
  ),
  'a rebuild that ends in ERROR before the first look': hand(
    about({
      remedies: { rebuild: [accepted('rebuild', { startsAfter: 15_000, takes: MINUTE, endsIn: 'ERROR' })] },
    }),
  ),
  'stopped during the rebuild that follows a restore': hand({ ...RESTORED_BADLY, stopAfter: 25 * MINUTE }),
  'stopped before it did anything': hand({
    ...about({ state: 'REBOOTING' }),
    stopAfter: 30_000,
  }),
  'a text, stopped at once': hand({
    input: ID,
    ...always(['intake', LAMBDA_DOWN]),
    stopAfter: 0,
  }),

  'intake fails twice': hand(twice('intake', LAMBDA_BUSY)),
  'check fails twice': hand(twice('check', LAMBDA_BUSY)),
  'act fails twice': hand(twice('act', LAMBDA_BUSY)),
  'poll fails twice': hand(twice('poll', LAMBDA_BUSY)),
  'close fails twice': hand(twice('close', LAMBDA_BUSY)),
  'sns fails twice': hand({
    ...REFUSED,
    ...twice('sns', 'SNS.ThrottledException'),
  }),
} satisfies Record<string, Story>;
