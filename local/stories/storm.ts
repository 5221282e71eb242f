/** A storm: many WorkSpaces of one directory break within minutes. */

import { Random } from '../simulation/random.ts';
import { healthyBeside, NOON, rebuilt } from './paths.ts';
import { brokenDesktop } from './samples.ts';
import { alarmAt, named } from './starts.ts';
import type { Story } from './story.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** When the storm of `stormStory` is over, milliseconds after its start. */
export const STORM_ENDS = 45 * MINUTE;

/**
 * Many WorkSpaces of one directory break within five minutes. Most are well again when the storm is over; one in fifty
 * stays broken, and its alarm goes off again.
 */
export function stormStory(seed: number, size: number): Story {
  const random = new Random(seed);
  const desktops = Array.from({ length: size }, (_, index) =>
    brokenDesktop({
      workspaceId: `ws-${String(index).padStart(9, '0')}`,
      ...rebuilt({ takes: 12 * MINUTE }),
      ...(index % 50 !== 0 && { changes: [{ after: STORM_ENDS, state: 'AVAILABLE' }] }),
    }),
  );
  const first = desktops.map(({ workspaceId }) =>
    alarmAt(NOON, workspaceId, random.integer(0, 300) * SECOND),
  );
  const second = desktops
    .filter(({ changes }) => changes === undefined)
    .map(({ workspaceId }) => alarmAt(NOON, workspaceId, 2 * STORM_ENDS + random.integer(0, 60) * SECOND));
  return {
    title: `a storm of ${size}`,
    at: NOON,
    seed,
    desktops,
    healthy: healthyBeside(desktops, Math.floor(size / 4)),
    stopped: {},
    starts: named([...first, ...second].sort((one, other) => one.at - other.at)),
    faults: [],
    parameters: { TurnLimitMinutes: '240' },
  };
}
