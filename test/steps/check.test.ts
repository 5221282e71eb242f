/** What Check and Act do together about a WorkSpace that stops, that somebody else works on, or while AWS is away. */
import { expect, test } from 'vitest';
import type { Incident } from '../../functions/incident.ts';
import { reply } from '../../local/desk/http.ts';
import { WorkspacesServer } from '../../local/desk/workspaces-server.ts';
import { brokenDesktop } from '../../local/stories/samples.ts';
import { checked, desk, ID, sent, steps, taken } from './desk.ts';
import { context } from './harness.ts';

const away = () => reply(500, { __type: 'InternalServerError', message: 'No' });

test.each([
  [
    'the table',
    () => {
      desk.tableFault = away;
    },
  ],
  [
    'the claim',
    () => {
      desk.tableFault = ({ body }) => (body.includes('lastAttempt < :attempt') ? away() : undefined);
    },
  ],
  [
    'WorkSpaces',
    () => {
      desk.fault = () => '500';
    },
  ],
])('while %s is away nothing is sent, and it is looked at again', async (_, breakIt) => {
  const incident = await checked();
  breakIt();
  const next = await steps.act(incident, context);
  expect(next).toMatchObject({
    awaySince: expect.stringMatching(/Z$/),
    decision: { action: 'WAIT', reason: expect.stringContaining('does not answer') },
  });
  expect(next.next).toBeUndefined();
  expect(sent()).toBe(0);
  desk.tableFault = () => undefined;
  desk.fault = () => 'none';
  const sentNow = await steps.act(await steps.check(next, context), context);
  expect([sentNow.awaySince, sentNow.attempt?.result, sent()]).toEqual([undefined, 'accepted', 1]);
});

test('a look while WorkSpaces is away is no look: what was known is kept', async () => {
  const incident = await taken();
  desk.fault = () => 'throttled';
  const next = await steps.check({ ...incident, unreadable: 2 }, context);
  expect(next.decision).toMatchObject({ action: 'WAIT' });
  const watching = await steps.act(await checkedAgain(next), context);
  desk.fault = () => '500';
  expect((await steps.check(watching, context)).decision).toMatchObject({ action: 'WATCH' });
});

/** Once AWS is there again. */
async function checkedAgain(incident: Incident): Promise<Incident> {
  desk.fault = () => 'none';
  return steps.check(incident, context);
}

test('one that stopped while it was broken is started, once per day', async () => {
  desk.workspaces = new WorkspacesServer({
    now: Date.now,
    desktops: [brokenDesktop({ runningMode: 'AUTO_STOP' })],
  });
  desk.workspaces.setState(ID, 'STOPPED');
  const known = { ...(await taken()), course: { sawBroken: true } };
  const woken = await steps.act(await steps.look(known, context), context);
  expect(woken).toMatchObject({
    attempt: { rung: 'start', result: 'accepted' },
    decision: { action: 'WATCH', waitSeconds: 30 },
  });
  const again = await steps.look(known, context);
  expect(again.decision).toMatchObject({
    outcome: 'NEEDS_HUMAN',
    reason: expect.stringContaining('once per day'),
  });
});

test("somebody's rebuild counts for the cooldown once, however often it is read", async () => {
  desk.workspaces.setState(ID, 'REBUILDING');
  const first = await steps.check(await taken(), context);
  await steps.check({ ...first, course: {} }, context);
  const { readRecord } = await import('../../functions/table/leases.ts');
  expect((await readRecord(ID))?.rebuilds).toEqual([first.seen?.at]);
});
