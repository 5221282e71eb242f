import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import * as v from 'valibot';
import type { Pass } from '../guards/guard.ts';
import { type Incident, incidentSchema, type OpenIncident } from '../incident.ts';
import { pacingSettings } from '../settings.ts';
import { show } from '../text.ts';

/** A step was given something that no earlier step of this workflow produces. */
export class StepInputError extends Error {
  override readonly name = 'StepInputError';
}

const logger = new Logger();

/** Names the incident on every line that is logged from here on. */
export function logFor(context: Context, incident: Pick<Incident, 'execution' | 'request'>): Logger {
  logger.resetKeys();
  logger.appendKeys({
    incidentId: incident.execution.name,
    execution: incident.execution.id,
    startedUnder: incident.execution.roleArn,
    workspaceId: incident.request?.workspaceId ?? null,
    requestId: context.awsRequestId,
  });
  return logger;
}

/** One line of the audit log: what was decided, and all that it was based on. */
export function audit(step: string, incident: Incident): void {
  const { execution: _, decision, ...basis } = incident;
  logger.info(`${step}: ${decision?.action ?? 'ERROR'}. ${decision?.reason ?? ''}`, {
    step,
    decision,
    basis,
  });
}

/** An incident whose request was understood. @throws StepInputError */
export function openIncident(event: unknown): OpenIncident {
  const parsed = v.safeParse(incidentSchema, event);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new StepInputError(
      `${v.getDotPath(issue) ?? 'The input'} ${issue.message}. Start the workflow, not one of its functions.`,
    );
  }
  const { request } = parsed.output;
  if (!request) throw new StepInputError(`The incident has no request: ${show(event)}.`);
  return { ...parsed.output, request };
}

/** What every guard is given. */
export const passOf = (incident: OpenIncident): Pass => ({
  incident,
  now: () => new Date().toISOString(),
  pacing: pacingSettings,
});
