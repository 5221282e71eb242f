import type { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import * as v from 'valibot';
import { TEXTS } from '../guards/index.ts';
import { closeInput, foreignState, isDryByHand } from '../incident.ts';
import { finishedOf } from '../policy/futile.ts';
import { type Ended, outcomeOf, type Report, report } from '../policy/report.ts';
import { parseRequest } from '../policy/request.ts';
import { foreignVersion, logFor, stepInput } from '../step.ts';
import { noteFinished, tellerOf } from '../table/futile.ts';
import { releaseLease } from '../table/leases.ts';
import { show } from '../text.ts';

/** Ends the incident: outcome, last line of the audit log, lease given back, words for SNS. */
export async function handler(event: unknown, context: Context): Promise<Report> {
  const { error, ...given } = endedOf(event);
  const logger = logFor(context, given);
  const { outcome, reason } = outcomeOf(given, error);
  const { request } = given;
  const mayHold = request !== undefined && (given.fence !== undefined || error !== undefined);
  const now = new Date().toISOString();
  // Before the lease, and with it the permit, are free for the next one.
  const ended = await noted(given, error ? undefined : outcome, now, logger);
  const released = mayHold && (await releaseLease(request.workspaceId, ended.execution.id, now));
  const closed = report(ended, outcome, reason, TEXTS);
  const level = closed.notify ? 'warn' : 'info';
  logger[level](`Close: ${outcome}. ${reason}`, { step: 'Close', outcome, reason, released, basis: ended });
  return closed;
}

/** People are told once a day, in seconds, that remedies do not help in a directory: that lasts until one does. */
const QUIET = 86_400;

/**
 * What the directory is to remember of it: what its remedies came to, and who tells that none are made any more. Only when
 * it is about to tell does an execution take that upon itself. `outcome` is missing where a step failed.
 */
async function noted(
  ended: Ended,
  outcome: Report['outcome'] | undefined,
  now: string,
  logger: Logger,
): Promise<Ended> {
  const { seen, execution, decision, request, attempt } = ended;
  const directoryId = seen?.directoryId;
  if (directoryId === undefined || request === undefined) return ended;
  try {
    const finished = finishedOf(ended, outcome, now);
    if (finished.length > 0) await noteFinished(directoryId, finished);
    const isHeld = outcome === 'NEEDS_HUMAN' && decision?.action === 'DONE' && decision.guard === 'futile';
    // What was begun is told in any case, and a dry run by hand leaves no trace.
    if (!isHeld || decision.unread || attempt || isDryByHand({ request })) return ended;
    const toldBy = await tellerOf(directoryId, execution.name, QUIET);
    return toldBy === execution.name ? ended : { ...ended, decision: { ...decision, toldBy } };
  } catch (error) {
    // To tell is more urgent.
    logger.warn('What its remedies came to could not be noted.', { error: show(String(error)) });
    return ended;
  }
}

/** When Intake failed there is only the raw input, and no state yet. */
const failedIntake = v.looseObject({ input: v.unknown(), error: v.unknown() });

type Closing = Ended & Pick<v.InferOutput<typeof closeInput>, 'error'>;

/** @throws StepInputError */
function endedOf(event: unknown): Closing {
  const foreign = v.is(failedIntake, event) ? undefined : foreignVersion(event);
  if (foreign !== undefined) {
    const { execution, request } = stepInput(foreignState, event);
    const decision = { action: 'DONE', outcome: 'NEEDS_HUMAN', reason: foreign } as const;
    // What it did stands in parts that cannot be read. It may hold the lease, so that is given back.
    return { execution, ...(request && { request }), fence: 0, attempt: null, decision };
  }
  const { input, ...known } = stepInput(closeInput, event);
  // From the raw input there is still a WorkSpace to name.
  const parsed = known.request ? undefined : parseRequest(input, known.execution.id);
  return { ...known, ...(parsed?.kind === 'request' && { request: parsed.request }) };
}
