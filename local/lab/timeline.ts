import { styleText } from 'node:util';
import { duration } from '../../functions/text.ts';
import type { Violation } from '../simulation/judge/judge.ts';
import type { Happening, RunResult } from './lab.ts';
import { needsPeople, type Summary } from './summary.ts';

/** Prints a run as it happens, one line per happening, with the lab's time. Colours only where they are wanted. */
export class Timeline {
  #start: number | undefined;
  /** When the WorkSpace became what it is now. */
  #since: number | undefined;
  readonly #colour: boolean;
  readonly #write: (line: string) => void;

  constructor(colour: boolean, write: (line: string) => void) {
    this.#colour = colour;
    this.#write = write;
  }

  #paint(style: Parameters<typeof styleText>[0], text: string): string {
    return this.#colour ? styleText(style, text, { validateStream: false }) : text;
  }

  show(happening: Happening): void {
    this.#start ??= happening.at;
    const words = this.#words(happening);
    if (words) this.#write(`${clock(happening.at - this.#start).padStart(8)}  ${words}`);
  }

  #words(happening: Happening): string | undefined {
    switch (happening.kind) {
      case 'rule':
        return `${this.#paint('bold', 'Event')}      matched rule ${happening.name}`;
      case 'state':
        return happening.type === 'Choice' ? undefined : this.#paint('bold', happening.name);
      case 'task':
      case 'stopped':
        return undefined;
      case 'retried':
        return this.#paint('yellow', `           ${happening.name}: failed, tried again`);
      case 'caught':
        return this.#paint('red', `           ${happening.name}: failed, caught`);
      case 'log':
        return `           ${this.#paint('dim', String(happening.entry.message ?? ''))}`;
      case 'net':
        return `${this.#paint('bold', 'Event')}      the execution's end matched rule ${happening.name}`;
      case 'desktop':
        this.#since = happening.at;
        return this.#paint('cyan', `WorkSpace  is ${happening.state}`);
      case 'sns':
        return [
          this.#paint('magenta', `SNS        ${happening.subject}`),
          ...happening.message.split('\n').map((line) => `           | ${line}`),
        ].join('\n          ');
      case 'end':
        return happening.error
          ? this.#paint('red', `Execution  ${happening.status}: ${happening.error}: ${happening.cause ?? ''}`)
          : this.#paint('green', `Execution  ${happening.status}`);
    }
  }

  end(result: RunResult, summary: Summary, violations: Violation[]): void {
    const colour = needsPeople(summary) ? 'red' : 'green';
    this.#write('');
    this.#write(this.#paint(['bold', colour], `${summary.outcome}  ${summary.workspaceId ?? ''}`));
    if (summary.outcome === 'NOT_MATCHED') {
      this.#write('No rule of template.yaml matches this event: nothing was started.');
      return;
    }
    const isWell = summary.outcome === 'RECOVERED';
    const end = (isWell ? this.#since : undefined) ?? result.endedAt;
    const took = duration((end - result.startedAt) / 1000);
    this.#write(
      isWell ? `The user was without a desktop for ${took} after the alarm.` : `The execution took ${took}.`,
    );
    this.#write(
      `${summary.rebuildCalls} rebuild call(s), ${summary.notifications} notification(s), ${summary.transitions} state transitions.`,
    );
    for (const { promise, what } of violations) this.#write(this.#paint('red', `!! ${promise}: ${what}`));
  }
}

function clock(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return `+${parts.map((part) => String(part).padStart(2, '0')).join(':')}`.replace(/^\+00:/, '+');
}
