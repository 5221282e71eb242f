import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import * as v from 'valibot';
import { type Incident, incidentSchema, type OpenIncident, STATE_VERSION } from './incident.ts';
import { show } from './text.ts';

/** A step was given something that no earlier step of this workflow produces. */
export class StepInputError extends Error {
  override readonly name = 'StepInputError';
}

/** The state is of a version that this code does not know: the stack was changed while the execution ran. */
class StateVersionError extends Error {
  override readonly name = 'StateVersionError';
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

const versioned = v.looseObject({ execution: v.unknown(), version: v.optional(v.unknown()) });

/** Why an execution's state cannot be read, if it is in another version. */
export function foreignVersion(state: unknown): string | undefined {
  const parsed = v.safeParse(versioned, state);
  if (!parsed.success || parsed.output.version === STATE_VERSION) return undefined;
  return `The execution's state has version ${show(parsed.output.version)}, and this function knows ${STATE_VERSION}: the stack was changed while it ran. It does nothing more.`;
}

/** What a step was given, if an earlier one can have written it. @throws StepInputError */
export function stepInput<T extends v.GenericSchema>(schema: T, event: unknown): v.InferOutput<T> {
  const parsed = v.safeParse(schema, event);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const path = v.getDotPath(issue);
  const field = path === null ? 'The input' : show(path).slice(1, -1);
  const wrong =
    issue.input === undefined
      ? 'is missing'
      : `is ${show(issue.input)}, which no step of this workflow writes`;
  throw new StepInputError(`${field} ${wrong}. Start the workflow, not one of its functions.`);
}

/** An incident whose request was understood. @throws StateVersionError, StepInputError */
export function openIncident(event: unknown): OpenIncident {
  const foreign = foreignVersion(event);
  if (foreign !== undefined) throw new StateVersionError(foreign);
  const incident = stepInput(incidentSchema, event);
  const { request } = incident;
  if (!request) throw new StepInputError(`The incident has no request: ${show(event)}.`);
  return { ...incident, request };
}
