import { describe, expect, test } from 'vitest';
import { wishes } from '../../functions/guards/tags.ts';
import { RUNGS } from '../../functions/incident.ts';
import { byHand, incident } from '../policy/fixtures.ts';
import { verdictOf } from './verdict.ts';

describe('wishes', () => {
  const wish = (tags: Record<string, string>, request = incident().request, ladder = [...RUNGS]) => {
    const verdict = wishes(request, tags, { scopeTagKey: 'Heal', ladder });
    return verdictOf('tags', verdict) ?? verdict.remember;
  };
  test('the ladder of the person, before that of the tag, before that of the stack', () => {
    expect(wish({})).toEqual({ ladder: RUNGS });
    expect(wish({ 'Heal:Ladder': 'reboot+rebuild' })).toEqual({ ladder: ['reboot', 'rebuild'] });
    const request = byHand({ ladder: ['restore'] });
    expect(wish({ 'Heal:Ladder': 'reboot' }, request)).toEqual({ ladder: ['restore'] });
    expect(wish({ 'Heal:Ladder': 'reboot' }, byHand())).toEqual({ ladder: ['reboot'] });
    expect(wish({ 'AutoRemediate:Ladder': 'reboot' })).toEqual({ ladder: RUNGS });
    expect(wish({ 'heal:LADDER': 'reboot' })).toEqual({ ladder: ['reboot'] });
    expect(wish({ 'heal:ladder': 'reboot', 'Heal:Ladder': 'reboot' })).toEqual({ ladder: ['reboot'] });
  });
  test('tag and person may only narrow the ladder of the stack', () => {
    const narrowed = (tags: Record<string, string>, request = incident().request) =>
      wish(tags, request, ['reboot', 'restore']);
    expect(narrowed({ 'Heal:Ladder': 'restore+rebuild' })).toEqual({ ladder: ['restore'] });
    expect(narrowed({}, byHand({ ladder: ['reboot', 'rebuild'] }))).toEqual({ ladder: ['reboot'] });
    expect(narrowed({ 'Heal:Ladder': 'rebuild' })).toEqual({
      remember: {},
      held: {
        action: 'DONE',
        outcome: 'NEEDS_HUMAN',
        guard: 'tags',
        reason:
          'Guard tags: the tag "Heal:Ladder" names rebuild, but the stack\'s Ladder allows only reboot,restore. Change the tag, or the stack\'s parameter Ladder.',
      },
    });
    // The person's word stands for the tag's.
    expect(narrowed({ 'Heal:Ladder': 'rebuild' }, byHand({ ladder: ['reboot'] }))).toEqual({
      ladder: ['reboot'],
    });
    expect(narrowed({ 'Heal:Ladder': 'reboot' }, byHand({ ladder: ['rebuild'] }))).toEqual({
      remember: {},
      held: {
        action: 'DONE',
        outcome: 'NEEDS_HUMAN',
        guard: 'ladder',
        reason:
          'Guard ladder: the start\'s ladder names rebuild, but the stack\'s Ladder allows only reboot,restore. Start it again with "ladder": "reboot,restore" or without one, or change the stack\'s parameter Ladder.',
      },
    });
  });
  test.each([
    [
      { 'Heal:Ladder': 're\nboot' },
      'Guard tags: the tag "Heal:Ladder" = "re\\nboot" is not a ladder. Use reboot, restore, rebuild or some of them in this order, joined by +.',
    ],
    [
      { 'Heal:Window': 'nights' },
      'Guard tags: the tag "Heal:Window" = "nights" is not a maintenance window. Use days, hours and a time zone: Mon-Fri 20:00-06:00 Europe/Berlin.',
    ],
    [
      { 'heal:window': 'nights' },
      'Guard tags: the tag "heal:window" = "nights" is not a maintenance window. Use days, hours and a time zone: Mon-Fri 20:00-06:00 Europe/Berlin.',
    ],
    [
      { 'Heal:Ladder': 'reboot', 'heal:ladder': 'rebuild' },
      'Guard tags: the tags "Heal:Ladder" = "reboot" and "heal:ladder" = "rebuild" differ in the case of their keys, which AWS IAM takes for one key, and disagree. Delete all but one.',
    ],
    [
      { 'Heal:Window': 'Daily 20:00-06:00 UTC', 'HEAL:WINDOW': 'Daily 21:00-06:00 UTC' },
      'Guard tags: the tags "Heal:Window" = "Daily 20:00-06:00 UTC" and "HEAL:WINDOW" = "Daily 21:00-06:00 UTC" differ in the case of their keys, which AWS IAM takes for one key, and disagree. Delete all but one.',
    ],
  ])('%j is for a person, quoted', (tags, reason) => {
    // Also when a person asks: what it means is not known.
    for (const request of [undefined, byHand({ ladder: ['reboot'], override: ['window'] })]) {
      expect(wish(tags, request)).toMatchObject({
        held: { action: 'DONE', outcome: 'NEEDS_HUMAN', guard: 'tags', reason },
      });
    }
  });
});
