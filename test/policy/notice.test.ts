import { expect, test } from 'vitest';
import { noticeOf } from '../../functions/policy/notice.ts';
import { after, byHand, incident, START, seen } from './fixtures.ts';

const forced = byHand({ force: true, requestedBy: 'jdoe' });
const REBUILD = { rung: 'rebuild', dataFrom: after(-5 * 3600) } as const;
const lines = (known: Parameters<typeof incident>[0], next: Parameters<typeof noticeOf>[1] = REBUILD) =>
  noticeOf(incident(known), next, START).notice?.message.split('\n');

test('who asks, for what, what is overridden, what is lost, how to stop it', () => {
  const request = byHand({ force: true, override: ['cooldown', 'storm'], requestedBy: 'jdoe' });
  const about = { userName: 'mmajor', directoryId: 'd-1', computerName: 'PC' };
  expect(noticeOf(incident({ request, seen: seen('AVAILABLE', 0, about) }), REBUILD, START)).toMatchObject({
    notice: { subject: 'About to rebuild WorkSpace ws-8kq3zn1yd' },
    noticed: ['rebuild'],
  });
  expect(lines({ request, seen: seen('AVAILABLE', 0, about) })).toEqual([
    'ABOUT TO REBUILD',
    '',
    'WorkSpace: ws-8kq3zn1yd',
    'User: mmajor',
    'Directory: d-1',
    'Computer: PC',
    'Triggered by: a manual start by "jdoe": "ticket 4711"',
    'What is done now: A rebuild is requested from AWS.',
    'Forced: It is done although it is not broken, if AWS takes it; last seen AVAILABLE.',
    'Overridden: cooldown, storm',
    `What is lost: What the user has changed since ${after(-5 * 3600)}, 5 h ago: the data goes back to that snapshot. Its private IP address changes.`,
    'How to stop it: Stop the execution in the Step Functions console. What AWS has accepted by then cannot be undone.',
    expect.stringMatching(/^Execution: https:\S+#\/v2\/executions\/details\/arn:aws:states:/),
  ]);
});

test('what is lost depends on the rung, and on whether there is a snapshot', () => {
  const request = byHand({ override: ['connected'], requestedBy: 'jdoe' });
  expect(lines({ request }, { rung: 'reboot' })).toContain(
    "What is lost: Work that is not saved. A reboot leaves the user's data as it is.",
  );
  const without = lines({ request }, { rung: 'rebuild' });
  expect(without).toContain(
    "What is lost: Perhaps all of the user's data: there is no snapshot to go back to. Its private IP address changes.",
  );
  expect(without?.join()).not.toMatch(/Forced|User:|undefined/);
});

test('each rung is told of once; what nobody forced or overrode is not told', () => {
  const once = noticeOf(incident({ request: forced }), { rung: 'reboot' }, START);
  expect(once.noticed).toEqual(['reboot']);
  const again = incident({ request: forced, ...once });
  expect(noticeOf(again, { rung: 'reboot' }, START)).toEqual({});
  expect(noticeOf(again, REBUILD, START).noticed).toEqual(['reboot', 'rebuild']);
  for (const request of [byHand(), byHand({ requestedBy: 'jdoe' }), incident().request]) {
    expect(noticeOf(incident({ request }), REBUILD, START)).toEqual({});
  }
});

test('a subject that SNS takes, however long the id', () => {
  const workspaceId = `ws-${'a'.repeat(63)}`;
  const request = byHand({ force: true, requestedBy: 'jdoe', workspaceId });
  const subject = noticeOf(incident({ request }), REBUILD, START).notice?.subject ?? '';
  expect(subject.length).toBeLessThanOrEqual(100);
  expect(subject).toMatch(/^[ -~]+$/);
});
