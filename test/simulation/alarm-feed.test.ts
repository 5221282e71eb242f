import FakeTimers from '@sinonjs/fake-timers';
import { afterEach, expect, test } from 'vitest';
import { WorkspacesServer } from '../../local/desk/workspaces-server.ts';
import { AlarmFeed } from '../../local/simulation/alarm-feed.ts';
import type { DesktopSpec } from '../../local/stories/desktop.ts';
import { brokenDesktop } from '../../local/stories/samples.ts';
import type { Alarms, Start, Story } from '../../local/stories/story.ts';

const MINUTE = 60_000;
const NOON = Date.parse('2026-11-02T12:00:00.000Z');
const PUNCTUAL: Alarms = { kinds: ['contributor'], lost: 0, twice: 0, late: 0 };

let clock: FakeTimers.Clock | undefined;
afterEach(() => clock?.uninstall());

interface Sent extends Start {
  /** Minutes after the start. */
  minute: number;
}

/** What the feed delivers of a story without any execution, until it ends by itself. */
function feed(desktops: DesktopSpec[], alarms = PUNCTUAL, more: Partial<Story> = {}) {
  const time = FakeTimers.install({ now: NOON, toFake: ['setTimeout', 'Date'] });
  clock = time;
  const base = { title: '', at: NOON, seed: 5, parameters: {}, healthy: {}, stopped: {}, starts: [] };
  const story: Story = { ...base, desktops, faults: [], alarms, ...more };
  const delivered: Sent[] = [];
  const lost: string[] = [];
  new AlarmFeed({
    story,
    alarms,
    desktops: new WorkspacesServer({ now: () => Date.now(), desktops }),
    later: (milliseconds, task) => setTimeout(task, milliseconds),
    deliver: (start) => delivered.push({ ...start, minute: Math.floor((Date.now() - NOON) / MINUTE) }),
    note: (one) => one.kind === 'lost-alarm' && lost.push(one.start.name),
    isBusy: () => false,
  }).start();
  time.runAll();
  const alarmed = delivered.filter(({ bad }) => bad === undefined);
  return { alarmed, back: delivered.filter(({ bad }) => bad === 'unmatched'), lost };
}

const ID = brokenDesktop().workspaceId;
const since = (minutes: number) => ({ stateSince: minutes * MINUTE });
const at = (minutes: number, state: string) => ({ after: minutes * MINUTE, state });

test('an alarm goes off after the second bad period, once, and its event names the WorkSpace and that time', () => {
  const { alarmed, back } = feed([brokenDesktop({ ...since(1), changes: [at(300, 'UNHEALTHY')] })]);
  expect(alarmed).toHaveLength(1);
  const [alarm] = alarmed;
  expect(alarm).toMatchObject({ name: `${ID}-1`, via: 'bus', workspaceId: ID });
  expect(alarm?.minute).toBeGreaterThanOrEqual(5);
  expect(alarm?.minute).toBeLessThan(7);
  expect(alarm?.input).toMatchObject({
    'detail-type': 'CloudWatch Alarm Contributor State Change',
    detail: {
      alarmContributor: { attributes: { WorkspaceId: ID } },
      state: {
        value: 'ALARM',
        timestamp: new Date(alarm?.alarmTime ?? 0).toISOString().replace('Z', '+0000'),
      },
    },
  });
  expect(back).toEqual([]);
});

test('a well one has none, one that is broken for a moment neither; a relapse has one of its own', () => {
  const relapses = [at(20, 'AVAILABLE'), at(60, 'ERROR')];
  const { alarmed, back } = feed([
    brokenDesktop({ ...since(10), changes: relapses }),
    brokenDesktop({ workspaceId: 'ws-well00000', state: 'AVAILABLE' }),
    brokenDesktop({ workspaceId: 'ws-moment000', ...since(1), changes: [at(4, 'AVAILABLE')] }),
  ]);
  expect(alarmed.map(({ name }) => name)).toEqual([`${ID}-1`, `${ID}-2`]);
  expect(alarmed.map(({ minute }) => minute > 60)).toEqual([false, true]);
  expect(back).toMatchObject([{ input: { detail: { state: { value: 'OK' } } } }]);
});

test('events are lost, doubled or late as the story says, and as late as the numbers', () => {
  const broken = [brokenDesktop(since(2))];
  expect(feed(broken, { ...PUNCTUAL, lost: 1 })).toMatchObject({ alarmed: [], lost: [`${ID}-1`] });
  clock?.uninstall();
  const twice = feed(broken, { ...PUNCTUAL, twice: 1 }).alarmed;
  expect(twice.map(({ name }) => name)).toEqual([`${ID}-1`, `${ID}-1-twice`]);
  expect(twice[0]?.alarmTime).toBe(twice[1]?.alarmTime);
  clock?.uninstall();
  const [late] = feed(broken, { ...PUNCTUAL, late: 1 }).alarmed;
  expect((late?.at ?? 0) + NOON - (late?.alarmTime ?? 0)).toBeGreaterThanOrEqual(MINUTE);
  clock?.uninstall();
  const metrics = { delay: 10 * MINUTE, missing: 0, partial: 0 };
  expect(feed(broken, PUNCTUAL, { metrics }).alarmed[0]?.minute).toBeGreaterThanOrEqual(15);
  clock?.uninstall();
  const both = feed(broken, { ...PUNCTUAL, kinds: ['contributor', 'workspace'] }).alarmed;
  expect(both.map(({ name }) => name)).toEqual([`${ID}-1`, `${ID}-2`]);
});

test('it ends, though a WorkSpace goes up and down for ever', () => {
  const changes = Array.from({ length: 12 }, (_, index) =>
    at(index * 20, index % 2 === 0 ? 'UNHEALTHY' : 'AVAILABLE'),
  );
  expect(feed([brokenDesktop({ changes })]).alarmed).toHaveLength(6);
});
