/** Parameters of the stack of a random story. */
import type { Random } from '../../simulation/random.ts';

/** Those of the template itself, but for the scope, or others. */
export function randomParameters(random: Random): Record<string, string> {
  const Scope = random.pick(['tagged', 'tagged', 'all']);
  if (random.chance(0.2)) return { Scope };
  return {
    Scope,
    MaxAttempts: String(random.integer(1, 3)),
    NotStartedMinutes: String(random.integer(5, 15)),
    DeadlineMinutes: random.pick(['30', '60', '120']),
    BusyLimitMinutes: random.pick(['10', '60']),
    Ladder: random.pick([
      'rebuild',
      'rebuild',
      'rebuild',
      'rebuild',
      'reboot,rebuild',
      'restore',
      'reboot,restore,rebuild',
    ]),
    RebootDeadlineMinutes: random.pick(['10', '30']),
    SettleMinutes: random.pick(['1', '10', '10', '30']),
    WakeStopped: random.pick(['true', 'true', 'true', 'false']),
    WaitForSnapshotMinutes: random.pick(['0', '0', '0', '60', '720']),
    ConfirmSeconds: random.pick(['30', '120', '300']),
    MaxUnhealthyPercent: random.pick(['5', '20', '20', '50']),
    MaxUnhealthyCount: random.pick(['1', '50', '50', '50']),
    StormCooldownMinutes: random.pick(['5', '15']),
    MaxConcurrentRebuilds: random.pick(['1', '2', '10']),
    TurnLimitMinutes: random.pick(['10', '120']),
    CooldownHours: random.pick(['1', '1', '24']),
    MaxRebuildsPerWeek: random.pick(['1', '2']),
    MaxSnapshotAgeHours: random.pick(['6', '24']),
    ConnectedLimitMinutes: random.pick(['10', '60']),
    WindowLimitHours: random.pick(['1', '12', '24']),
  };
}
