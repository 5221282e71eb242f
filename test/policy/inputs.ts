/** Inputs of executions, and what the tests of their rules share. */
import type { Parsed } from '../../functions/policy/parsed.ts';
import { parseRequest } from '../../functions/policy/request.ts';
import { incident } from './fixtures.ts';

export const METRICS = 'detail.configuration.metrics';
export const ID = 'ws-8kq3zn1yd';
/** As it is shown to paste. */
export const RIGHT = `Start it again with {"workspaceId":"${ID}","reason":"why"}.`;
/** Where no id is given, or several. */
export const ANY = 'with {"workspaceId":"ws-xxxxxxxxx","reason":"why"}.';
/** Not the account of these tests. */
export const OTHER_ACCOUNT = '210987654321';

/** As Intake reads it, in account 123456789012 and us-east-1. */
export const parse = (input: unknown): Parsed => parseRequest(input, incident().execution.id);

/** Why it was not understood, after how it ends. */
export function refusal(parsed: Parsed): string {
  if (parsed.kind === 'request') throw new Error(`Was understood: ${JSON.stringify(parsed.request)}`);
  return `${parsed.kind}: ${parsed.reason}`;
}

/** An entry of `configuration.metrics`: the health of one WorkSpace. */
export function metricOf(WorkspaceId: string, more: object = {}) {
  const metric = { namespace: 'AWS/WorkSpaces', name: 'Unhealthy', dimensions: { WorkspaceId } };
  return { id: 'm1', metricStat: { metric, period: 300, stat: 'Maximum' }, returnData: false, ...more };
}
