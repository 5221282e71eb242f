/** A story that is a JSON file, read into the one vocabulary of stories. */
import * as v from 'valibot';
import { show } from '../../functions/text.ts';
import { UsageError } from '../lab/command.ts';
import { bystanders } from './bystanders.ts';
import {
  type Answer,
  accepted,
  type Change,
  type DesktopSpec,
  REMEDIES,
  type RemedyName,
} from './desktop.ts';
import { brokenDesktop, ownStart } from './samples.ts';
import { alarmEvent } from './starts.ts';
import { START, type Start, type Story } from './story.ts';
import {
  type AnswerForm,
  type DesktopForm,
  type StartForm,
  type StoryForm,
  storyForm,
  workspaceId,
} from './story-form.ts';

/** States that a WorkSpace comes to by somebody's request only. */
const SOMEBODYS = new Set(['REBOOTING', 'RESTORING', 'REBUILDING']);

/** A story as the lab plays it, and which keys of the file it leaves out of account. @throws UsageError */
export function readStory(json: unknown): { story: Story; ignored: string[] } {
  const parsed = v.safeParse(storyForm, json);
  if (!parsed.success) throw new UsageError(whatIsWrong(parsed.issues[0]));
  const form = parsed.output;
  const at = form.at ?? START;
  const groups = form.desktops.map((desktop, index) => copies(desktop, form.spread, `desktops[${index}]`));
  const desktops = groups.flat();
  const { title, parameters, healthy, stopped } = form;
  const story: Story = {
    title,
    at,
    seed: 1,
    parameters,
    desktops,
    healthy,
    stopped,
    ...(form.directories && { directories: form.directories }),
    starts: startsOf(form, at, groups),
    ...(form.mode && { mode: form.mode.map(({ after, value }) => ({ at: after, value })) }),
    outages: (form.outages ?? []).map(({ to = Number.POSITIVE_INFINITY, ...rest }) => ({ ...rest, to })),
    faults: [],
    until: lastOf(form, desktops),
  };
  noTwoAlike([...desktops, ...bystanders(story)]);
  return { story, ignored: ignoredIn(form) };
}

function whatIsWrong(issue: v.BaseIssue<unknown>): string {
  const place = (issue.path ?? [])
    .map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
  const where = place === '' ? 'The story' : `The story's ${show(place, 200).slice(1, -1)}`;
  if (issue.kind === 'schema' && issue.received === 'undefined') return `${where} is missing.`;
  return `${where} is ${show(issue.path?.at(-1)?.value ?? issue.input)}: ${issue.message}.`;
}

/** The ith of several that are named alike: digits at the end are a number of that width, others get theirs. */
function numbered(name: string, index: number): string {
  const [digits = ''] = /\d+$/.exec(name) ?? [];
  if (digits === '') return index === 0 ? name : `${name}${index}`;
  const next = (BigInt(digits) + BigInt(index)).toString().padStart(digits.length, '0');
  return name.slice(0, -digits.length) + next;
}

/** How much later the ith of so many breaks, and its alarm goes off. */
const offset = (index: number, count: number, spread: number) => Math.round((spread * index) / count);

/** The desktops that one entry of the file stands for. @throws UsageError */
function copies(form: DesktopForm, spread: number, place: string): DesktopSpec[] {
  const { count } = form;
  const one = brokenDesktop();
  return Array.from({ length: count }, (_, index) => {
    const id = numbered(form.workspaceId ?? one.workspaceId, index);
    const parsed = v.safeParse(workspaceId, id);
    if (!parsed.success)
      throw new UsageError(
        `The story's ${place}.workspaceId makes ${show(id)}: ${parsed.issues[0].message}.`,
      );
    return {
      workspaceId: id,
      directoryId: form.directoryId ?? one.directoryId,
      userName: numbered(form.userName ?? one.userName, index),
      state: form.state ?? one.state,
      runningMode: form.runningMode ?? one.runningMode,
      ...(form.stateSince !== undefined && { stateSince: form.stateSince }),
      ...(form.tags && { tags: form.tags }),
      ...(form.errorCode !== undefined && { errorCode: form.errorCode }),
      ...(form.errorMessage !== undefined && { errorMessage: form.errorMessage }),
      ...(form.volumeKey && { volumeKey: form.volumeKey }),
      ...(form.changes && { changes: changesOf(form.changes, offset(index, count, spread)) }),
      ...(form.remedies && { remedies: remediesOf(form.remedies) }),
      ...(form.snapshots && { snapshots: snapshotsOf(form.snapshots) }),
      ...(form.connected && {
        connected: form.connected.map(({ from, to = Number.POSITIVE_INFINITY }) => ({ from, to })),
      }),
    };
  });
}

/** What somebody began, its end belongs to. */
function changesOf(changes: NonNullable<DesktopForm['changes']>, later: number): Change[] {
  let wasSomebodys = false;
  return changes
    .toSorted((one, other) => one.after - other.after)
    .map(({ after, state }) => {
      const isSomebodys = SOMEBODYS.has(state);
      const byPerson = isSomebodys || wasSomebodys;
      wasSomebodys = isSomebodys;
      return { after: after + later, state, ...(byPerson && { byPerson }) };
    });
}

function remediesOf(forms: NonNullable<DesktopForm['remedies']>): NonNullable<DesktopSpec['remedies']> {
  const remedies: Partial<Record<RemedyName, Answer[]>> = {};
  for (const kind of REMEDIES) {
    const given = forms[kind];
    if (given) remedies[kind] = given.map((form) => answerOf(kind, form));
  }
  return remedies;
}

/** An accepted request of which nothing is said ends well, as one without a remedy does. */
function answerOf(kind: RemedyName, { refused, then: steps }: AnswerForm): Answer {
  if (refused) return { refused, steps: steps ?? [] };
  return steps ? { accepted: true, steps } : accepted(kind);
}

function snapshotsOf({
  rebuild,
  restore,
}: NonNullable<DesktopForm['snapshots']>): DesktopSpec['snapshots'] & {} {
  return {
    ...(rebuild !== undefined && { rebuild: [rebuild] }),
    ...(restore !== undefined && { restore: [restore] }),
  };
}

/** In order of time; an alarm for the first of several is one for each. */
function startsOf({ starts, spread }: StoryForm, at: number, groups: DesktopSpec[][]): Start[] {
  return starts
    .flatMap((form) => startOf(form, spread, at, groups))
    .toSorted((one, other) => one.at - other.at)
    .map((start, index) => ({ ...start, name: `e${index + 1}` }));
}

function startOf(form: StartForm, spread: number, at: number, groups: DesktopSpec[][]): Start[] {
  const { after, alarm } = form;
  if (alarm !== undefined) {
    const group = groups.find(([first]) => first?.workspaceId === alarm) ?? [{ workspaceId: alarm }];
    return group.map(({ workspaceId: id }, index): Start => {
      const later = after + offset(index, group.length, spread);
      const alarmTime = at + later;
      const input = alarmEvent('contributor', id, alarmTime);
      return { name: '', at: later, via: 'bus', input, workspaceId: id, alarmTime };
    });
  }
  if (Object.hasOwn(form, 'event')) return [ownStart('', after, 'bus', form.event)];
  return Object.hasOwn(form, 'input') ? [ownStart('', after, 'console', form.input)] : [];
}

/** When the last thing of the file happens; what never ends does not count. */
function lastOf({ mode = [], outages = [] }: StoryForm, desktops: DesktopSpec[]): number {
  const times = [
    ...mode.map(({ after }) => after),
    ...outages.map(({ from, to = from }) => to),
    ...desktops.flatMap(({ changes = [] }) => changes.map(({ after }) => after)),
    ...desktops.flatMap(({ connected = [] }) =>
      connected.map(({ from, to }) => (Number.isFinite(to) ? to : from)),
    ),
  ];
  return times.reduce((last, each) => Math.max(last, each), 0);
}

/** @throws UsageError */
function noTwoAlike(desktops: DesktopSpec[]): void {
  const seen = new Set<string>();
  for (const { workspaceId: id } of desktops) {
    if (seen.has(id))
      throw new UsageError(`Two WorkSpaces of the story have the id ${show(id)}; each needs its own.`);
    seen.add(id);
  }
}

/** Where the file has keys for what the lab cannot play yet. */
function ignoredIn({ quotas, sweep, starts }: StoryForm): string[] {
  return [
    ...(quotas ? ['quotas'] : []),
    ...(sweep === undefined ? [] : ['sweep']),
    ...starts.flatMap(({ approve }, index) => (approve === undefined ? [] : [`starts[${index}].approve`])),
  ];
}
