import type { Attempt, Observation, OpenIncident, Request } from '../../functions/incident.ts';

export const START = '2026-11-02T17:05:00.000Z';

export const after = (seconds: number) => new Date(Date.parse(START) + seconds * 1000).toISOString();

export const PACING = { growthPercent: 10, floorSeconds: 20, ceilingSeconds: 60 };

export const ALARM: Request = {
  source: 'alarm',
  workspaceId: 'ws-8kq3zn1yd',
  alarmName: 'workspace-unhealthy',
  alarmTime: START,
  reason: 'Threshold Crossed',
};

type Manual = Extract<Request, { source: 'manual' }>;

export const byHand = (wishes: Partial<Manual> = {}): Request => ({
  source: 'manual',
  workspaceId: 'ws-8kq3zn1yd',
  reason: 'ticket 4711',
  force: false,
  dryRun: false,
  override: [],
  ...wishes,
});

export const incident = (known: Partial<OpenIncident> = {}): OpenIncident => ({
  version: 1,
  execution: {
    id: 'arn:aws:states:us-east-1:123456789012:execution:workspaces-remediation:one',
    name: 'one',
    startTime: START,
  },
  request: ALARM,
  fence: 1,
  ...known,
});

export const seen = (state: string, seconds = 0, more: Partial<Observation> = {}): Observation => ({
  at: after(seconds),
  state,
  ...more,
});

export const attempt = (more: Partial<Attempt> = {}): Attempt => ({
  number: 1,
  rung: 'rebuild',
  tries: 1,
  spent: false,
  claimedAt: START,
  result: 'accepted',
  detail: 'AWS accepted the request.',
  before: 'UNHEALTHY',
  seenUnderWay: false,
  changed: false,
  brokenReads: 0,
  ...more,
});
