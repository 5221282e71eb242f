/** What people want of the service: tags, windows, ladders, and its mode. */
import { DateTime } from 'luxon';
import type { Random } from '../../simulation/random.ts';
import type { DesktopSpec } from '../desktop.ts';
import { tagged } from '../paths.ts';
import type { Story } from '../story.ts';
import { SECOND, ZONES } from './times.ts';

/** Now and then somebody sets the mode, and after a while sets it back. */
export function randomMode(random: Random): Pick<Story, 'mode'> {
  if (!random.chance(0.06)) return {};
  const at = random.integer(0, 1_200) * SECOND;
  const value = random.pick<string | null>(['paused', 'paused', 'dry-run', 'ON', null]);
  return {
    mode: [
      { at, value },
      { at: at + random.integer(60, 3_600) * SECOND, value: 'on' },
    ],
  };
}

export function randomTags(random: Random, startedAt: number): Pick<DesktopSpec, 'tags'> {
  const kind = random.weighted({ none: 80, scope: 8, window: 8, ladder: 4 });
  if (kind === 'scope') return { tags: outOfScope(random) };
  if (kind === 'window') {
    const windows = Array.from({ length: random.pick([1, 1, 1, 2, 3]) }, () =>
      randomWindow(random, startedAt),
    );
    return { tags: tagged({ Window: random.chance(0.1) ? badWindow(random) : windows.join(' + ') }) };
  }
  if (kind === 'ladder') {
    return { tags: tagged({ Ladder: random.pick(['reboot', 'reboot+rebuild', 'rebuild reboot', 'none']) }) };
  }
  return {};
}

/** Somebody tags a WorkSpace while it is being healed: takes it out of scope or back in, or changes a wish. */
export function randomRetags(random: Random, startedAt: number): Pick<DesktopSpec, 'retags'> {
  const at = random.integer(0, 1_800) * SECOND;
  const first = random.weighted({ scope: 5, window: 2, ladder: 2 });
  const tags = () => {
    if (first === 'scope') return outOfScope(random);
    return tagged(
      first === 'window'
        ? { Window: randomWindow(random, startedAt) }
        : { Ladder: random.pick(['reboot', 'reboot+restore']) },
    );
  };
  const back = { after: at + random.integer(60, 3_600) * SECOND, tags: { AutoRemediate: 'true' } };
  return { retags: [{ after: at, tags: tags() }, ...(random.chance(0.5) ? [back] : [])] };
}

const outOfScope = (random: Random): Record<string, string> =>
  random.pick<Record<string, string>>([{ AutoRemediate: 'false' }, { autoremediate: 'FALSE' }, {}]);

/** A window that is open at the start, opens some hours later, or on another day. */
function randomWindow(random: Random, startedAt: number): string {
  const zone = random.pick(ZONES);
  const local = DateTime.fromMillis(startedAt, { zone });
  const opens = (local.hour + 24 + random.integer(-8, 8)) % 24;
  const closes = (opens + random.integer(1, 12)) % 24;
  const minute = () => random.pick(['00', '00', '30']);
  const hour = (of: number) => String(of).padStart(2, '0');
  const today = local.setLocale('en-US').toFormat('ccc');
  const days = random.pick(['Daily', 'Daily', 'Mon-Fri', 'Sat-Sun', 'Fri-Mon', today, 'Sun']);
  return `${days} ${hour(opens)}:${minute()}-${hour(closes)}:${minute()} ${zone}`;
}

const badWindow = (random: Random): string =>
  random.pick(['nights', 'Mon-Fri 20:00-06:00', 'Daily 25:00-26:00 UTC', 'Mon 20:00-06:00 Europe/Nowhere']);
