/** What people read about each guard: in messages, and in docs/guards.md, which `npm run docs` makes of it. */
import type { Guard, Overridable } from './incident.ts';

interface GuardNote {
  /** Where its fact comes from. */
  reads: string;
  /** When it holds an incident back. */
  holdsBack: string;
  /** What becomes of the incident then. */
  outcome: string;
  /** What a person does about it, by the time that it is `NEEDS_HUMAN`. */
  whatToDo: string;
}

/** What may be lost when a person overrides it. */
interface OverrideNote {
  risk: string;
}

/** In the order in which they are asked. */
export const GUARD_NOTES: Readonly<Record<Guard, GuardNote> & Record<Overridable, OverrideNote>> = {
  mode: {
    reads: 'SSM `GetParameter`',
    holdsBack: 'The mode is not `on`.',
    outcome:
      '`SKIPPED`; `NEEDS_HUMAN` when the mode is unknown or unreadable, or was set to `dry-run` after a request had been sent',
    whatToDo:
      'The mode counts for every WorkSpace, not only for this one. Set it in Systems Manager, Parameter Store, /<stack>/mode, to on, dry-run or paused.',
  },
  scope: {
    reads: '`DescribeTags`',
    holdsBack:
      'It is not tagged `AutoRemediate` = `true`. With `Scope=all`: it is tagged `AutoRemediate` = `false`.',
    outcome: '`SKIPPED`; `NEEDS_HUMAN` when a request had been sent before the tag was changed',
    whatToDo:
      'Its tag was changed while it was being healed. AWS goes on with what it has accepted: wait for that, then decide whether the tag is right.',
  },
  tags: {
    reads: 'the same tags',
    holdsBack:
      'Its tag `AutoRemediate:Ladder` or `AutoRemediate:Window` is malformed, or its ladder has no rung that the stack allows.',
    outcome: '`NEEDS_HUMAN`',
    whatToDo: 'Correct the tag that is named above.',
  },
  window: {
    reads: 'the same tags',
    holdsBack: 'Its `AutoRemediate:Window` is closed.',
    outcome: 'waits up to `WindowLimitHours`, then `NEEDS_HUMAN`',
    whatToDo: 'Ask the user whether it may be healed outside of its maintenance window.',
    risk: 'Outside of its window somebody may need the WorkSpace as it is.',
  },
  flapping: {
    reads: 'the last reads',
    holdsBack: 'It has not yet been broken in two reads `ConfirmSeconds` apart.',
    outcome: 'waits, and looks again',
    whatToDo: 'Nothing: it looks again by itself.',
  },
  storm: {
    reads: 'the table, CloudWatch `GetMetricData`',
    holdsBack:
      'More than `MaxUnhealthyPercent` or `MaxUnhealthyCount` of its directory are unhealthy, or had an incident in the last ten minutes.',
    outcome:
      '`NEEDS_HUMAN`, with one message per storm; for `StormCooldownMinutes` after it: waits, four times as long at most, then `NEEDS_HUMAN`',
    whatToDo:
      'Find what the broken WorkSpaces have in common: network, directory or Availability Zone. When the storm is over, look which of them are still broken.',
    risk: 'While the cause lasts a rebuild does not help, and loses what the user has changed since the last snapshot.',
  },
  ladder: {
    reads: 'the ladder, and the state',
    holdsBack: 'No rung is left, or AWS accepts none of them in this state.',
    outcome: '`NEEDS_HUMAN`',
    whatToDo:
      'Look whether the WorkSpace needs something that its ladder does not have: another rung, a migration or a new WorkSpace.',
  },
  cooldown: {
    reads: 'the table',
    holdsBack:
      'A rebuild or restore was requested less than `CooldownHours` ago, or `MaxRebuildsPerWeek` of them in seven days.',
    outcome: '`NEEDS_HUMAN`',
    whatToDo:
      'The last rebuild or restore did not last: look for the cause first (bundle image, user profile, updates), or give the user another WorkSpace.',
    risk: "Another rebuild or restore takes the user's data back to the last snapshot once more.",
  },
  'snapshot-age': {
    reads: '`DescribeWorkspaceSnapshots`, before a rebuild or restore',
    holdsBack: 'There is no snapshot for it, or the newest is older than `MaxSnapshotAgeHours`.',
    outcome: '`NEEDS_HUMAN`, with its age',
    whatToDo: 'Ask the user whether everything that was changed since that snapshot may be lost.',
    risk: "A rebuild or restore loses all that was changed since that snapshot; without a snapshot perhaps all of the user's data.",
  },
  connected: {
    reads: '`DescribeWorkspacesConnectionStatus`',
    holdsBack: 'Somebody is connected, by a check that is less than 15 minutes old.',
    outcome: 'waits up to `ConnectedLimitMinutes`, then `NEEDS_HUMAN`',
    whatToDo: 'Ask the user to save their work and to disconnect.',
    risk: 'Whoever is connected loses what is open.',
  },
  turn: {
    reads: 'the table',
    holdsBack: '`MaxConcurrentRebuilds` others are being healed.',
    outcome:
      'waits up to `TurnLimitMinutes`, in order of arrival, then `NEEDS_HUMAN`; at once when 100 are waiting',
    whatToDo:
      'Many WorkSpaces are being healed: look for a common cause. Try again later, or raise MaxConcurrentRebuilds.',
  },
};

/** What a person does when a guard could not read its fact. */
export const UNREAD =
  'Look why it could not be read: permissions, quotas, or an outage of the AWS service. Nothing was done because of it.';
