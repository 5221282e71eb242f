/**
 * Products in which one rule is what it was before the field taught better: each breaks one promise, in a story of the
 * field in which the sound product keeps it.
 */
import * as v from 'valibot';
import type { Edges } from '../../local/simulation/edges.ts';
import { FIELD } from '../../local/stories/catalogue.ts';
import type { Story } from '../../local/stories/story.ts';
import { answers, decides, letPass, refuses, type Unsound } from './unsound.ts';

function field(name: string, more: Partial<Story> = {}): Story {
  const found = FIELD[name];
  if (!found) throw new RangeError(`There is no story ${name}.`);
  return { ...found.story, title: name, ...more };
}

const looked = v.looseObject({
  decision: v.looseObject({ action: v.string() }),
  seen: v.looseObject({ state: v.string(), at: v.string() }),
  course: v.looseObject({}),
});
type Looked = v.InferOutput<typeof looked>;

/** Changes what a step returns with after such a look. */
const after =
  (steps: string[], states: string[], change: (looked: Looked) => object): NonNullable<Edges['result']> =>
  (step, result) => {
    const parsed = v.safeParse(looked, result);
    if (!parsed.success || !steps.includes(step) || !states.includes(parsed.output.seen.state)) return result;
    return { ...parsed.output, ...change(parsed.output) };
  };

const says = (outcome: string): object => ({
  decision: { action: 'DONE', outcome, reason: 'It has looked once.' },
});
const acts = (rung: string): object => ({
  decision: { action: 'ACT', reason: 'It goes on.' },
  ladder: ['rebuild'],
  next: { rung },
});

/** What is over needs no time. */
const settlesAtOnce = after(['check', 'poll'], ['UNHEALTHY', 'ERROR'], ({ course }) => ({
  course: { ...course, endedAt: undefined },
}));

const watching = v.looseObject({
  attempt: v.looseObject({ rung: v.string(), seenUnderWay: v.boolean() }),
  decision: v.looseObject({ action: v.picklist(['WATCH', 'DONE']) }),
  seen: v.looseObject({ state: v.literal('UNHEALTHY') }),
});

/** A reboot that has not helped, or of which nothing was seen, is over: the next rung. */
const goesOn =
  (seenUnderWay: boolean, isDone: boolean): NonNullable<Edges['result']> =>
  (step, result) => {
    const parsed = v.safeParse(watching, result);
    if (!parsed.success || step !== 'poll') return result;
    const { attempt, decision, ...rest } = parsed.output;
    const isMeant = attempt.seenUnderWay === seenUnderWay && (decision.action === 'DONE') === isDone;
    if (attempt.rung !== 'reboot' || !isMeant) return result;
    return {
      ...rest,
      course: {},
      attempt: { ...attempt, seenUnderWay: true, spent: true },
      decision: { action: 'WAIT', reason: 'The next rung.', waitSeconds: 20 },
    };
  };

/** Takes an attribute out of what the table tells a step. */
const forgets = (attribute: string): NonNullable<Edges['answer']> => {
  const value = new RegExp(`"${attribute}":\\{"(?:S|N|SS)":(?:"[^"]*"|\\[[^\\]]*\\])\\},?`);
  return (call, body) =>
    call.endsWith('DynamoDB.GetItem') ? body.replace(value, '').replace(/,\}/, '}') : body;
};

/** While a service is away it gives up. */
const givesUp = (step: string): NonNullable<Edges['result']> =>
  decides(
    step,
    { action: 'DONE', outcome: 'FAILED', reason: 'AWS does not answer.' },
    (incident) => incident.awaySince !== undefined,
  );

const BUSY_REFUSAL = 'OperationInProgressException';
const REBUILD = 'act > WorkSpaces.RebuildWorkspaces';
const REBOOT = 'act > WorkSpaces.RebootWorkspaces';

const ANSWERS: Readonly<Record<string, Unsound>> = {
  'takes a refusal for now as one for good': {
    promise: 'L10',
    story: field(`a rebuild that AWS refuses twice with ${BUSY_REFUSAL}`),
    answer: answers(REBUILD, BUSY_REFUSAL, 'AccessDeniedException'),
  },
  'goes on to the next rung after any refusal': {
    promise: 'no-evidence',
    story: field('a reboot that AWS refuses for now, and that helps'),
    answer: answers(REBOOT, BUSY_REFUSAL, 'OperationNotSupportedException'),
  },
  'asks again for what is never to be had': {
    promise: 'P2',
    story: field('a reboot that the role may not make'),
    answer: answers(REBOOT, 'AccessDeniedException', BUSY_REFUSAL),
  },
  'goes on to the next rung after nothing was seen': {
    promise: 'no-evidence',
    story: field('a reboot of which nothing comes'),
    result: goesOn(false, true),
  },
};

const TIME: Readonly<Record<string, Unsound>> = {
  'lets a reboot no time to settle': {
    promise: 'not-settled',
    story: field('a reboot whose health check takes six minutes more'),
    result: goesOn(true, false),
  },
  "lets somebody's reboot no time to settle": {
    promise: 'not-settled',
    story: field('somebody reboots it, and it needs seven minutes more'),
    result: settlesAtOnce,
  },
  'says FAILED at the first bad look': {
    promise: 'failed-too-soon',
    story: field('a rebuild after which it is UNHEALTHY for three minutes'),
    result: after(['poll'], ['UNHEALTHY'], () => says('FAILED')),
  },
  'counts only what it has asked for itself': {
    promise: 'over-a-person',
    story: field('somebody rebuilds it, and it does not help'),
    answer: forgets('rebuilds'),
  },
  'gives up on maintenance': {
    promise: 'L10',
    story: field('MAINTENANCE for five hours'),
    result: after(['check'], ['MAINTENANCE'], () => says('NEEDS_HUMAN')),
  },
  'gives up on IMPAIRED at once': {
    promise: 'L10',
    story: field('IMPAIRED for six minutes'),
    result: after(['check'], ['IMPAIRED'], () => says('NEEDS_HUMAN')),
  },
  "gives up on somebody's rebuild": {
    promise: 'L10',
    story: field("somebody's rebuild of 75 minutes"),
    result: after(['check'], ['REBUILDING'], () => says('NEEDS_HUMAN')),
  },
  'takes a reboot for stuck at once': {
    promise: 'P1',
    story: field('a long reboot of fifteen minutes'),
    result: after(['check'], ['REBOOTING'], ({ course }) => ({
      ...acts('rebuild'),
      course: { ...course, busy: { state: 'REBOOTING', since: '2026-11-02T00:00:00.000Z' } },
    })),
  },
};

const VERDICTS: Readonly<Record<string, Unsound>> = {
  'takes one good read for health': {
    promise: 'on-one-read',
    story: field('AVAILABLE for ten seconds'),
    result: after(['check'], ['AVAILABLE'], () => says('ALREADY_HEALTHY')),
  },
  'takes one good read for a recovery': {
    promise: 'on-one-read',
    story: field('AVAILABLE for half a minute after the rebuild'),
    result: after(['poll'], ['AVAILABLE'], () => says('RECOVERED')),
  },
  'takes STOPPED for healthy': {
    promise: 'on-one-read',
    story: field('an alarm, and it is stopped: started, and broken'),
    result: after(['check'], ['STOPPED'], () => says('ALREADY_HEALTHY')),
  },
  'asks for something, and is gone': {
    promise: 'unread-verdict',
    story: field('a rebuild after which it is UNHEALTHY for three minutes'),
    result: after(['act'], ['UNHEALTHY'], () => says('NEEDS_HUMAN')),
  },
  'starts what nobody says is broken': {
    promise: 'waking',
    story: field('a ticket, and it is stopped'),
    result: after(['check'], ['STOPPED'], ({ decision }) =>
      decision.action === 'DONE' ? acts('start') : {},
    ),
  },
  'starts it again and again': {
    promise: 'waking',
    story: field('an alarm, and it is stopped: started once a day'),
    answer: forgets('wokenAt'),
  },
  'lets nobody insist while it is STOPPED': {
    promise: 'L1',
    story: field('a person insists while it is STOPPED'),
    result: after(['check'], ['STOPPED'], () => says('NEEDS_HUMAN')),
  },
  'lets nobody insist while it is REBOOTING': {
    promise: 'L1',
    story: field('a person insists while it is REBOOTING'),
    result: after(['check'], ['REBOOTING'], () => says('NEEDS_HUMAN')),
  },
};

const GUARDS: Readonly<Record<string, Unsound>> = {
  'asks for no key': {
    promise: 'volume-key',
    story: field('the key of its volumes: Disabled'),
    result: letPass('volume-key'),
  },
  'asks for no identity': {
    promise: 'identity',
    story: field('joined to Entra, and only a rebuild is allowed'),
    result: letPass('identity'),
  },
  'waits for no snapshot': {
    promise: 'snapshot-age',
    story: field('the next snapshot is due in half an hour'),
    result: letPass('snapshot-age'),
  },
  'sees nothing futile': {
    promise: 'futile',
    story: field('no rebuild helps in a directory'),
    result: letPass('futile'),
  },
  'leaves stopped ones out of their directory': {
    promise: 'L5',
    story: field('at night 47 of 50 are stopped, and two of the others are broken'),
    answer: answers('check > CloudWatch.GetMetricData', /("Id":"stopped"[^}]*"Values":\[)[^\]]*/g, '$1'),
  },
  'takes one incident without numbers for a storm': {
    promise: 'L5',
    story: field('the only one of its directory, in ERROR'),
    result: decides('check', refuses('storm')),
  },
  'counts the permits of the dead': {
    promise: 'L5',
    story: field('all places are taken by one that was stopped'),
    world: { rule: (name) => name !== 'NetRule' },
    rule: (name) => name !== 'NetRule',
    answer: answers('check > StepFunctions.DescribeExecution', /"status":"\w+"/g, '"status":"RUNNING"'),
  },
  'reads tag keys to the letter': {
    promise: 'P6',
    story: field('tagged autoremediate = false, and all are in scope'),
    answer: answers('check > WorkSpaces.DescribeTags', '"autoremediate"', '"other"'),
  },
};

const OUTAGES: Readonly<Record<string, Unsound>> = {
  'gives up while AWS is away': {
    promise: 'outage',
    story: field('WorkSpaces answers 500 for twenty minutes from the start'),
    result: givesUp('check'),
  },
  'gives up a rebuild while AWS is away': {
    promise: 'outage',
    story: field('WorkSpaces throttles everything for an hour while the rebuild is under way'),
    result: givesUp('poll'),
  },
};

export const TURNED_BACK: Readonly<Record<string, Unsound>> = {
  ...ANSWERS,
  ...TIME,
  ...VERDICTS,
  ...GUARDS,
  ...OUTAGES,
};
