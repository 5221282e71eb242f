import type { Context } from 'aws-lambda';
import * as v from 'valibot';
import { TEXTS } from '../guards/index.ts';
import { closeInput, foreignState } from '../incident.ts';
import { type Ended, outcomeOf, type Report, report } from '../policy/report.ts';
import { parseRequest } from '../policy/request.ts';
import { foreignVersion, logFor, stepInput } from '../step.ts';
import { releaseLease } from '../table/leases.ts';

/** Ends the incident: outcome, last line of the audit log, lease given back, words for SNS. */
export async function handler(event: unknown, context: Context): Promise<Report> {
  const { error, ...ended } = endedOf(event);
  const logger = logFor(context, ended);
  const { outcome, reason } = outcomeOf(ended, error);
  const { request } = ended;
  const mayHold = request !== undefined && (ended.fence !== undefined || error !== undefined);
  const now = new Date().toISOString();
  const released = mayHold && (await releaseLease(request.workspaceId, ended.execution.id, now));
  const closed = report(ended, outcome, reason, TEXTS);
  const level = closed.notify ? 'warn' : 'info';
  logger[level](`Close: ${outcome}. ${reason}`, { step: 'Close', outcome, reason, released, basis: ended });
  return closed;
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
