/** moto and the lab's server with the same WorkSpaces, and what each answers to the same question. */
import { CreateWorkspacesCommand, WorkSpacesClient } from '@aws-sdk/client-workspaces';
import * as v from 'valibot';
import { WorkspacesServer } from '../../../local/desk/workspaces-server.ts';
import { brokenDesktop } from '../../../local/stories/samples.ts';
import { REGION } from '../engines.ts';
import { EngineError } from '../servers.ts';
import { type Exchange, forwardTo, operationOf, type Relay, startRelay } from './relay.ts';

const BUNDLES = ['wsb-bh8rsxt14', 'wsb-0123456789'] as const;
/** More than a page. */
const COUNT = 30;
/** What a request to create may hold at most. */
const BATCH = 25;

/** What both servers have. */
export interface Seed {
  directories: [string, string];
  workspaceIds: string[];
}

/** Asks something through the SDK, and says what the answer comes to, in words that hold for both servers. */
export type Asks = (client: WorkSpacesClient, seed: Seed) => Promise<unknown>;

export interface Side {
  client: WorkSpacesClient;
  relay: Relay;
}

function clientAt(endpoint: string): WorkSpacesClient {
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  return new WorkSpacesClient({ endpoint, region: REGION, credentials, maxAttempts: 1 });
}

async function side(answer: Parameters<typeof startRelay>[0]): Promise<Side> {
  const relay = await startRelay(answer);
  return { relay, client: clientAt(relay.url) };
}

/** One call of moto for which there is no client here. */
export async function call(
  url: string,
  service: string,
  headers: Record<string, string>,
  body: string,
): Promise<{ status: number; body: string }> {
  const authorization = `AWS4-HMAC-SHA256 Credential=a/20260101/${REGION}/${service}/aws4_request, SignedHeaders=host, Signature=0`;
  const response = await fetch(url, { method: 'POST', headers: { authorization, ...headers }, body });
  return { status: response.status, body: await response.text() };
}

async function createDirectory(url: string, name: string): Promise<string> {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const { body: network } = await call(url, 'ec2', form, 'Action=DescribeSubnets&Version=2016-11-15');
  const SubnetIds = [...new Set(network.match(/subnet-[0-9a-f]{17}/g))].slice(0, 2);
  const VpcId = /vpc-[0-9a-f]{17}/.exec(network)?.[0];
  const json = (target: string) => ({ 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target });
  const { body: created } = await call(
    url,
    'ds',
    json('DirectoryService_20150416.CreateDirectory'),
    JSON.stringify({ Name: name, Password: 'Passw0rd!', Size: 'Small', VpcSettings: { VpcId, SubnetIds } }),
  );
  const { DirectoryId } = v.parse(v.object({ DirectoryId: v.string() }), JSON.parse(created));
  const register = json('WorkspacesService.RegisterWorkspaceDirectory');
  await call(url, 'workspaces', register, JSON.stringify({ DirectoryId }));
  return DirectoryId;
}

const propertiesOf = (index: number) => ({
  RunningMode: index % 2 === 0 ? ('ALWAYS_ON' as const) : ('AUTO_STOP' as const),
  RootVolumeSizeGib: 80,
  UserVolumeSizeGib: 50,
  ComputeTypeName: 'STANDARD' as const,
});
/** The first has none. */
const tagsOf = (index: number): Record<string, string> =>
  index === 0 ? {} : { AutoRemediate: 'true', CostCenter: String(index) };
const bundleOf = (index: number) => BUNDLES[index % 3 === 0 ? 1 : 0];
const userOf = (index: number) => `user-${index}`;

/** Makes WorkSpaces in moto by its API, and the same in the lab's server. */
export async function startBoth(motoUrl: string): Promise<{ moto: Side; ours: Side; seed: Seed }> {
  const directories: Seed['directories'] = [
    await createDirectory(motoUrl, 'corp.example.com'),
    await createDirectory(motoUrl, 'lab.example.com'),
  ];
  const directoryOf = (index: number) => directories[index < COUNT - 2 ? 0 : 1];
  const moto = await side(forwardTo(motoUrl));
  const workspaceIds: string[] = [];
  for (let from = 0; from < COUNT; from += BATCH) {
    const indexes = Array.from({ length: Math.min(BATCH, COUNT - from) }, (_, offset) => from + offset);
    const { PendingRequests = [] } = await moto.client.send(
      new CreateWorkspacesCommand({
        Workspaces: indexes.map((index) => ({
          DirectoryId: directoryOf(index),
          UserName: userOf(index),
          BundleId: bundleOf(index),
          WorkspaceProperties: propertiesOf(index),
          Tags: Object.entries(tagsOf(index)).map(([Key, Value]) => ({ Key, Value })),
        })),
      }),
    );
    workspaceIds.push(...PendingRequests.flatMap(({ WorkspaceId = [] }) => WorkspaceId));
  }
  if (workspaceIds.length !== COUNT) throw new EngineError(`moto made ${workspaceIds.length} of ${COUNT}.`);
  const server = new WorkspacesServer({
    now: Date.now,
    desktops: workspaceIds.map((workspaceId, index) =>
      brokenDesktop({
        workspaceId,
        directoryId: directoryOf(index),
        userName: userOf(index),
        bundleId: bundleOf(index),
        runningMode: propertiesOf(index).RunningMode,
        tags: tagsOf(index),
        state: 'AVAILABLE',
      }),
    ),
  });
  moto.relay.taken();
  return { moto, ours: await side((request) => server.handle(request)), seed: { directories, workspaceIds } };
}

/** What one server answers: what its answer comes to, and each member of the JSON with its type. An error has none. */
interface Answer {
  said: string;
  members?: Set<string>;
}

/** Asks a server; the exchange itself tells the status of an error. */
export async function answerOf({ client, relay }: Side, seed: Seed, asks: Asks): Promise<Answer> {
  relay.taken();
  try {
    const said = await asks(client, seed);
    return { said: JSON.stringify(said), members: new Set(relay.taken().flatMap(membersOf)) };
  } catch (error) {
    const status = relay.taken().at(-1)?.response.status;
    if (!(error instanceof Error) || status === undefined) throw error;
    return { said: status < 500 ? `${error.name}, ${status}` : String(status) };
  }
}

function membersOf({ request, response }: Exchange): string[] {
  return paths(JSON.parse(response.body), operationOf(request));
}

function paths(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return [`${path}: array`, ...value.flatMap((item) => paths(item, `${path}[]`))];
  if (typeof value !== 'object' || value === null) return [`${path}: ${typeof value}`];
  return Object.entries(value).flatMap(([name, inner]) => paths(inner, `${path}.${name}`));
}

/** In what two answers differ; nothing when they are the same. */
export function differences(ours: Answer, moto: Answer): string[] {
  const said = ours.said === moto.said ? [] : [`ours says ${ours.said}, moto says ${moto.said}`];
  if (!ours.members || !moto.members) return said;
  return [
    ...said,
    ...missing(ours.members, moto.members).map((member) => `only ours has ${member}`),
    ...missing(moto.members, ours.members).map((member) => `only moto has ${member}`),
  ];
}

/** The members that the other answer lacks; of a list that is empty there, there is nothing to compare. */
function missing(members: Set<string>, other: Set<string>): string[] {
  return [...members].filter((member) => {
    const item = /^.*\[\]/.exec(member)?.[0] ?? '';
    return !other.has(member) && [...other].some((one) => one.startsWith(item));
  });
}
