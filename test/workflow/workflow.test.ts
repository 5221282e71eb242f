import { describe, expect, test } from 'vitest';
import { type RunResult, run } from '../../local/lab/lab.ts';
import { summarise } from '../../local/lab/summary.ts';
import { ID, OTHER_EXECUTION, SCENARIOS, type ScenarioName, STORIES } from '../../local/stories/catalogue.ts';

/** What the workflow calls functions for, in the order in which it does. */
const STEPS = ['intake', 'check', 'act', 'poll', 'close'] as const;

const play = (story: keyof typeof STORIES) => run(STORIES[story]);
const outcome = (result: RunResult) => summarise(result).outcome;
const rebuilds = (result: RunResult) => summarise(result).rebuildCalls;

test.each<[ScenarioName, string, number, number]>([
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
  const summary = summarise(await run(SCENARIOS[name]));
  expect(summary).toMatchObject({
    outcome: expected,
    rebuildCalls: calls,
    notifications,
    workspaceId: ID,
    executionStatus: expected === 'FAILED' ? 'FAILED' : 'SUCCEEDED',
  });
});

test('the main way: every state in its order, the first look after the first wait', async () => {
  const result = await play('manual');
  const pass = ['Check the WorkSpace', 'May it be rebuilt now?'];
  expect(result.states.slice(0, 15)).toEqual([
    'Note the request',
    'Take the incident',
    'Is there something to do?',
    ...pass,
    'Wait and check again',
    ...pass,
    'Rebuild the WorkSpace',
    'Was it asked for?',
    'Wait for the rebuild',
    'Poll the rebuild',
    'Is it healthy again?',
    'Wait for the rebuild',
    'Poll the rebuild',
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
  const { log } = await play('manual');
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
    const result = await play('a failing rebuild, by hand');
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

  test('every request is named, and from when the data is, also after a rebuild that AWS refused', async () => {
    const { notifications, calls } = await play('a restore that ends badly, then a refused rebuild');
    const made = calls
      .filter(({ operation }) => operation.startsWith('Re'))
      .map(({ operation }) => operation);
    expect(made).toEqual(['RestoreWorkspace', 'RebuildWorkspaces']);
    expect(notifications[0]?.message).toMatch(
      /^What was tried: Restore, attempt 1, at \S+: accepted by AWS, seen under way\. The restore ended with the WorkSpace UNHEALTHY\. Rebuild, attempt 2, at \S+: refused by AWS \("OperationNotSupportedException": "The image is gone\."\)\.$/m,
    );
    expect(notifications[0]?.message).toMatch(
      /^The user's data: is as of 2026-11-0\S+Z, after the restore at 2026-11-02T17:06:41.000Z$/m,
    );
  });

  test("a refusal carries AWS's own code and message", async () => {
    const { cause } = await play('a refused rebuild, by hand');
    expect(cause).toContain('"OperationNotSupported": "The image of this WorkSpace no longer exists."');
  });
});

/** What a person is to paste. */
const RIGHT = `with {"workspaceId":"${ID}","reason":"why"}`;

test.each<[keyof typeof STORIES, string]>([
  ['a malformed id', 'workspaceId'],
  ['a text', 'object'],
  ['null', 'object'],
  ['a list', 'object'],
  ['a hostile reason', 'reason'],
  ['a directory alarm', 'names no WorkSpace'],
  ['force, and nobody says who', 'requestedBy'],
  ["the console's comment", 'has no "workspaceId" (given: "Comment")'],
  ['an id in upper case', RIGHT],
  ['a request of the CLI', '"RebuildWorkspaceRequests" is a field of the WorkSpaces API'],
  ['a request of the CLI', RIGHT],
  ['a list of ids', 'It names 2 WorkSpaces'],
  ['an SNS record', 'This is an SNS record.'],
  ['an SNS record', RIGHT],
  ['an alarm as Lambda gets it', 'as it invokes a Lambda function'],
  ['an ARN of another Region', 'in eu-west-1'],
])('%s is REJECTED, told, and calls nothing', async (story, part) => {
  const result = await play(story);
  expect(result).toMatchObject({ status: 'FAILED', error: 'Remediation.REJECTED', calls: [] });
  expect(result.cause).toContain(part);
  expect(result.notifications).toHaveLength(1);
});

test.each<[keyof typeof STORIES, string]>([
  ['a query on another metric', 'it watches "ConnectionFailure" of "AWS/WorkSpaces"'],
  ['a metric of another account', 'of another account ("210987654321")'],
])('%s is SKIPPED, and calls nothing', async (story, part) => {
  const result = await play(story);
  expect([outcome(result), result.calls, result.notifications]).toEqual(['SKIPPED', [], []]);
  expect(result.output.reason).toContain(part);
});

describe('by hand', () => {
  test('an ARN is an id, and blanks are no matter', async () => {
    const result = await play('an ARN, with blanks around it');
    expect([outcome(result), result.output.workspaceId]).toEqual(['RECOVERED', ID]);
  });

  test('force rebuilds an AVAILABLE desktop, and waits until that was seen', async () => {
    const result = await play('force');
    expect([outcome(result), rebuilds(result)]).toEqual(['RECOVERED', 1]);
    expect(result.endedAt - result.startedAt).toBeGreaterThan(25 * 60_000);
  });

  test('force is told of before the request leaves', async () => {
    const happened: string[] = [];
    const result = await run(STORIES.force, {
      onHappening: (one) => {
        if (one.kind === 'sns') happened.push(one.subject);
        if (one.kind === 'state') happened.push(one.name);
      },
    });
    const told = happened.indexOf(`About to rebuild WorkSpace ${ID}`);
    expect(told).toBeGreaterThan(0);
    expect(happened.indexOf('Rebuild the WorkSpace')).toBeGreaterThan(told);
    expect(result.notifications).toHaveLength(1);
    const message = result.notifications[0]?.message;
    for (const fact of [
      `ABOUT TO REBUILD\n\nWorkSpace: ${ID}\nUser: mmajor\n`,
      'Triggered by: a manual start by "ops@example.com": "No reason given"\n',
      'Forced: It is done although it is not broken, if AWS takes it; last seen AVAILABLE.\n',
      'What is lost: What the user has changed since 2026-11-0',
      'How to stop it: Stop the execution',
      '#/v2/executions/details/arn:aws:states',
    ])
      expect(message).toContain(fact);
  });

  test('each rung is told of once, however often it is tried', async () => {
    const subjects = async (story: keyof typeof STORIES) =>
      (await play(story)).notifications.map(({ subject }) => subject);
    const rebuild = `About to rebuild WorkSpace ${ID}`;
    expect(await subjects('two rungs, with a guard overridden')).toEqual([
      `About to restore WorkSpace ${ID}`,
      rebuild,
    ]);
    expect(await subjects('a guard overridden, and a rebuild that is refused for now')).toEqual([rebuild]);
  });

  test('what cannot be told is not done', async () => {
    const result = await play('force, and sns is down');
    expect([outcome(result), rebuilds(result)]).toEqual(['FAILED', 0]);
    expect(result.cause).toContain('SNS.AuthorizationErrorException');
    expect(result.notifications).toHaveLength(1);
  });

  test('without force an AVAILABLE desktop is left alone', async () => {
    const result = await play('available, without force');
    expect([outcome(result), rebuilds(result)]).toEqual(['ALREADY_HEALTHY', 0]);
  });

  test('a dry run decides and touches nothing', async () => {
    const result = await play('a dry run');
    expect([outcome(result), rebuilds(result), result.notifications.length]).toEqual(['SKIPPED', 0, 0]);
    expect(result.output.reason).toContain('would have been a rebuild');
  });
});

describe('busy desktops', () => {
  test("someone else's rebuild that ends well is RECOVERED without one of ours", async () => {
    const result = await play("someone else's rebuild ends well");
    expect([outcome(result), rebuilds(result)]).toEqual(['RECOVERED', 0]);
  });

  test('busy beyond the limit needs a person', async () => {
    const result = await play('busy beyond the limit');
    expect([outcome(result), rebuilds(result), result.notifications.length]).toEqual(['NEEDS_HUMAN', 0, 1]);
  });

  test('busy, then broken: rebuilt', async () => {
    const result = await play('busy, then broken');
    expect([outcome(result), rebuilds(result)]).toEqual(['RECOVERED', 1]);
  });
});

describe('scope', () => {
  test.each<[keyof typeof STORIES, string]>([
    ['no tag', 'SKIPPED'],
    ['tagged false', 'SKIPPED'],
    ['no tag, scope all', 'RECOVERED'],
    ['tagged false, scope all', 'SKIPPED'],
    ['the tag of another name', 'RECOVERED'],
    ['the usual tag where another counts', 'SKIPPED'],
    ['tagged in another case', 'RECOVERED'],
  ])('%s: %s, nobody is told', async (story, expected) => {
    const result = await play(story);
    expect([outcome(result), rebuilds(result)]).toEqual([expected, expected === 'RECOVERED' ? 1 : 0]);
    expect(result.notifications).toEqual([]);
  });
  test('two tags that disagree are for a person', async () => {
    const result = await play('tagged twice, and torn');
    expect([outcome(result), rebuilds(result), result.output.guard]).toEqual(['NEEDS_HUMAN', 0, 'scope']);
    expect(result.notifications).toHaveLength(1);
  });
  test('a manual start obeys it too', async () => {
    const result = await play('force out of scope');
    expect([outcome(result), rebuilds(result)]).toEqual(['SKIPPED', 0]);
  });
});

test('an accepted rebuild that never starts is tried again up to the limit, then FAILED', async () => {
  const result = await play('accepted, but never starts');
  expect([outcome(result), rebuilds(result), result.notifications.length]).toEqual(['FAILED', 2, 1]);
});

test('a rebuild that ends badly before the first look is not made again', async () => {
  const result = await play('a rebuild that ends in ERROR before the first look');
  expect([outcome(result), rebuilds(result), result.notifications.length]).toEqual(['FAILED', 1, 1]);
  expect(result.cause).toContain('was not seen to run, but the WorkSpace was UNHEALTHY before it');
});

test('an AUTO_STOP desktop that ends STOPPED is RECOVERED', async () => {
  expect(outcome(await play('AUTO_STOP, ends STOPPED'))).toBe('RECOVERED');
});

describe('one incident a WorkSpace', () => {
  test('while another execution is at work it is a DUPLICATE, and touches nothing', async () => {
    const result = await play('another execution is at work');
    expect([outcome(result), result.calls, result.notifications]).toEqual(['DUPLICATE', [], []]);
    expect(result.output.reason).toContain(OTHER_EXECUTION);
  });

  test.each<[keyof typeof STORIES]>([
    ['the lease of an execution that is over'],
    ['the lease of an execution that nobody knows'],
  ])('%s is taken over', async (story) => {
    const result = await play(story);
    expect([outcome(result), rebuilds(result)]).toEqual(['RECOVERED', 1]);
  });

  test('a rebuild that the former holder asked for is given time to show', async () => {
    const result = await play('a rebuild that the former holder asked for');
    const sent = result.calls.find(({ operation }) => operation === 'RebuildWorkspaces');
    expect((sent?.at ?? 0) - result.startedAt).toBeGreaterThanOrEqual(14 * 60_000);
  });

  test('and without a word from a person there is no other', async () => {
    const result = await play('a rebuild a minute ago, and no word from a person');
    expect([outcome(result), rebuilds(result), result.output.guard]).toEqual(['NEEDS_HUMAN', 0, 'cooldown']);
  });

  test('an alarm that is older than the end of its incident is a DUPLICATE', async () => {
    const late = await play('an alarm older than the end of its incident');
    expect([outcome(late), late.calls]).toEqual(['DUPLICATE', []]);
    const news = await play('an alarm younger than the end of the last incident');
    expect(outcome(news)).toBe('RECOVERED');
  });
});

describe('when a part of the workflow fails for good', () => {
  test.each<[(typeof STEPS)[number], number]>([
    ['intake', 0],
    ['check', 0],
    ['act', 0],
    ['poll', 1],
  ])('%s: FAILED, told once, and closed', async (service, calls) => {
    const result = await play(`${service} fails for good`);
    expect([outcome(result), result.status, rebuilds(result)]).toEqual(['FAILED', 'FAILED', calls]);
    expect(result.error).toBe('Remediation.FAILED');
    expect(result.cause).toContain('Lambda.ServiceException');
    expect(result.notifications).toHaveLength(1);
    expect(result.notifications[0]?.message).toContain(ID);
    expect(result.states).toContain('Close the incident');
  });

  test('close: the failure is told without it', async () => {
    const result = await play('close fails for good');
    expect(result).toMatchObject({ status: 'FAILED', error: 'Remediation.CloseFailed' });
    expect(result.notifications).toHaveLength(1);
    expect(result.notifications[0]?.message).toContain(ID);
  });

  test('sns: retried, then the execution fails with both causes, and the net tells them', async () => {
    const result = await play('sns fails for good');
    expect(result).toMatchObject({ status: 'FAILED', error: 'Remediation.NotificationFailed' });
    expect(result.notifications).toHaveLength(1);
    for (const said of [result.cause, result.notifications[0]?.message]) {
      expect(said).toContain('SNS.AuthorizationErrorException');
      expect(said).toContain('AWS refused the rebuild');
    }
  });

  test('intake and close: told without either', async () => {
    const result = await play('intake and close fail for good');
    expect(result).toMatchObject({ status: 'FAILED', error: 'Remediation.CloseFailed' });
    expect(result.notifications).toHaveLength(1);
    expect(result.notifications[0]?.message).toContain('ticket 4711');
  });

  test('close and sns: the execution fails with both causes', async () => {
    const result = await play('close and sns fail for good');
    expect(result).toMatchObject({ status: 'FAILED', error: 'Remediation.NotificationFailed' });
    expect(result.cause).toContain('The incident could not be closed');
    expect(result.cause).toContain('SNS.AuthorizationErrorException');
  });

  test('an error that no other try heals is not tried again', async () => {
    const result = await play('an error that no other try heals');
    expect([outcome(result), result.endedAt - result.startedAt]).toEqual(['FAILED', 0]);
    expect(result.cause).toContain('SettingsError');
  });
});

test.each(STEPS)('%s fails twice and passes: nobody notices', async (service) => {
  const result = await play(`${service} fails twice`);
  expect([outcome(result), rebuilds(result), result.notifications.length]).toEqual(['RECOVERED', 1, 0]);
});

test('sns fails twice and passes: told once', async () => {
  const result = await play('sns fails twice');
  expect([outcome(result), result.notifications.length]).toEqual(['FAILED', 1]);
});
