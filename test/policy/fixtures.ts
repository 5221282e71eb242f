import type { Attempt, OpenIncident, Request } from '../../functions/incident.ts';
import type { Observation } from '../../functions/observation.ts';
import type { Settings } from '../../functions/settings.ts';

export const START = '2026-11-02T17:05:00.000Z';

export const after = (seconds: number) => new Date(Date.parse(START) + seconds * 1000).toISOString();

/** As the template has them. */
export const SETTINGS: Settings = {
  tableName: 'table',
  topicArn: 'arn:aws:sns:us-east-1:123456789012:topic',
  modeParameter: '/workspaces-remediation/mode',
  scope: 'tagged',
  scopeTagKey: 'AutoRemediate',
  ladder: ['rebuild'],
  maxAttempts: 3,
  busyLimitSeconds: 3600,
  notStartedSeconds: 900,
  deadlineSeconds: 7200,
  rebootDeadlineSeconds: 1200,
  settleSeconds: 600,
  confirmSeconds: 120,
  wakeStopped: true,
  maxUnhealthyPercent: 20,
  maxUnhealthyCount: 50,
  stormCooldownSeconds: 900,
  maxConcurrentRebuilds: 10,
  turnLimitSeconds: 7200,
  cooldownSeconds: 86_400,
  maxRebuildsPerWeek: 2,
  maxSnapshotAgeSeconds: 86_400,
  waitForSnapshotSeconds: 0,
  connectedLimitSeconds: 3600,
  windowLimitSeconds: 86_400,
};

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
  version: 2,
  course: {},
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
  unwatched: false,
  ...more,
});
