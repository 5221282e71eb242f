import type { DesktopSpec } from './desktop.ts';
import type { Story } from './story.ts';

const DIGITS = 5;

/** The WorkSpaces of a story that only stand by: those that are always well, and those that are stopped. */
export function bystanders({ healthy, stopped }: Pick<Story, 'healthy' | 'stopped'>): DesktopSpec[] {
  const some = (
    counts: Record<string, number>,
    prefix: string,
    more: Pick<DesktopSpec, 'state' | 'runningMode'>,
  ) =>
    Object.entries(counts).flatMap(([directoryId, count]) =>
      Array.from({ length: count }, (_, index): DesktopSpec => {
        const number = String(index).padStart(DIGITS, '0');
        const workspaceId = `${prefix}${directoryId.replace(/^d-/, '')}${number}`;
        return { workspaceId, directoryId, userName: `user${number}`, ...more };
      }),
    );
  return [
    ...some(healthy, 'ws-h', { state: 'AVAILABLE', runningMode: 'ALWAYS_ON' }),
    ...some(stopped, 'ws-z', { state: 'STOPPED', runningMode: 'AUTO_STOP' }),
  ];
}
