import type { Context } from 'aws-lambda';
import * as v from 'valibot';
import { TEXTS } from '../guards/index.ts';
import { closeInput, type Incident } from '../incident.ts';
import { outcomeOf, type Report, report } from '../policy/report.ts';
import { parseRequest } from '../policy/request.ts';
import { releaseLease } from '../table/leases.ts';
import { logFor } from './step.ts';

/** Ends the incident: outcome, last line of the audit log, lease given back, words for SNS. */
export async function handler(event: unknown, context: Context): Promise<Report> {
  const { error, input, ...known } = v.parse(closeInput, event);
  // When Intake failed there is only the raw input, and still a WorkSpace to name.
  const parsed = known.request ? undefined : parseRequest(input);
  const ended: Incident = { ...known, ...(parsed?.kind === 'request' && { request: parsed.request }) };
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
