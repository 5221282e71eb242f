/** What a process has one of: its clock, its randomness, its console. A story has them for itself while it plays. */
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import FakeTimers from '@sinonjs/fake-timers';
import * as v from 'valibot';
import type { Random } from './random.ts';

const realRandom = Math.random;
const realUuid = crypto.randomUUID;

/** Takes them over; `restore` gives them back. */
export function takeOver(
  now: number,
  random: Random,
  onLog: (entry: Record<string, unknown>) => void,
): { clock: FakeTimers.Clock; restore: () => void } {
  const restoreConsole = captureConsole(onLog);
  const clock = FakeTimers.install({ now, toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  Math.random = () => random.fraction();
  crypto.randomUUID = () => uuid(random);
  syncBuiltinESMExports();
  const restore = () => {
    clock.uninstall();
    Math.random = realRandom;
    crypto.randomUUID = realUuid;
    syncBuiltinESMExports();
    restoreConsole();
  };
  return { clock, restore };
}

function uuid(random: Random): `${string}-${string}-${string}-${string}-${string}` {
  const hex = (length: number) => Array.from({ length }, () => random.integer(0, 15).toString(16)).join('');
  return `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;
}

function logEntry(line: string): Record<string, unknown> {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.unknown())), line);
  return parsed.success ? parsed.output : { message: line };
}

/** Takes what the functions log; Powertools' development mode writes to the console. */
function captureConsole(onEntry: (entry: Record<string, unknown>) => void): () => void {
  const levels = ['debug', 'info', 'warn', 'error'] as const;
  const real = levels.map((level) => console[level]);
  for (const level of levels) {
    console[level] = (line: unknown) => {
      onEntry(logEntry(String(line)));
    };
  }
  return () => {
    levels.forEach((level, index) => {
      const original = real[index];
      if (original) console[level] = original;
    });
  };
}
