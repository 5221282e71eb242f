/** Reads an execution's input: an EventBridge alarm event as it is, or what a person typed. */
import { parseAlarm } from './alarm-event.ts';
import { parseManual } from './manual-start.ts';
import { homeOf, isFields, type Parsed } from './parsed.ts';
import { noObject, pasted } from './pasted.ts';

/** Never throws. The execution's ARN says which account and Region are ours. */
export function parseRequest(input: unknown, executionArn: string): Parsed {
  if (!isFields(input)) return noObject(input);
  const refused = pasted(input);
  if (refused) return refused;
  const home = homeOf(executionArn);
  const isEvent = 'detail-type' in input || ('source' in input && !('workspaceId' in input));
  return isEvent ? parseAlarm(input, home) : parseManual(input, home);
}
