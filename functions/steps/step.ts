import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import * as v from 'valibot';
import { errorName } from '../aws/clients.ts';
import { type Guard, type Incident, incidentSchema, type OpenIncident } from '../incident.ts';
import { unreadable } from '../policy/guards.ts';
import { show } from '../text.ts';

/** A step was given something that no earlier step of this workflow produces. */
export class StepInputError extends Error {
  override readonly name = 'StepInputError';
}

/** A guard could not read what it has to know. */
class FactError extends Error {
  override readonly name = 'FactError';
  readonly guard: Guard;
  constructor(guard: Guard, cause: unknown) {
    super(`${errorName(cause)}: ${show(cause instanceof Error ? cause.message : cause, 200)}`, { cause });
    this.guard = guard;
  }
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

/** Reads, or notes, what a guard decides by. @throws FactError */
export async function fact<T>(guard: Guard, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new FactError(guard, error);
  }
}

/** The next case, by what the guards say; one that cannot read its fact holds the incident back. */
export async function guarded(
  incident: OpenIncident,
  decide: () => Promise<Partial<Incident>>,
): Promise<Incident> {
  try {
    return { ...incident, ...(await decide()) };
  } catch (error) {
    if (!(error instanceof FactError)) throw error;
    return { ...incident, ...unreadable(incident, error.guard, error.message) };
  }
}
