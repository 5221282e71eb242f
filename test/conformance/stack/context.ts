/** What all checks of the stack share: the stack itself, clients, and the WorkSpaces that the product finds. */
import { inject } from 'vitest';
import { type Listening, serve } from '../../../local/desk/http.ts';
import { WorkspacesServer } from '../../../local/desk/workspaces-server.ts';
import { run } from '../../../local/lab/lab.ts';
import { SCENARIOS } from '../../../local/stories/catalogue.ts';
import { brokenDesktop, startBy } from '../../../local/stories/samples.ts';
import { clientsFor, type Deployed, deploy, PARAMETERS, readStack } from './deploy.ts';
import { ALARM, desktops, REBUILT } from './setting.ts';

export const url = inject('stackUrl');
export const clients = clientsFor(url);
const workspaces = new WorkspacesServer({ now: Date.now, desktops: desktops() });
/** The deployed stack, once it is there. */
export let stack: Deployed;
/** Names of the states that the lab enters for the story of the alarm. */
export let statesInLab: string[];

/** A line of progress. */
export const say = (line: string) => process.stdout.write(`stack: ${line}\n`);

/** Deploys the stack, and gives it WorkSpaces. */
export async function start(): Promise<Listening> {
  // First, since the lab's clock is the whole process's.
  const lab = await run({
    ...SCENARIOS.rebuild,
    starts: [startBy('alarm', 0, 'bus', ALARM)],
    desktops: [brokenDesktop({ remedies: REBUILT })],
    parameters: PARAMETERS,
  });
  statesInLab = lab.states;
  const listening = await serve((request) => workspaces.handle(request), inject('workspacesPort'));
  await deploy(url, say);
  stack = await readStack(clients);
  return listening;
}

/** The physical id of a resource of the template. */
export function idOf(logicalId: string): string {
  const found = stack.resources[logicalId];
  if (!found) throw new Error(`The stack has no ${logicalId}.`);
  return found.id;
}

/** The physical ids of all resources of a type. */
export const idsOf = (type: string): string[] =>
  Object.values(stack.resources).flatMap((one) => (one.type === type ? [one.id] : []));

export const machine = (): string => idOf('StateMachine');
export const table = (): string => idOf('Table');

/** The requests to change a WorkSpace that reached the service. */
export const changes = (workspaceId: string): string[] =>
  workspaces.calls
    .filter(({ operation, workspaceIds }) => /^Re/.test(operation) && workspaceIds.includes(workspaceId))
    .map(({ operation }) => operation);
