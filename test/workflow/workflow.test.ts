import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { type RunOptions, type RunResult, run } from '../../local/lab.ts';
import { LambdaError } from '../../local/lambda.ts';
import { brokenDesktop, SCENARIOS, sample } from '../../local/scenarios.ts';
import { summarise } from '../../local/timeline.ts';
import { changed } from '../events.ts';

const ID = 'ws-8kq3zn1yd';
const EXECUTION = 'arn:aws:states:us-east-1:123456789012:execution:workspaces-remediation:another';

const play = (options: Partial<RunOptions> = {}) =>
  run({ input: sample('manual.json'), viaBus: false, desktops: [brokenDesktop()], ...options });
const byHand = (wishes: object) => ({ workspaceId: ID, ...wishes });
const outcome = (result: RunResult) => summarise(result).outcome;
const rebuilds = (result: RunResult) => summarise(result).rebuildCalls;

/** A call that fails each time, as Lambda or SNS would. */
const always =
  (service: string, error = 'Lambda.ServiceException') =>
  (called: string) =>
    called === service ? new LambdaError(error, { errorType: error, errorMessage: 'down' }) : undefined;

test.each<[keyof typeof SCENARIOS, string, number, number]>([
  ['rebuild', 'RECOVERED', 1, 0],
  ['already-healthy', 'ALREADY_HEALTHY', 0, 0],
  ['contributor', 'RECOVERED', 1, 0],
  ['manual', 'RECOVERED', 1, 0],
  ['rebuild-refused', 'FAILED', 1, 1],
  ['rebuild-fails', 'FAILED', 1, 1],
  ['never-finishes', 'FAILED', 1, 1],
  ['throttled', 'RECOVERED', 2, 0],
  ['out-of-scope', 'SKIPPED', 0, 0],
  ['unknown-workspace', 'NEEDS_HUMAN', 0, 1],
  ['paused', 'SKIPPED', 0, 0],
  ['dry-run', 'SKIPPED', 0, 0],
  ['mode-unknown', 'NEEDS_HUMAN', 0, 1],
  ['storm', 'NEEDS_HUMAN', 0, 1],
  ['cooldown', 'NEEDS_HUMAN', 0, 1],
  ['old-snapshot', 'NEEDS_HUMAN', 0, 1],
  ['connected', 'RECOVERED', 1, 0],
  ['flapping', 'ALREADY_HEALTHY', 0, 0],
  ['window', 'RECOVERED', 1, 0],
  ['malformed-tag', 'NEEDS_HUMAN', 0, 1],
  ['ladder', 'RECOVERED', 1, 0],
  ['turn', 'NEEDS_HUMAN', 0, 1],
])('scenario %s: %s, %i rebuild(s), %i notification(s)', async (name, expected, calls, notifications) => {
  const { file, options } = SCENARIOS[name];
  const summary = summarise(await run({ ...options, input: sample(file), viaBus: file !== 'manual.json' }));
  expect(summary).toMatchObject({
    outcome: expected,
    rebuildCalls: calls,
    notifications,
    workspaceId: ID,
    executionStatus: expected === 'FAILED' ? 'FAILED' : 'SUCCEEDED',
  });
});

test('the main way: every state in its order, the first look after the first wait', async () => {
  const result = await play();
  const pass = ['Ask for the mode', 'Is the service on?', 'Check the WorkSpace', 'Is it broken?'];
  const fleet = ['Look at the fleet', 'Is it this one alone?'];
  expect(result.states.slice(0, 25)).toEqual([
    'Note the request',
    'Take the incident',
    'Is it ours to handle?',
    ...pass,
    ...fleet,
    'Wait and look again',
    ...pass,
    ...fleet,
    'Ask the guards',
    'May it be done now?',
    'Rebuild the WorkSpace',
    'Was the rebuild asked for?',
    'Wait for the rebuild',
    'See how the rebuild goes',
    'Is it healthy again?',
    'Wait for the rebuild',
    'See how the rebuild goes',
  ]);
  expect(result.states.slice(-3)).toEqual(['Close the incident', 'Must a person know?', 'Done']);
  const reads = result.calls
    .filter(({ operation }) => operation === 'DescribeWorkspaces')
    .map(({ at }) => at);
  const sent = result.calls.find(({ operation }) => operation === 'RebuildWorkspaces')?.at ?? 0;
  const [first = 0, second = 0] = reads.filter((at) => at > sent);
  expect((first - sent) / 1000).toBe(120);
  expect((second - first) / 1000).toBe(20);
});

test('every line of the audit log names the incident', async () => {
  const { log } = await play();
  expect(log.length).toBeGreaterThan(10);
  for (const line of log) {
    expect(line).toMatchObject({
      workspaceId: ID,
      incidentId: expect.any(String),
      execution: expect.any(String),
    });
  }
});

describe('what a person gets to read', () => {
  test('a failure names the desktop, its user, what was tried, what happened, what to do', async () => {
    const result = await play(SCENARIOS['rebuild-fails'].options);
    const [{ subject, message } = { subject: '', message: '' }] = result.notifications;
    expect(subject).toBe(`WorkSpace ${ID}: FAILED`);
    for (const part of [
      ID,
      'mmajor',
      'd-9067206a1f',
      'attempt 1',
      'ended with the WorkSpace UNHEALTHY',
      'What to do now',
      '#/v2/executions/details/arn:aws:states',
    ]) {
      expect(message).toContain(part);
    }
    expect(result).toMatchObject({ error: 'Remediation.FAILED' });
    expect(result.cause).toMatch(/^FAILED: The rebuild ended/);
  });

  test("a refusal carries AWS's own code and message", async () => {
    const { cause } = await play(SCENARIOS['rebuild-refused'].options);
    expect(cause).toContain('"OperationNotSupported": "The image of this WorkSpace no longer exists."');
  });
});

test.each([
  ['a malformed id', { workspaceId: 'ws-NO' }, 'workspaceId'],
  ['a text', 'ws-8kq3zn1yd', 'object'],
  ['null', null, 'object'],
  ['a list', [], 'object'],
  ['a hostile reason', { workspaceId: ID, reason: 5 }, 'reason'],
  ['a directory alarm', sample('alarm-directory.json'), 'names no WorkSpace'],
])('%s is REJECTED, told, and calls nothing', async (_, input, part) => {
  const result = await play({ input });
  expect(result).toMatchObject({ status: 'FAILED', error: 'Remediation.REJECTED', calls: [] });
  expect(result.cause).toContain(part);
  expect(result.notifications).toHaveLength(1);
});

describe('by hand', () => {
  test('force rebuilds an AVAILABLE desktop, and waits until that was seen', async () => {
    const result = await play({
      input: byHand({ force: true }),
      desktops: [brokenDesktop({ state: 'AVAILABLE' })],
    });
    expect([outcome(result), rebuilds(result)]).toEqual(['RECOVERED', 1]);
    expect(result.endedAt - result.startedAt).toBeGreaterThan(25 * 60_000);
  });

  test('without force an AVAILABLE desktop is left alone', async () => {
    const result = await play({ desktops: [brokenDesktop({ state: 'AVAILABLE' })] });
    expect([outcome(result), rebuilds(result)]).toEqual(['ALREADY_HEALTHY', 0]);
  });

  test('a dry run decides and touches nothing', async () => {
    const result = await play({ input: byHand({ dryRun: true }) });
    expect([outcome(result), rebuilds(result), result.notifications.length]).toEqual(['SKIPPED', 0, 0]);
    expect(result.output.reason).toContain('would have been its rebuild');
  });
});

describe('busy desktops', () => {
  test("someone else's rebuild that ends well is RECOVERED without one of ours", async () => {
    const changes = [{ after: 20 * 60_000, state: 'AVAILABLE' }];
    const result = await play({ desktops: [brokenDesktop({ state: 'REBUILDING', changes })] });
    expect([outcome(result), rebuilds(result)]).toEqual(['RECOVERED', 0]);
  });

  test('busy beyond the limit needs a person', async () => {
    const result = await play({ desktops: [brokenDesktop({ state: 'UPDATING' })] });
    expect([outcome(result), rebuilds(result), result.notifications.length]).toEqual(['NEEDS_HUMAN', 0, 1]);
  });

  test('busy, then broken: rebuilt', async () => {
    const changes = [{ after: 60_000, state: 'UNHEALTHY' }];
    const result = await play({ desktops: [brokenDesktop({ state: 'REBOOTING', changes })] });
    expect([outcome(result), rebuilds(result)]).toEqual(['RECOVERED', 1]);
  });
});

describe('scope', () => {
  const tagged = (tags: Record<string, string>, parameters: Record<string, string> = {}) =>
    play({ desktops: [brokenDesktop({ tags })], parameters });
  test.each<[Record<string, string>, Record<string, string>, string]>([
    [{}, {}, 'SKIPPED'],
    [{ AutoRemediate: 'false' }, {}, 'SKIPPED'],
    [{}, { Scope: 'all' }, 'RECOVERED'],
    [{ AutoRemediate: 'false' }, { Scope: 'all' }, 'SKIPPED'],
    [{ Heal: 'true' }, { ScopeTagKey: 'Heal' }, 'RECOVERED'],
    [{ AutoRemediate: 'true' }, { ScopeTagKey: 'Heal' }, 'SKIPPED'],
  ])('tags %j, parameters %j: %s, nobody is told', async (tags, parameters, expected) => {
    const result = await tagged(tags, parameters);
    expect([outcome(result), rebuilds(result)]).toEqual([expected, expected === 'RECOVERED' ? 1 : 0]);
    expect(result.notifications).toEqual([]);
  });
  test('a manual start obeys it too', async () => {
    const input = { workspaceId: ID, force: true };
    const result = await play({ input, desktops: [brokenDesktop({ tags: {} })] });
    expect([outcome(result), rebuilds(result)]).toEqual(['SKIPPED', 0]);
  });
});

test('an accepted rebuild that never starts is tried again up to the limit, then FAILED', async () => {
  const rebuild = { startsAfter: 0, takes: 0, endsIn: 'AVAILABLE', ignored: true };
  const result = await play({ desktops: [brokenDesktop({ rebuild })], parameters: { MaxAttempts: '2' } });
  expect([outcome(result), rebuilds(result), result.notifications.length]).toEqual(['FAILED', 2, 1]);
});

test('an AUTO_STOP desktop that ends STOPPED is RECOVERED', async () => {
  const rebuild = { startsAfter: 15_000, takes: 600_000, endsIn: 'STOPPED' };
  expect(outcome(await play({ desktops: [brokenDesktop({ rebuild, runningMode: 'AUTO_STOP' })] }))).toBe(
    'RECOVERED',
  );
});

describe('one incident a WorkSpace', () => {
  const held =
    (more: object = {}): NonNullable<RunOptions['prepare']> =>
    async (table, TableName) => {
      await table.send(
        new PutItemCommand({
          TableName,
          Item: {
            id: { S: `WORKSPACE#${ID}` },
            holder: { S: EXECUTION },
            leaseUntil: { N: '1793700000' },
            fence: { N: '4' },
            lastAttempt: { N: '0' },
            ...more,
          },
        }),
      );
    };

  test('while another execution is at work it is a DUPLICATE, and touches nothing', async () => {
    const result = await play({ prepare: held(), isOtherRunning: true });
    expect([outcome(result), result.calls, result.notifications]).toEqual(['DUPLICATE', [], []]);
    expect(result.output.reason).toContain(EXECUTION);
  });

  test.each([[false], [undefined]])(
    'a lease whose execution is over (running: %s) is taken over',
    async (isOtherRunning) => {
      const result = await play({ prepare: held(), ...(isOtherRunning !== undefined && { isOtherRunning }) });
      expect([outcome(result), rebuilds(result)]).toEqual(['RECOVERED', 1]);
    },
  );

  test('a rebuild that the former holder asked for is given time to show', async () => {
    const at = new Date(Date.parse('2026-11-02T17:04:41Z') - 60_000).toISOString();
    const input = byHand({ override: ['cooldown'] });
    const result = await play({ input, prepare: held({ requestedAt: { S: at } }) });
    const sent = result.calls.find(({ operation }) => operation === 'RebuildWorkspaces');
    expect((sent?.at ?? 0) - result.startedAt).toBeGreaterThanOrEqual(14 * 60_000);
  });

  test('and without a word from a person there is no other', async () => {
    const at = new Date(Date.parse('2026-11-02T17:04:41Z') - 60_000).toISOString();
    const result = await play({ prepare: held({ requestedAt: { S: at }, requests: { SS: [at] } }) });
    expect([outcome(result), rebuilds(result), result.output.guard]).toEqual(['NEEDS_HUMAN', 0, 'cooldown']);
  });

  test('an alarm that is older than the end of its incident is a DUPLICATE', async () => {
    const prepare: RunOptions['prepare'] = async (table, TableName) => {
      const Item = {
        id: { S: `WORKSPACE#${ID}` },
        fence: { N: '4' },
        lastAttempt: { N: '0' },
        closedAt: { S: '2026-11-02T17:30:00.000Z' },
      };
      await table.send(new PutItemCommand({ TableName, Item }));
    };
    const input = sample('alarm-workspace.json');
    const late = await play({ input, prepare });
    expect([outcome(late), late.calls]).toEqual(['DUPLICATE', []]);
    const news = await play({
      input: changed(input, 'detail.state.timestamp', '2026-11-02T18:00:00.000+0000'),
      prepare,
    });
    expect(outcome(news)).toBe('RECOVERED');
  });
});

describe('when a part of the workflow fails for good', () => {
  test.each([
    ['intake', 0],
    ['mode', 0],
    ['check', 0],
    ['fleet', 0],
    ['guard', 0],
    ['rebuild', 0],
    ['poll', 1],
  ])('%s: FAILED, told once, and closed', async (service, calls) => {
    const result = await play({ failCall: always(service) });
    expect([outcome(result), result.status, rebuilds(result)]).toEqual(['FAILED', 'FAILED', calls]);
    expect(result.error).toBe('Remediation.FAILED');
    expect(result.cause).toContain('Lambda.ServiceException');
    expect(result.notifications).toHaveLength(1);
    expect(result.notifications[0]?.message).toContain(ID);
    expect(result.states).toContain('Close the incident');
  });

  test('close: the failure is told without it', async () => {
    const result = await play({ failCall: always('close') });
    expect(result).toMatchObject({ status: 'FAILED', error: 'Remediation.CloseFailed' });
    expect(result.notifications).toHaveLength(1);
    expect(result.notifications[0]?.message).toContain(ID);
  });

  test('sns: retried, then the execution fails with both causes, and the net tells them', async () => {
    const options = SCENARIOS['rebuild-refused'].options;
    const result = await play({ ...options, failCall: always('sns', 'SNS.InternalErrorException') });
    expect(result).toMatchObject({ status: 'FAILED', error: 'Remediation.NotificationFailed' });
    expect(result.notifications).toHaveLength(1);
    for (const said of [result.cause, result.notifications[0]?.message]) {
      expect(said).toContain('SNS.InternalErrorException');
      expect(said).toContain('AWS refused the rebuild');
    }
  });
});

describe('the net', () => {
  test('tells of an aborted execution, what it had done, and gives the lease back', async () => {
    const result = await play({ abortAfter: 10 * 60_000 });
    expect([result.status, rebuilds(result), result.notifications.length]).toEqual(['ABORTED', 1, 1]);
    const message = result.notifications[0]?.message;
    for (const fact of [
      ID,
      'mmajor',
      'd-9067206a1f',
      'attempt 1',
      'aborted from outside',
      'executions/details',
    ])
      expect(message).toContain(fact);
    expect(result.log.at(-1)).toMatchObject({ step: 'Net', released: true, workspaceId: ID });
  });

  test('tells of one that was aborted before it did anything', async () => {
    const desktops = [brokenDesktop({ state: 'REBOOTING' })];
    const result = await play({ desktops, abortAfter: 30_000 });
    expect(result.notifications).toMatchObject([
      { message: expect.stringContaining('Nothing was asked of AWS') },
    ]);
  });

  test('tells of one whose input was no JSON object', async () => {
    const result = await play({ input: 'ws-8kq3zn1yd', failCall: always('intake'), abortAfter: 0 });
    expect(result.notifications).toMatchObject([{ subject: 'WorkSpace (none named): FAILED' }]);
  });

  test('does not repeat what the workflow has told', async () => {
    const result = await play(SCENARIOS['rebuild-refused'].options);
    expect(result.notifications).toHaveLength(1);
    expect(result.log.at(-1)).toMatchObject({ step: 'Net', released: false });
  });

  test('gives the lease back that Close could not', async () => {
    const result = await play({ failCall: always('close') });
    expect(result.log.at(-1)).toMatchObject({ step: 'Net', released: true });
    expect(result.notifications).toHaveLength(1);
  });
});

test.each(['intake', 'mode', 'check', 'fleet', 'guard', 'rebuild', 'poll', 'close'])(
  '%s fails twice and passes: nobody notices',
  async (service) => {
    const error = new LambdaError('Lambda.TooManyRequestsException', { errorMessage: 'Rate Exceeded.' });
    const failCall = (called: string, number: number) =>
      called === service && number <= 2 ? error : undefined;
    const result = await play({ failCall });
    expect([outcome(result), rebuilds(result), result.notifications.length]).toEqual(['RECOVERED', 1, 0]);
  },
);

test('sns fails twice and passes: told once', async () => {
  const error = new LambdaError('SNS.ThrottledException', { errorMessage: 'Rate exceeded' });
  const failCall = (called: string, number: number) => (called === 'sns' && number <= 2 ? error : undefined);
  const result = await play({ ...SCENARIOS['rebuild-refused'].options, failCall });
  expect([outcome(result), result.notifications.length]).toEqual(['FAILED', 1]);
});
