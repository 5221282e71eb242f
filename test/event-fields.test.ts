import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Random } from '../local/simulation/random.ts';
import { badStart } from '../local/stories/random/bad-starts.ts';
import { sample } from '../local/stories/samples.ts';
import { alarmEvent } from '../local/stories/starts.ts';
import { ALARM_KINDS, START } from '../local/stories/story.ts';
import { BASES } from './conformance/patterns/events.ts';
import { NOT_OURS } from './conformance/stack/setting.ts';
import { strangeFields } from './event-fields.ts';
import { changed } from './events.ts';

const isEvent = (value: unknown): boolean => Object.hasOwn(Object(value), 'detail-type');

describe('no fixture has a field that AWS does not document', () => {
  const files = readdirSync('test/events').filter((file) => isEvent(sample(file)));
  test('there are some', () => {
    expect(files.length).toBeGreaterThan(4);
  });
  test.each(files)('test/events/%s', (file) => {
    expect(strangeFields(sample(file))).toEqual([]);
  });
  test.each(ALARM_KINDS)('the alarms of stories: %s', (kind) => {
    expect(strangeFields(alarmEvent(kind, 'ws-0story0001', START))).toEqual([]);
  });
  test.each(BASES)('what the rules are compared on, for %s', (_, event) => {
    expect(strangeFields(event)).toEqual([]);
  });
  test.each(NOT_OURS)('what must start nothing on the stack: %s', (_, event) => {
    expect(strangeFields(event)).toEqual([]);
  });
  test('the bad starts of random stories', () => {
    const inputs = Array.from({ length: 2_000 }, (_, seed) => badStart(new Random(seed)).input);
    const events = inputs.filter(isEvent);
    expect(events.length).toBeGreaterThan(200);
    expect([...new Set(events.flatMap(strangeFields))]).toEqual([]);
  });
});

describe('a field that AWS does not have is found', () => {
  const metric = sample('alarm-workspace.json');
  const contributor = sample('alarm-contributor.json');
  test.each<[unknown, string, unknown, string]>([
    [metric, 'detail.muteDetail', { mutedBy: 'night' }, 'detail.muteDetail.mutedBy'],
    [metric, 'detail.state.actionsSuppressedBy', 'WaitPeriod', 'detail.state.actionsSuppressedBy'],
    [contributor, 'detail.state.actionsSuppressedBy', 'Alarm', 'detail.state.actionsSuppressedBy'],
    [contributor, 'detail.state.reasonData', '{"version":"1.0"}', 'detail.state.reasonData{}.version'],
    [contributor, 'detail.previousState', { value: 'OK' }, 'detail.previousState.value'],
    [metric, 'detail.alarmContributor', { id: '1' }, 'detail.alarmContributor.id'],
    [metric, 'detail.state.reasonData', '{"unit":"Count"}', 'detail.state.reasonData{}.unit'],
    [metric, 'trace', [1], 'trace[]'],
  ])('%#', (event, path, value, strange) => {
    expect(strangeFields(changed(event, path, value))).toEqual([strange]);
  });
  test('an event of no kind is an error', () => {
    expect(() => strangeFields({ 'detail-type': 'CloudWatch Alarm Configuration Change' })).toThrow();
    expect(() => strangeFields(null)).toThrow();
  });
});
