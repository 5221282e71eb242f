import { type Incident, isManual, type OpenIncident, type Remedy } from '../incident.ts';
import { RUNG_FACTS } from '../rungs.ts';
import { duration, show } from '../text.ts';
import { secondsBetween } from './pacing.ts';
import { byWhom, consoleLink } from './report.ts';

/**
 * What people are told before something is done that a person has forced, or for which guards were overridden: once
 * per rung. The workflow publishes it, and does nothing when it cannot. `now` in ISO.
 */
export function noticeOf(
  incident: OpenIncident,
  { rung, dataFrom }: NonNullable<Incident['next']>,
  now: string,
): Pick<Incident, 'notice' | 'noticed'> {
  const { request, seen, execution, noticed = [] } = incident;
  if (!isManual(request) || noticed.includes(rung)) return {};
  const { workspaceId, force, override } = request;
  if (!force && override.length === 0) return {};
  const lines: [string, string | undefined][] = [
    ['WorkSpace', workspaceId],
    ['User', seen?.userName && show(seen.userName).slice(1, -1)],
    ['Directory', seen?.directoryId],
    ['Computer', seen?.computerName && show(seen.computerName).slice(1, -1)],
    ['Triggered by', byWhom(request)],
    ['What is done now', `A ${rung} is requested from AWS.`],
    [
      'Forced',
      force
        ? `It is done although it is not broken, if AWS takes it; last seen ${seen?.state ?? 'in no state'}.`
        : undefined,
    ],
    ['Overridden', override.join(', ')],
    ['What is lost', lossOf(rung, dataFrom, now)],
    [
      'How to stop it',
      'Stop the execution in the Step Functions console. What AWS has accepted by then cannot be undone.',
    ],
    ['Execution', consoleLink(execution.id)],
  ];
  const facts = lines.filter((line): line is [string, string] => Boolean(line[1]));
  const text = [`ABOUT TO ${rung.toUpperCase()}`, '', ...facts.map(([name, value]) => `${name}: ${value}`)];
  return {
    notice: { subject: `About to ${rung} WorkSpace ${workspaceId}`, message: text.join('\n').toWellFormed() },
    noticed: [...noticed, rung],
  };
}

function lossOf(rung: Remedy, dataFrom: string | undefined, now: string): string {
  if (!RUNG_FACTS[rung].losesData) {
    return `Work that is not saved. A ${rung} leaves the user's data as it is.`;
  }
  // https://docs.aws.amazon.com/workspaces/latest/adminguide/rebuild-workspace.html
  const address = rung === 'rebuild' ? ' Its private IP address changes.' : '';
  if (dataFrom === undefined) {
    return `Perhaps all of the user's data: there is no snapshot to go back to.${address}`;
  }
  const age = duration(secondsBetween(dataFrom, now));
  return `What the user has changed since ${dataFrom}, ${age} ago: the data goes back to that snapshot.${address}`;
}
