/** The words in which the stories of the field are told: a desktop, what becomes of it, and what must come of that. */
import { type Answer, type Change, type DesktopSpec, type RemedyName, refused } from '../desktop.ts';
import { brokenDesktop } from '../samples.ts';
import { alarmAt, byHand, named, type Start, type Wishes } from '../starts.ts';
import { START, type Story } from '../story.ts';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

export const { workspaceId: ID, directoryId: DIRECTORY } = brokenDesktop();

export interface FieldStory {
  story: Story;
  /** How many incidents end so. */
  outcomes: Readonly<Record<string, number>>;
  /** Requests to change a WorkSpace, refused ones too; none of a kind that is not named. */
  calls: Readonly<Partial<Record<RemedyName, number>>>;
  /** What people are told, in one message or another. */
  says?: readonly RegExp[];
}

type Wish = Pick<FieldStory, 'says'> &
  Partial<Omit<Story, 'desktops' | 'starts'>> & {
    /** The desktop, where it is another than the broken one. */
    desktop?: Partial<DesktopSpec>;
    desktops?: DesktopSpec[];
    starts?: Start[];
    ladder?: string;
  };

export const alarm = (workspaceId = ID, at = 0) => alarmAt(START, workspaceId, at, { kind: 'contributor' });
export const hand = (wishes: Wishes = {}, at = 0) => [byHand(ID, at, wishes)];

export function ends(
  outcomes: string | FieldStory['outcomes'],
  calls: FieldStory['calls'],
  { says, desktop, desktops = [brokenDesktop(desktop)], starts = [alarm()], ladder, ...more }: Wish = {},
): FieldStory {
  const parameters = { ...(ladder !== undefined && { Ladder: ladder }), ...more.parameters };
  return {
    story: {
      title: '',
      at: START,
      seed: 1,
      healthy: { [DIRECTORY]: 40 },
      stopped: {},
      faults: [],
      ...more,
      desktops,
      starts: named(starts),
      parameters,
    },
    outcomes: typeof outcomes === 'string' ? { [outcomes]: 1 } : outcomes,
    calls,
    ...(says && { says }),
  };
}

/** States after so many minutes, of themselves. */
export const by = (...states: [minutes: number, state: string][]): Change[] =>
  states.map(([minutes, state]) => ({ after: minutes * MINUTE, state }));
/** Somebody's doing. */
export const bySomebody = (...states: [minutes: number, state: string][]): Change[] =>
  by(...states).map((change) => ({ ...change, byPerson: true }));
/** A request that is taken, with the states that follow, after so many minutes. */
export const taken = (...states: [minutes: number, state: string][]): Answer => ({
  accepted: true,
  steps: by(...states),
});

/** The ladder that AWS advises. */
export const LADDER = 'reboot,rebuild';
export const refusal = (code: string) => refused(code, 'Not at this moment.');
export const refusedTwice = (code: string, then: Answer): Answer[] => [refusal(code), refusal(code), then];

export const AUTO_STOP = { runningMode: 'AUTO_STOP' } as const;
export const STOPPED = { ...AUTO_STOP, state: 'STOPPED' };
