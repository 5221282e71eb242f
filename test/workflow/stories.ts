/** The stories that the workflow is tested with, by name: the tests of the lab and of other engines play the same ones. */
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { RunOptions } from '../../local/lab.ts';
import { LambdaError } from '../../local/lambda.ts';
import {
  brokenDesktop,
  isScenarioName,
  SCENARIOS,
  type ScenarioName,
  sample,
} from '../../local/scenarios.ts';
import { accepted, refused } from '../../local/stories/desktop.ts';
import { changed } from '../events.ts';

export const ID = 'ws-8kq3zn1yd';

/** Another execution than the lab's. */
export const OTHER_EXECUTION =
  'arn:aws:states:us-east-1:123456789012:execution:workspaces-remediation:another';

/** The functions that the workflow calls, in the order in which it does. */
export const STEPS = ['intake', 'mode', 'check', 'fleet', 'guard', 'rebuild', 'poll', 'close'] as const;

const alarm = sample('alarm-workspace.json');

/** A start by hand, with a broken desktop, unless the options say otherwise. */
const byHand = (options: Partial<RunOptions> = {}): RunOptions => ({
  input: sample('manual.json'),
  viaBus: false,
  desktops: [brokenDesktop()],
  ...options,
});

const wishing = (wishes: object) => ({ workspaceId: ID, ...wishes });
const insisting = (wishes: object) => wishing({ requestedBy: 'ops@example.com', ...wishes });

/** One of the lab's scenarios, as `npm start` plays it. */
export function scenario(name: ScenarioName): RunOptions {
  const { file, options } = SCENARIOS[name];
  return { ...options, input: sample(file), viaBus: file !== 'manual.json' };
}

const failure = (error: string) => new LambdaError(error, { errorType: error, errorMessage: 'down' });

/** Calls that fail each time, as Lambda or SNS would. */
const always =
  (...failing: [service: string, error: string][]): NonNullable<RunOptions['failCall']> =>
  (called) => {
    const found = failing.find(([service]) => service === called);
    return found && failure(found[1]);
  };

/** A service whose first two calls fail. */
const twice =
  (service: string, error: string): NonNullable<RunOptions['failCall']> =>
  (called, number) =>
    called === service && number <= 2 ? failure(error) : undefined;

/** What the table holds of the WorkSpace before the run. */
const known =
  (item: object): NonNullable<RunOptions['prepare']> =>
  async (table, TableName) => {
    const Item = { id: { S: `WORKSPACE#${ID}` }, fence: { N: '4' }, lastAttempt: { N: '0' }, ...item };
    await table.send(new PutItemCommand({ TableName, Item }));
  };

const held = (more: object = {}) =>
  known({ holder: { S: OTHER_EXECUTION }, leaseUntil: { N: '1793700000' }, ...more });

const MINUTE_BEFORE = new Date(Date.parse('2026-11-02T17:04:41Z') - 60_000).toISOString();
const ended = known({ closedAt: { S: '2026-11-02T17:30:00.000Z' } });

const LAMBDA_DOWN = 'Lambda.ServiceException';
const LAMBDA_BUSY = 'Lambda.TooManyRequestsException';
const SNS_DOWN = 'SNS.InternalErrorException';

/** The stories that only the tests tell; each starts by hand unless it says otherwise. */
export const STORIES = {
  manual: byHand(),
  'a refused rebuild, by hand': byHand(SCENARIOS['rebuild-refused'].options),
  'a failing rebuild, by hand': byHand(SCENARIOS['rebuild-fails'].options),

  'a malformed id': byHand({ input: { workspaceId: 'ws-NO' } }),
  'a text': byHand({ input: ID }),
  null: byHand({ input: null }),
  'a list': byHand({ input: [] }),
  'a hostile reason': byHand({ input: wishing({ reason: 5 }) }),
  'a directory alarm': byHand({ input: sample('alarm-directory.json') }),

  'force, and nobody says who': byHand({
    input: wishing({ force: true }),
    desktops: [brokenDesktop({ state: 'AVAILABLE' })],
  }),
  'force, and sns is down': byHand({
    input: insisting({ force: true }),
    desktops: [brokenDesktop({ state: 'AVAILABLE' })],
    failCall: (service, number) => (service === 'sns' && number <= 7 ? failure(SNS_DOWN) : undefined),
  }),
  'two rungs, with a guard overridden': byHand({
    input: insisting({ override: ['connected'] }),
    desktops: [
      brokenDesktop({
        remedies: { restore: [accepted('restore', { takes: 600_000, endsIn: 'UNHEALTHY' })] },
      }),
    ],
    parameters: { Ladder: 'restore,rebuild' },
  }),
  'a guard overridden, and a rebuild that is refused for now': byHand({
    input: insisting({ override: ['connected'] }),
    desktops: [
      brokenDesktop({
        remedies: { rebuild: [refused('ThrottlingException', 'Rate exceeded'), accepted('rebuild')] },
      }),
    ],
  }),
  force: byHand({ input: insisting({ force: true }), desktops: [brokenDesktop({ state: 'AVAILABLE' })] }),
  'available, without force': byHand({ desktops: [brokenDesktop({ state: 'AVAILABLE' })] }),
  'a dry run': byHand({ input: wishing({ dryRun: true }) }),

  "someone else's rebuild ends well": byHand({
    desktops: [brokenDesktop({ state: 'REBUILDING', changes: [{ after: 20 * 60_000, state: 'AVAILABLE' }] })],
  }),
  'busy beyond the limit': byHand({ desktops: [brokenDesktop({ state: 'UPDATING' })] }),
  'busy, then broken': byHand({
    desktops: [brokenDesktop({ state: 'REBOOTING', changes: [{ after: 60_000, state: 'UNHEALTHY' }] })],
  }),

  'no tag': byHand({ desktops: [brokenDesktop({ tags: {} })] }),
  'tagged false': byHand({ desktops: [brokenDesktop({ tags: { AutoRemediate: 'false' } })] }),
  'no tag, scope all': byHand({ desktops: [brokenDesktop({ tags: {} })], parameters: { Scope: 'all' } }),
  'tagged false, scope all': byHand({
    desktops: [brokenDesktop({ tags: { AutoRemediate: 'false' } })],
    parameters: { Scope: 'all' },
  }),
  'the tag of another name': byHand({
    desktops: [brokenDesktop({ tags: { Heal: 'true' } })],
    parameters: { ScopeTagKey: 'Heal' },
  }),
  'the usual tag where another counts': byHand({
    desktops: [brokenDesktop({ tags: { AutoRemediate: 'true' } })],
    parameters: { ScopeTagKey: 'Heal' },
  }),
  'force out of scope': byHand({
    input: insisting({ force: true }),
    desktops: [brokenDesktop({ tags: {} })],
  }),

  'accepted, but never starts': byHand({
    desktops: [brokenDesktop({ remedies: { rebuild: [accepted('rebuild', { ignored: true })] } })],
    parameters: { MaxAttempts: '2' },
  }),
  'AUTO_STOP, ends STOPPED': byHand({
    desktops: [
      brokenDesktop({
        remedies: { rebuild: [accepted('rebuild', { takes: 600_000, endsIn: 'STOPPED' })] },
        runningMode: 'AUTO_STOP',
      }),
    ],
  }),

  'another execution is at work': byHand({ prepare: held(), isOtherRunning: true }),
  'the lease of an execution that is over': byHand({ prepare: held(), isOtherRunning: false }),
  'the lease of an execution that nobody knows': byHand({ prepare: held() }),
  'a rebuild that the former holder asked for': byHand({
    input: insisting({ override: ['cooldown'] }),
    prepare: held({ requestedAt: { S: MINUTE_BEFORE } }),
  }),
  'a rebuild a minute ago, and no word from a person': byHand({
    prepare: held({ requestedAt: { S: MINUTE_BEFORE }, requests: { SS: [MINUTE_BEFORE] } }),
  }),
  'an alarm older than the end of its incident': byHand({ input: alarm, prepare: ended }),
  'an alarm younger than the end of the last incident': byHand({
    input: changed(alarm, 'detail.state.timestamp', '2026-11-02T18:00:00.000+0000'),
    prepare: ended,
  }),

  'intake fails for good': byHand({ failCall: always(['intake', LAMBDA_DOWN]) }),
  'mode fails for good': byHand({ failCall: always(['mode', LAMBDA_DOWN]) }),
  'check fails for good': byHand({ failCall: always(['check', LAMBDA_DOWN]) }),
  'fleet fails for good': byHand({ failCall: always(['fleet', LAMBDA_DOWN]) }),
  'guard fails for good': byHand({ failCall: always(['guard', LAMBDA_DOWN]) }),
  'rebuild fails for good': byHand({ failCall: always(['rebuild', LAMBDA_DOWN]) }),
  'poll fails for good': byHand({ failCall: always(['poll', LAMBDA_DOWN]) }),
  'close fails for good': byHand({ failCall: always(['close', LAMBDA_DOWN]) }),
  'sns fails for good': byHand({
    ...SCENARIOS['rebuild-refused'].options,
    failCall: always(['sns', SNS_DOWN]),
  }),
  'intake and close fail for good': byHand({
    failCall: always(['intake', LAMBDA_DOWN], ['close', LAMBDA_DOWN]),
  }),
  'close and sns fail for good': byHand({ failCall: always(['close', LAMBDA_DOWN], ['sns', SNS_DOWN]) }),
  'an error that no other try heals': byHand({ failCall: always(['check', 'SettingsError']) }),

  'stopped during the rebuild': byHand({ abortAfter: 10 * 60_000 }),
  'stopped, with a reason that is cut within an emoji': byHand({
    input: wishing({ reason: `${'x'.repeat(78)}🖥️🔥` }),
    abortAfter: 10 * 60_000,
  }),
  'stopped, with half a character in its reason': byHand({
    input: wishing({ reason: 'no screen \ud83d' }),
    abortAfter: 10 * 60_000,
  }),
  'a restore that ends badly, then a refused rebuild': byHand({
    desktops: [
      brokenDesktop({
        remedies: {
          restore: [accepted('restore', { takes: 600_000, endsIn: 'UNHEALTHY' })],
          rebuild: [refused('OperationNotSupportedException', 'The image is gone.')],
        },
      }),
    ],
    parameters: { Ladder: 'restore,rebuild' },
  }),
  'a rebuild that ends in ERROR before the first look': byHand({
    desktops: [
      brokenDesktop({
        remedies: { rebuild: [accepted('rebuild', { startsAfter: 15_000, takes: 60_000, endsIn: 'ERROR' })] },
      }),
    ],
  }),
  'stopped during the rebuild that follows a restore': byHand({
    desktops: [
      brokenDesktop({
        remedies: { restore: [accepted('restore', { takes: 600_000, endsIn: 'UNHEALTHY' })] },
      }),
    ],
    parameters: { Ladder: 'restore,rebuild' },
    abortAfter: 25 * 60_000,
  }),
  'stopped before it did anything': byHand({
    desktops: [brokenDesktop({ state: 'REBOOTING' })],
    abortAfter: 30_000,
  }),
  'a text, stopped at once': byHand({
    input: ID,
    failCall: always(['intake', LAMBDA_DOWN]),
    abortAfter: 0,
  }),

  'intake fails twice': byHand({ failCall: twice('intake', LAMBDA_BUSY) }),
  'mode fails twice': byHand({ failCall: twice('mode', LAMBDA_BUSY) }),
  'check fails twice': byHand({ failCall: twice('check', LAMBDA_BUSY) }),
  'fleet fails twice': byHand({ failCall: twice('fleet', LAMBDA_BUSY) }),
  'guard fails twice': byHand({ failCall: twice('guard', LAMBDA_BUSY) }),
  'rebuild fails twice': byHand({ failCall: twice('rebuild', LAMBDA_BUSY) }),
  'poll fails twice': byHand({ failCall: twice('poll', LAMBDA_BUSY) }),
  'close fails twice': byHand({ failCall: twice('close', LAMBDA_BUSY) }),
  'sns fails twice': byHand({
    ...SCENARIOS['rebuild-refused'].options,
    failCall: twice('sns', 'SNS.ThrottledException'),
  }),
} satisfies Record<string, RunOptions>;

/** Every story there is, the lab's scenarios first. */
export const ALL_STORIES: ReadonlyMap<string, RunOptions> = new Map<string, RunOptions>([
  ...Object.keys(SCENARIOS)
    .filter(isScenarioName)
    .map((name): [string, RunOptions] => [`scenario ${name}`, scenario(name)]),
  ...Object.entries<RunOptions>(STORIES),
]);
