import type { Context } from 'aws-lambda';
import * as v from 'valibot';
import { readExecution } from '../aws/executions.ts';
import { publish } from '../aws/topic.ts';
import { observe } from '../aws/workspaces.ts';
import { TEXTS } from '../guards/index.ts';
import type { Execution, Request } from '../incident.ts';
import { untold } from '../policy/net.ts';
import { type Ended, report } from '../policy/report.ts';
import { parseRequest } from '../policy/request.ts';
import { logFor, StepInputError } from '../step.ts';
import { readRecord, releaseLease } from '../table/leases.ts';
import { show } from '../text.ts';

const statusChange = v.object({
  'detail-type': v.literal('Step Functions Execution Status Change'),
  detail: v.object({
    executionArn: v.string(),
    name: v.string(),
    status: v.picklist(['FAILED', 'TIMED_OUT', 'ABORTED']),
  }),
});

/**
 * The net under the workflow: tells of an execution that ended without telling, and gives its lease back.
 * EventBridge invokes it, and tries again when it throws.
 */
export async function handler(event: unknown, context: Context): Promise<{ told: boolean }> {
  const parsed = v.safeParse(statusChange, event);
  if (!parsed.success) {
    throw new StepInputError(`This is not the end of an execution that went wrong: ${show(event)}.`);
  }
  const { executionArn, name, status } = parsed.output.detail;
  const ended = await readExecution(executionArn);
  const execution = { id: executionArn, name, startTime: ended?.startTime ?? 'unknown' };
  const request = requestOf(ended?.input, executionArn);
  const logger = logFor(context, { execution, ...(request && { request }) });

  const reason = untold(status, ended);
  // Read before the lease is given back: it says what this execution did.
  const known = reason !== undefined && request ? await knownOf(request, execution) : { execution };
  // An alarm that came after it is news, however late this is.
  const stoppedAt = ended?.stopTime ?? new Date().toISOString();
  const released = request
    ? await releaseLease(request.workspaceId, executionArn, stoppedAt).catch((error: unknown) => {
        // It runs out by itself, or is taken over: telling is more urgent.
        if (reason === undefined) throw error;
        return show(String(error));
      })
    : false;
  if (reason !== undefined) {
    const { subject, message } = report(known, 'FAILED', reason, TEXTS);
    await publish(subject, message);
  }
  logger.warn(`Net: FAILED. ${reason ?? 'The workflow has told of it.'}`, {
    step: 'Net',
    outcome: 'FAILED',
    reason,
    released,
    basis: { status, ended, known },
  });
  return { told: reason !== undefined };
}

function requestOf(input: string | undefined, executionArn: string): Request | undefined {
  if (input === undefined) return undefined;
  const parsed = parseRequest(JSON.parse(input), executionArn);
  return parsed.kind === 'request' ? parsed.request : undefined;
}

/**
 * What the WorkSpace is now, and what the table says that this execution did. Nobody else looks at it any more, and the
 * table has only what was seen at the last request. Without an answer the message is shorter, and still goes out.
 */
async function knownOf(request: Request, execution: Execution): Promise<Ended> {
  const [now, record] = await Promise.all([
    observe(request.workspaceId).catch(() => undefined),
    readRecord(request.workspaceId).catch(() => undefined),
  ]);
  const known = { execution, request, ...(now ? { seen: now } : { isUnread: true }) };
  // Another execution has it now, or nobody knows.
  const isOurs = record && (record.holder ?? record.closedBy) === execution.id;
  if (!isOurs) return { ...known, attempt: null };
  const { lastAttempt, attempts = [], requestRefused, seen } = record;
  if (lastAttempt === 0) return known;
  const last = attempts.at(-1);
  return {
    ...(seen && { seen }),
    ...known,
    attempts: attempts.slice(0, -1),
    // A record of an older version has no list, or not what AWS answered.
    attempt: last ? { ...last, result: requestRefused ? 'refused' : last.result } : null,
  };
}
