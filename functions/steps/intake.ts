import type { Context } from 'aws-lambda';
import { isRunning } from '../aws/executions.ts';
import {
  type Decision,
  type Execution,
  type Incident,
  intakeInput,
  isDryByHand,
  type Request,
  STATE_VERSION,
} from '../incident.ts';
import { lateVerdict, leaseVerdict } from '../policy/lease.ts';
import { parseRequest } from '../policy/request.ts';
import { audit, logFor, stepInput } from '../step.ts';
import { readRecord, takeLease } from '../table/leases.ts';

/** Another execution changed the record each time; Step Functions tries the step again. */
class LeaseContentionError extends Error {
  override readonly name = 'LeaseContentionError';
}

/** Readings of the record before the step gives up for now. */
const LEASE_TRIES = 5;

/** Who asks, for which WorkSpace, and may this execution have it. */
export async function handler(event: unknown, context: Context): Promise<Incident> {
  const { input, execution } = stepInput(intakeInput, event);
  const parsed = parseRequest(input, execution.id);
  if (parsed.kind !== 'request') {
    logFor(context, { execution });
    const outcome = parsed.kind === 'skipped' ? 'SKIPPED' : 'REJECTED';
    return decided({ execution, decision: { action: 'DONE', outcome, reason: parsed.reason } });
  }
  const { request } = parsed;
  logFor(context, { execution, request });
  if (isDryByHand({ request })) {
    return decided({
      execution,
      request,
      decision: { action: 'CHECK', reason: 'Dry run: nothing is touched.' },
    });
  }
  return decided({ execution, request, ...(await lease(request, execution)) });
}

async function lease(
  request: Request,
  execution: Execution,
): Promise<Pick<Incident, 'fence' | 'earlierRequestAt'> & { decision: Decision }> {
  for (let tries = 0; tries < LEASE_TRIES; tries++) {
    const record = await readRecord(request.workspaceId);
    const verdict = leaseVerdict(record, execution.id, request, Date.now());
    if (verdict.kind === 'ask' && (await isRunning(verdict.holder))) {
      return duplicate(`Execution ${verdict.holder} is already at work on it.`);
    }
    const late = verdict.kind === 'ask' && record ? lateVerdict(record, request) : verdict;
    if (late.kind === 'duplicate') return duplicate(late.reason);
    const fence = verdict.kind === 'held-already' ? (record?.fence ?? 0) : (record?.fence ?? 0) + 1;
    if (verdict.kind === 'held-already' || (await takeLease(request.workspaceId, execution.id, record))) {
      const unsettled = record?.requestRefused === false ? record.requestedAt : undefined;
      return {
        fence,
        ...(unsettled && { earlierRequestAt: unsettled }),
        decision: { action: 'CHECK', reason: request.reason },
      };
    }
  }
  throw new LeaseContentionError(
    `The lease of ${request.workspaceId} changed ${LEASE_TRIES} times meanwhile.`,
  );
}

function duplicate(reason: string): { decision: Decision } {
  return { decision: { action: 'DONE', outcome: 'DUPLICATE', reason } };
}

function decided(decision: Omit<Incident, 'version' | 'course'>): Incident {
  const incident = { version: STATE_VERSION, course: {}, ...decision } as const;
  audit('Intake', incident);
  return incident;
}
