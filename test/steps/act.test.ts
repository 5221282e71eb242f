import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import type { Attempt } from '../../functions/incident.ts';
import { type ApiRequest, reply } from '../../local/desk/http.ts';
import { WorkspacesServer } from '../../local/desk/workspaces-server.ts';
import { refused } from '../../local/stories/desktop.ts';
import { brokenDesktop } from '../../local/stories/samples.ts';
import { checked, desk, forgetResults, ID, items, sent, stack, steps, table } from './desk.ts';
import { context, execution, type Fault, overdue } from './harness.ts';

const onRebuild = (how: Fault) => (operation: string) => (operation === 'RebuildWorkspaces' ? how : 'none');

test('accepted: one request, and a wait', async () => {
  const next = await steps.act(await checked(), context);
  expect(next).toMatchObject({
    // From when the data is, as Check has read it.
    attempt: { number: 1, tries: 1, result: 'accepted', dataFrom: expect.stringMatching(/^\d{4}-.+Z$/) },
    decision: { action: 'WATCH', waitSeconds: 120 },
  });
  expect(sent()).toBe(1);
});

test('a repeat of a finished step gets the same result, without a request', async () => {
  const incident = await checked();
  const first = await steps.act(incident, context);
  expect(await steps.act(incident, context)).toEqual(first);
  expect(sent()).toBe(1);
});

test('a repeat after the result was forgotten does not send: unknown', async () => {
  const incident = await checked();
  await steps.act(incident, context);
  await forgetResults();
  const again = await steps.act(incident, context);
  expect(again).toMatchObject({
    attempt: { number: 1, result: 'unknown' },
    decision: {
      action: 'WATCH',
      reason:
        'Whether attempt 1, a rebuild, reached AWS is not known (an earlier run of this step claimed the attempt and did not report): watch what happens.',
    },
  });
  desk.workspaces.setState(ID, 'REBUILDING');
  await forgetResults();
  expect(await steps.act(incident, context)).toMatchObject({ attempt: { result: 'unknown' } });
  expect(sent()).toBe(1);
});

test('ten runs at once send one request', async () => {
  const incident = await checked();
  const all = await Promise.all(Array.from({ length: 10 }, () => steps.act(incident, context)));
  expect(sent()).toBe(1);
  expect(new Set(all.map(({ attempt }) => attempt?.result))).toEqual(new Set(['accepted', 'unknown']));
});

describe('an ambiguous failure is unknown, returned, and not repeated by the SDK', () => {
  test.each<[Fault, number]>([
    ['lost-before', 0],
    ['lost-after', 1],
    ['500', 0],
  ])('%s', async (how, arrived) => {
    let requests = 0;
    desk.fault = (operation) => {
      if (operation === 'RebuildWorkspaces') requests++;
      return onRebuild(how)(operation);
    };
    expect(await steps.act(await checked(), context)).toMatchObject({
      attempt: { result: 'unknown' },
      decision: { action: 'WATCH' },
    });
    expect([requests, sent()]).toEqual([1, arrived]);
  });
});

test('throttled: refused for now, another attempt later', async () => {
  desk.fault = onRebuild('throttled');
  const first = await steps.act(await checked(), context);
  expect(first).toMatchObject({
    attempt: { result: 'refused' },
    decision: { action: 'WAIT', waitSeconds: 60 },
  });
  desk.fault = onRebuild('none');
  const second = await steps.act(await steps.check(first, context), context);
  expect(second).toMatchObject({ attempt: { number: 2, tries: 1, result: 'accepted' } });
  expect(sent()).toBe(1);
});

test('refused for good by FailedRequests: FAILED, with the code', async () => {
  const remedies = { rebuild: [refused('AccessDeniedException', 'Not today')] };
  desk.workspaces = new WorkspacesServer({ now: Date.now, desktops: [brokenDesktop({ remedies })] });
  const next = await steps.act(await checked(), context);
  expect(next.decision).toMatchObject({ action: 'DONE', outcome: 'FAILED' });
  expect(next.decision?.reason).toContain('"AccessDeniedException": "Not today"');
});

test('what healed between Check and Act is looked at again, and not rebuilt', async () => {
  const incident = await checked();
  desk.workspaces.setState(ID, 'AVAILABLE');
  const next = await steps.act(incident, context);
  expect(next.decision).toMatchObject({ action: 'WAIT' });
  const again = await steps.check(next, context);
  expect(again.decision).toMatchObject({ action: 'DONE', outcome: 'ALREADY_HEALTHY' });
  desk.workspaces.setState(ID, 'UNHEALTHY');
  expect(await steps.act(await steps.check(next, context), context)).toMatchObject({
    attempt: { result: 'accepted' },
  });
  expect(sent()).toBe(1);
});

test('an execution that lost its lease stops', async () => {
  const incident = await checked();
  const next = await steps.act({ ...incident, fence: (incident.fence ?? 0) - 1 }, context);
  expect(next.decision).toMatchObject({ action: 'DONE', outcome: 'DUPLICATE' });
  expect(sent()).toBe(0);
});

const isResult = ({ headers, body }: ApiRequest) =>
  String(headers['x-amz-target']).endsWith('UpdateItem') && body.includes('"attempt#');
const unavailable = () => reply(400, { __type: 'ResourceInUseException', message: 'No' });

test('a result that cannot be recorded is returned all the same: throwing would ask for a repeat', async () => {
  const incident = await checked();
  desk.tableFault = (request) => (isResult(request) ? unavailable() : undefined);
  expect(await steps.act(incident, context)).toMatchObject({
    attempt: { result: 'accepted', seenUnderWay: false, unwatched: false },
    decision: { action: 'WATCH', reason: 'AWS accepted attempt 1, a rebuild.' },
  });
  expect(sent()).toBe(1);
});

test('without the table nothing is sent, and the error is thrown', async () => {
  const incident = await checked();
  desk.tableFault = unavailable;
  await expect(steps.act(incident, context)).rejects.toThrow();
  desk.tableFault = ({ body }) => (body.includes('lastAttempt < :attempt') ? unavailable() : undefined);
  await expect(steps.act(incident, context)).rejects.toThrow();
  expect(sent()).toBe(0);
});

test('two runs at once: one asks, the other says that somebody does', async () => {
  const incident = await checked();
  const both = await Promise.all([steps.act(incident, context), steps.act(incident, context)]);
  expect(both.map(({ decision }) => decision?.reason).sort()).toEqual([
    'AWS accepted attempt 1, a rebuild.',
    'Whether attempt 1, a rebuild, reached AWS is not known (another run of this step is making it): watch what happens.',
  ]);
});

test('a person may rebuild an AVAILABLE desktop; nobody else does', async () => {
  desk.workspaces.setState(ID, 'AVAILABLE');
  const taken = await steps.intake(
    { input: { workspaceId: ID, force: true, requestedBy: 'ops@example.com' }, execution },
    context,
  );
  const next = await steps.act(await steps.check(taken, context), context);
  expect(next).toMatchObject({ attempt: { before: 'AVAILABLE', result: 'accepted' } });
});

test('a desktop that changed is only looked at again; whose claim it was makes no difference', async () => {
  const incident = await checked();
  const changed = { action: 'WAIT', reason: 'It became "REBOOTING" between Check and Act: look again.' };
  desk.workspaces.setState(ID, 'REBOOTING');
  expect((await steps.act(incident, context)).decision).toMatchObject(changed);
  // Another execution has taken it over and claimed.
  const id = { S: `WORKSPACE#${ID}` };
  const others = {
    holder: { S: 'other' },
    fence: { N: '9' },
    lastAttempt: { N: '1' },
    leaseUntil: { N: '1' },
  };
  await table.send(new PutItemCommand({ TableName: stack.tableName, Item: { id, ...others } }));
  await forgetResults();
  expect((await steps.act(incident, context)).decision).toMatchObject(changed);
  await table.send(new DeleteItemCommand({ TableName: stack.tableName, Key: { id } }));
  await forgetResults();
  expect((await steps.act(incident, context)).decision).toMatchObject(changed);
  expect(sent()).toBe(0);
});

test.each([
  [false, undefined],
  [true, { rebuild: [refused('Nope', 'Not today')] }],
])('the table remembers a refusal: %s', async (isRefused, remedies) => {
  desk.workspaces = new WorkspacesServer({
    now: Date.now,
    desktops: [brokenDesktop({ ...(remedies && { remedies }) })],
  });
  await steps.act(await checked(), context);
  const record = (await items()).find((item) => item.id?.S === `WORKSPACE#${ID}`);
  expect(record).toMatchObject({ requestRefused: { BOOL: isRefused }, lastAttempt: { N: '1' } });
});

test.each(['fence', 'seen', 'next'])('without %s there is nothing to act on', async (key) => {
  const { [key]: _, ...incident }: Record<string, unknown> = { ...(await checked()) };
  await expect(steps.act(incident, context)).rejects.toThrow(
    'No lease, nothing seen or nothing chosen: Check comes first.',
  );
  expect(sent()).toBe(0);
});

test('a lease is not taken on a reading that a claim has overtaken', async () => {
  const { readRecord, takeLease, claimAttempt } = await import('../../functions/table/leases.ts');
  await checked();
  const before = await readRecord(ID);
  const seen = { at: '2026-11-02T17:05:00Z', state: 'UNHEALTHY' };
  const first = { number: 1, rung: 'rebuild', claimedAt: seen.at } as const;
  expect(await claimAttempt(ID, { executionId: execution.id, fence: 1 }, first, [], seen, 'token')).toBe(
    'claimed',
  );
  // The rebuild that was claimed meanwhile must not be forgotten.
  expect(await takeLease(ID, 'other', before)).toBe(false);
  expect(await takeLease(ID, 'other', await readRecord(ID))).toBe(true);
  expect(
    await claimAttempt(
      ID,
      { executionId: execution.id, fence: 1 },
      { ...first, number: 2 },
      [],
      seen,
      'token',
    ),
  ).toBe('lease-lost');
});

test('the table has every attempt, from the claim on, with what is known of it then', async () => {
  const accepted = await steps.act(await checked(), context);
  const end = 'Attempt 1 (rebuild, accepted) never started.';
  const given = { ...overdue(accepted), attempt: { ...accepted.attempt, end } };
  const again = await steps.act(await steps.check(given, context), context);
  const { tries: _, before: __, unwatched: ___, readAt: ____, ...first } = given.attempt as Attempt;
  expect(again).toMatchObject({ attempts: [first], attempt: { number: 2, tries: 2 } });
  const { readRecord } = await import('../../functions/table/leases.ts');
  const second = {
    number: 2,
    rung: 'rebuild',
    claimedAt: again.attempt?.claimedAt,
    dataFrom: again.attempt?.dataFrom,
    result: 'accepted',
    detail: 'AWS accepted the request.',
    seenUnderWay: false,
    changed: false,
    spent: false,
  };
  expect((await readRecord(ID))?.attempts).toEqual([first, second]);
  // The next incident begins without them.
  const { takeLease } = await import('../../functions/table/leases.ts');
  await takeLease(ID, 'other', await readRecord(ID));
  expect((await readRecord(ID))?.attempts).toBeUndefined();
});

test('what an earlier run left in another state is not held for untouched', async () => {
  const incident = await checked();
  await steps.act(incident, context);
  await forgetResults();
  desk.workspaces.setState(ID, 'ERROR');
  expect((await steps.act(incident, context)).attempt).toMatchObject({
    before: 'UNHEALTHY',
    changed: true,
    seenUnderWay: false,
  });
  await forgetResults();
  desk.workspaces.setState(ID, 'REBUILDING');
  expect((await steps.act(incident, context)).attempt).toMatchObject({
    changed: true,
    seenUnderWay: true,
  });
});

test('a rebuild that shows after all, between Check and the next one, is not made again', async () => {
  const first = await steps.act(await checked(), context);
  const again = await steps.check(overdue(first), context);
  desk.workspaces.setState(ID, 'ERROR');
  const changed = await steps.act(again, context);
  expect(changed.decision).toEqual({
    action: 'WAIT',
    reason: 'It became "ERROR" between Check and Act: look again.',
    waitSeconds: 20,
  });
  const looked = await steps.check(changed, context);
  expect(looked).toMatchObject({
    attempt: {
      number: 1,
      spent: true,
      changed: true,
      end: 'It became ERROR after all, so no second rebuild is requested.',
    },
    decision: { outcome: 'FAILED' },
  });
  expect(sent()).toBe(1);
});

test('once every fact could be read, the passes without one are counted anew', async () => {
  const taken = await steps.intake({ input: { workspaceId: ID }, execution }, context);
  const next = await steps.check({ ...taken, unreadable: 2 }, context);
  expect(next.decision?.action).toBe('ACT');
  expect(next.unreadable).toBeUndefined();
});

test('intake repeated keeps its lease', async () => {
  const input = { input: { workspaceId: ID }, execution };
  const first = await steps.intake(input, context);
  expect(await steps.intake(input, context)).toMatchObject({
    fence: first.fence,
    decision: { action: 'CHECK' },
  });
});

test.each([[undefined], [{}], [{ execution: 5 }], [{ execution }]])(
  'a step refuses %j with a clear error',
  async (event) => {
    await expect(steps.act(event, context)).rejects.toThrow(/version|execution|request|The input is/);
    expect(desk.workspaces.calls).toEqual([]);
  },
);
