import { type GuardTexts, UNREAD } from '../guards/guard.ts';
import {
  type Asked,
  type Caught,
  type Guard,
  type Incident,
  isManual,
  type Outcome,
  OVERRIDABLE,
  type Request,
} from '../incident.ts';
import type { Observation } from '../observation.ts';
import { RUNG_FACTS, requestsOf } from '../rungs.ts';
import { cut, reasonOf, show } from '../text.ts';
import { isUnwell } from './course.ts';

/** How an incident ended, and what is said about it. The workflow's last choices read this. */
export interface Report {
  outcome: Outcome;
  reason: string;
  workspaceId: string | null;
  /** What held it back, if a guard did. */
  guard: Guard | null;
  /** Whether it goes to SNS. */
  notify: boolean;
  /** Whether the execution ends as failed. */
  failed: boolean;
  subject: string;
  message: string;
  /** Error and Cause of the execution, when it failed. */
  error: string;
  cause: string;
}

/** What an end is drawn from: an incident, or what there was of it when a task failed. */
export type Ended = Omit<Incident, 'attempt' | 'version' | 'course'> & {
  /** `null`: not known. */
  attempt?: Asked | null | undefined;
  /** It could not be read at the end: what was seen is from when its last request was claimed. */
  isUnread?: boolean;
};

type Manual = Extract<Request, { source: 'manual' }>;

/** SNS takes subjects of up to 100 ASCII characters without line breaks (API reference, Publish). */
const SUBJECT_LENGTH = 100;

/** Longest cause told: Step Functions takes 32,768 characters, a person far fewer. */
const CAUSE_LENGTH = 1000;

const WHAT_NOW: Readonly<Partial<Record<Outcome, string>>> = {
  REJECTED:
    'Nothing was touched. Correct the input, or the alarm that sent it, and start the workflow again.',
  FAILED:
    'Look at the WorkSpace in the WorkSpaces console; its user may be without a desktop. While it is REBOOTING, RESTORING or REBUILDING, AWS is still at work: wait until that is over. When it is clear what went wrong, start the workflow by hand, or restore or recreate the WorkSpace.',
};

/** What a person can do, with the very input to paste; what is lost comes before how to do it. */
function whatNow({ decision }: Ended, outcome: Outcome, workspaceId: string, texts: GuardTexts): string {
  if (outcome !== 'NEEDS_HUMAN') return WHAT_NOW[outcome] ?? 'Nothing.';
  const { guard, unread } = decision?.action === 'DONE' ? decision : {};
  const first = unread
    ? UNREAD
    : guard
      ? texts[guard].whatToDo
      : 'Look at the WorkSpace in the WorkSpaces console and put right what is named above.';
  const again = `If it is still broken then, start the workflow by hand with {"workspaceId": "${workspaceId}", "reason": "…"}.`;
  const name = OVERRIDABLE.find((one) => one === guard);
  if (name === undefined) return `${first} ${again}`;
  return `${first} ${again} ${texts[name].risk} If that is acceptable, add "override": ["${name}"] and "requestedBy": "…" to override this guard.`;
}

/** How the incident ended. An error caught by the workflow is a failure, whatever was decided before. */
export function outcomeOf(ended: Ended, error: Caught | undefined): { outcome: Outcome; reason: string } {
  if (error) {
    const cause = lambdaMessage(error.Cause);
    return { outcome: 'FAILED', reason: `A step of the workflow failed with ${show(error.Error)}${cause}.` };
  }
  const { decision } = ended;
  if (decision?.action === 'DONE') return { outcome: decision.outcome, reason: decision.reason };
  return {
    outcome: 'FAILED',
    reason: `The workflow ended without an outcome; its last decision was ${show(decision?.action)}.`,
  };
}

/** Lambda puts `{errorType, errorMessage}` into Cause. */
function lambdaMessage(cause: string | undefined): string {
  if (!cause) return '';
  const message = /"errorMessage"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(cause)?.[1];
  return `: ${show(message ?? cause)}`;
}

/** The report of an ended incident, readable by someone who was just woken up. */
export function report(ended: Ended, outcome: Outcome, why: string, texts: GuardTexts): Report {
  const reason = why.toWellFormed();
  const workspaceId = ended.request?.workspaceId ?? null;
  const failed = outcome === 'FAILED' || outcome === 'REJECTED';
  const held = !failed && ended.decision?.action === 'DONE' ? ended.decision : undefined;
  const cause = cut(`${outcome}: ${reason}`, CAUSE_LENGTH);
  const now = whatNow(ended, outcome, workspaceId ?? '…', texts);
  return {
    outcome,
    reason,
    workspaceId,
    guard: held?.guard ?? null,
    notify: failed || (outcome === 'NEEDS_HUMAN' && held?.toldBy === undefined),
    failed,
    subject: cut(`WorkSpace ${workspaceId ?? '(none named)'}: ${outcome}`, SUBJECT_LENGTH),
    message: message(ended, outcome, reason, { guard: held?.guard, now }),
    error: `Remediation.${outcome}`,
    cause,
  };
}

function message(
  ended: Ended,
  outcome: Outcome,
  reason: string,
  { guard, now }: { guard: Guard | undefined; now: string },
): string {
  const { request, seen, execution, attempt } = ended;
  const all = requestsOf(ended);
  const asked =
    request === undefined
      ? undefined
      : request.source === 'alarm'
        ? `the CloudWatch alarm ${show(request.alarmName)} at ${request.alarmTime}`
        : `${byWhom(request)}${request.force ? ' (force)' : ''}${request.dryRun ? ' (dry run)' : ''}`;
  const overridden = request && isManual(request) && request.override.join(', ');
  const lines: [string, string | undefined][] = [
    ['WorkSpace', request?.workspaceId ?? 'none named'],
    ['User', seen?.userName && show(seen.userName).slice(1, -1)],
    ['Directory', seen?.directoryId],
    ['Computer', seen?.computerName && show(seen.computerName).slice(1, -1)],
    ['Triggered by', asked],
    ['Overridden', overridden || undefined],
    ['What was tried', attempt === null ? 'Not known: look at the execution.' : tried(all, reason)],
    ["The user's data", dataLine(all)],
    // When no rung was left, the notes are the reason itself.
    ['Skipped', guard === undefined ? ended.notes?.join(' ') : undefined],
    ['What happened', reason],
    seenLine(ended),
    ["AWS's error", awsError(seen)],
    ['What to do now', now],
    ['Execution', consoleLink(execution.id)],
  ];
  const facts = lines.filter((line): line is [string, string] => Boolean(line[1]));
  return [`${outcome}`, '', ...facts.map(([name, value]) => `${name}: ${value}`)].join('\n').toWellFormed();
}

/** In which state it was, and when. */
function seenLine({ seen, isUnread = false }: Ended): [string, string | undefined] {
  const then = seen && `${show(seen.state).slice(1, -1)} at ${seen.at}`;
  if (!isUnread) return ['Last seen', then];
  if (!then) return ['Last seen', 'not known: it could not be read'];
  return ['Seen before its last request', `${then}; what it is now could not be read`];
}

/** What AWS says about one that is broken. */
function awsError(seen: Observation | undefined): string | undefined {
  if (!seen) return undefined;
  const { errorCode, errorMessage } = seen;
  return errorCode || errorMessage || isUnwell(seen) ? reasonOf(errorCode, errorMessage) : undefined;
}

/** Who started it by hand, and why. */
export function byWhom({ requestedBy, reason }: Manual): string {
  return `a manual start${requestedBy === undefined ? '' : ` by ${show(requestedBy)}`}: ${show(reason)}`;
}

/** Every attempt of the incident: what AWS answered, and what came of it. */
function tried(attempts: readonly Asked[], reason: string): string {
  if (attempts.length === 0) return 'No request was sent to AWS.';
  return attempts
    .map(({ rung, number, claimedAt, result, detail, seenUnderWay, end }) => {
      const name = rung.charAt(0).toUpperCase() + rung.slice(1);
      const why = result === 'accepted' || detail === '' ? '' : ` (${detail})`;
      const answered = { accepted: 'accepted by AWS', refused: 'refused by AWS', unknown: 'result unknown' };
      const seen = seenUnderWay ? ', seen under way' : '';
      // The last attempt's end usually is what happened: it is said once.
      const then = end === undefined || reason.includes(end) ? '' : ` ${end}`;
      return `${name}, attempt ${number}, at ${claimedAt}: ${answered[result]}${why}${seen}.${then}`;
    })
    .join(' ');
}

/** The snapshot that the data may have gone back to: newest attempt first, down to one that surely took effect. */
function dataLine(attempts: readonly Asked[]): string | undefined {
  const lines: string[] = [];
  for (const { rung, result, claimedAt, dataFrom, seenUnderWay, changed } of [...attempts].reverse()) {
    if (!RUNG_FACTS[rung].losesData || result === 'refused') continue;
    const isMade = seenUnderWay || changed;
    const time = dataFrom ?? 'a time that is not known';
    lines.push(`${isMade ? 'is' : 'may be'} as of ${time}, after the ${rung} at ${claimedAt}`);
    if (isMade) break;
  }
  return lines.length > 0 ? lines.join('; otherwise it ') : undefined;
}

/**
 * Partitions with a console of their own.
 * @see https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/configure-account.html
 * @see https://docs.amazonaws.cn/en_us/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */
const CONSOLES: Readonly<Record<string, string>> = {
  'aws-us-gov': 'console.amazonaws-us-gov.com',
  'aws-cn': 'console.amazonaws.cn',
};

/** The execution in the Step Functions console. */
export function consoleLink(executionArn: string): string {
  const parts = executionArn.toWellFormed().split(':').map(encodeURIComponent);
  const [, partition = '', , region = ''] = parts;
  const home = CONSOLES[partition] ?? 'console.aws.amazon.com';
  return `https://${region}.${home}/states/home?region=${region}#/v2/executions/details/${parts.join(':')}`;
}
