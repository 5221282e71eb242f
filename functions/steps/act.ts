import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';
import * as v from 'valibot';
import { oncePerAttempt } from '../aws/idempotency.ts';
import { request as ask, type Answer as RequestAnswer } from '../aws/remedies.ts';
import { observe } from '../aws/workspaces.ts';
import { type Asked, type Attempt, asked, type Incident, type OpenIncident } from '../incident.ts';
import type { Observation } from '../observation.ts';
import { afterwards } from '../policy/attempt.ts';
import { type AwsUnavailable, away, isUnavailable } from '../policy/away.ts';
import { afterRequest } from '../policy/course.ts';
import { POLL } from '../policy/pacing.ts';
import { afterRefusal } from '../policy/refusal.ts';
import { mayAct } from '../policy/triage.ts';
import { hasNextRung, RUNG_FACTS } from '../rungs.ts';
import { settings } from '../settings.ts';
import { audit, logFor, openIncident, StepInputError } from '../step.ts';
import { claimAttempt, noteAnswer, readRecord } from '../table/leases.ts';
import { show } from '../text.ts';

/** What became of one attempt. `changed`: the WorkSpace no longer is what Check saw, and nothing was claimed. */
type Answer =
  | (RequestAnswer & {
      at: string;
      before: string;
      /** The state that an earlier run of this step may have left it in. */
      since?: string;
    })
  | { result: 'lease-lost' }
  | { result: 'changed'; state: string };

/** More than an incident can have: each of three rungs is tried five times at most. */
const ATTEMPTS_KEPT = 20;

/** Asks AWS for what Check has chosen, at most once per attempt, whatever crashes, times out or is delivered twice. */
export async function handler(event: unknown, context: Context): Promise<Incident> {
  const incident = openIncident(event);
  const logger = logFor(context, incident);
  const { fence, seen, next: plan } = incident;
  if (fence === undefined || !seen || !plan) {
    throw new StepInputError('No lease, nothing seen or nothing chosen: Check comes first.');
  }
  const number = (incident.attempt?.number ?? 0) + 1;

  let made: Answer | undefined;
  const once = oncePerAttempt(async () => {
    made = await attemptOnce(incident, seen, fence, { number, ...plan });
    return made;
  }, context);
  let answer: Answer;
  try {
    answer = await once({ executionId: incident.execution.id, attempt: number, checkedAt: seen.at });
  } catch (error) {
    const cause = outage(error);
    // Saving the result failed after the request was made: throwing now would make a repeat of it.
    if (made) {
      answer = made;
    } else if (cause) {
      // Nothing was sent by this run. The claim, if it was written, is found by the next.
      const next = later(incident, cause);
      audit('Act', next);
      return next;
    } else {
      if (!(error instanceof Error && error.name === 'IdempotencyAlreadyInProgressError')) throw error;
      answer = {
        result: 'unknown',
        at: new Date().toISOString(),
        before: seen.state,
        detail: 'another run of this step is making it',
      };
    }
    logger.warn('The attempt could not be recorded as finished.', { error: show(String(error)) });
  }
  const next = conclude(incident, plan, number, answer);
  audit('Act', next);
  return next;
}

/** The outage for which a run came to nothing; Powertools has it as the cause of its own error. */
function outage(error: unknown): AwsUnavailable | undefined {
  if (isUnavailable(error)) return error;
  return error instanceof Error && isUnavailable(error.cause) ? error.cause : undefined;
}

/** What was chosen is chosen anew once AWS answers again. */
function later({ next: _, notice: __, ...incident }: OpenIncident, { message }: AwsUnavailable): Incident {
  return { ...incident, ...away(incident, message, new Date().toISOString()) };
}

/** Looks, claims, sends. Throws only while nothing has been sent. */
async function attemptOnce(
  incident: OpenIncident,
  checked: Observation,
  fence: number,
  attempt: Pick<Asked, 'number' | 'rung' | 'dataFrom'>,
): Promise<Answer> {
  const { number, rung } = attempt;
  const { request, execution, course } = incident;
  const now = await observe(request.workspaceId);
  const at = () => new Date().toISOString();
  const earlierRun = (): Answer => ({
    result: 'unknown',
    at: at(),
    before: checked.state,
    since: now.state,
    detail: 'an earlier run of this step claimed the attempt and did not report',
  });
  const last = incident.attempt;
  const isLate = last && !last.spent && afterwards(last, incident.attempts ?? [], now).spent;
  if (isLate || !mayAct(rung, now, { request, course })) {
    const record = await readRecord(request.workspaceId);
    const isOurs = record?.holder === execution.id && record.lastAttempt >= number;
    return isOurs ? earlierRun() : { result: 'changed', state: now.state };
  }
  const lease = { executionId: execution.id, fence };
  const claimedAt = at();
  const claimed = { ...attempt, claimedAt };
  const earlier = earlierAttempts(incident);
  const claim = await claimAttempt(request.workspaceId, lease, claimed, earlier, now, randomUUID());
  if (claim === 'lease-lost') return { result: 'lease-lost' };
  if (claim === 'claimed-before') return earlierRun();
  const answer = await ask(rung, request.workspaceId);
  const answered = { ...claimed, result: answer.result, detail: answer.detail };
  // It is for messages, and spares the next incident a wait; to throw after the request would be worse.
  await noteAnswer(request.workspaceId, execution.id, answered, earlier).catch(() => undefined);
  return { ...answer, at: claimedAt, before: now.state };
}

/** What is known of the attempts before the next one. */
function earlierAttempts({ attempts = [], attempt }: Incident): Asked[] {
  return (attempt ? [...attempts, v.parse(asked, attempt)] : attempts).slice(-ATTEMPTS_KEPT);
}

function conclude(
  incident: OpenIncident,
  { rung, dataFrom }: NonNullable<Incident['next']>,
  number: number,
  answer: Answer,
): Incident {
  // What comes next has to be confirmed and chosen anew.
  const { next: _, notice: __, awaySince: ___, counted: ____, ...before } = incident;
  const known = { ...before, course: { ...before.course, badSince: undefined } };
  if (answer.result === 'lease-lost') {
    const reason = 'Another execution has taken this WorkSpace over; this one stops.';
    return { ...known, decision: { action: 'DONE', outcome: 'DUPLICATE', reason } };
  }
  if (answer.result === 'changed') {
    const reason = `It became ${show(answer.state)} between Check and Act: look again.`;
    return {
      ...known,
      decision: { action: 'WAIT', reason, waitSeconds: POLL.floor },
    };
  }
  const last = incident.attempt;
  const attempts = earlierAttempts(incident);
  const { since = answer.before } = answer;
  // Whatever came between: AWS has not taken it since.
  const refusedSince = last?.rung === rung ? last.refusedSince : undefined;
  const attempt: Attempt = {
    number,
    rung,
    // A refusal that passes is no attempt.
    tries: last?.rung === rung ? last.tries + (last.result === 'refused' ? 0 : 1) : 1,
    spent: false,
    unwatched: false,
    ...(refusedSince && { refusedSince }),
    ...(dataFrom && { dataFrom }),
    claimedAt: answer.at,
    result: answer.result,
    detail: answer.detail,
    before: answer.before,
    seenUnderWay: since === RUNG_FACTS[rung].underWay,
    changed: since !== answer.before,
  };
  if (answer.result === 'refused') {
    const rules = { ...settings(), hasNextRung: hasNextRung(incident.ladder, rung) };
    return { ...known, attempts, ...afterRefusal(attempt, answer.kind, rules) };
  }
  const reason =
    answer.result === 'accepted'
      ? `AWS accepted attempt ${number}, a ${rung}.`
      : `Whether attempt ${number}, a ${rung}, reached AWS is not known (${answer.detail}): watch what happens.`;
  return {
    ...known,
    attempts,
    attempt,
    course: afterRequest(
      incident.course,
      since === answer.before ? undefined : { state: since, at: answer.at },
    ),
    decision: { action: 'WATCH', reason, waitSeconds: RUNG_FACTS[rung].firstWait },
  };
}
