/** What moto and the lab's server are asked, and in what their answers may differ. */
import {
  CreateWorkspacesCommand,
  DescribeTagsCommand,
  DescribeWorkspaceDirectoriesCommand,
  DescribeWorkspacesCommand,
  type DescribeWorkspacesCommandInput,
} from '@aws-sdk/client-workspaces';
import type { Asks, Seed } from './moto.ts';

interface Difference {
  /** As the comparison words it. */
  what: string;
  /** Who is right, and where AWS says so. */
  why: string;
}

export interface Question {
  title: string;
  asks: Asks;
  /** All differences, in the order of the comparison: none that is not here, and none that is here in vain. */
  differs?: Difference[];
}

const API = 'https://docs.aws.amazon.com/workspaces/latest/api';
const UNKNOWN = 'ws-unknown00';

/** Which WorkSpaces come back, by their place among all, page by page. */
const pages =
  (input: DescribeWorkspacesCommandInput | ((seed: Seed) => DescribeWorkspacesCommandInput)): Asks =>
  async (client, seed) => {
    const query = typeof input === 'function' ? input(seed) : input;
    const found: number[][] = [];
    let NextToken: string | undefined;
    do {
      const page = await client.send(
        new DescribeWorkspacesCommand({ ...query, ...(NextToken && { NextToken }) }),
      );
      found.push(
        (page.Workspaces ?? []).map(({ WorkspaceId = '' }) => seed.workspaceIds.indexOf(WorkspaceId)),
      );
      NextToken = page.NextToken;
    } while (NextToken);
    return found;
  };
const sizes =
  (input: Parameters<typeof pages>[0]): Asks =>
  async (client, seed) => {
    const found = await pages(input)(client, seed);
    return Array.isArray(found) ? found.map((page) => page.length) : found;
  };
const tags =
  (resource: (seed: Seed) => string): Asks =>
  async (client, seed) =>
    (await client.send(new DescribeTagsCommand({ ResourceId: resource(seed) }))).TagList;

const directories =
  (DirectoryId: string): Asks =>
  async (client) =>
    (await client.send(new DescribeWorkspaceDirectoriesCommand({ DirectoryIds: [DirectoryId] }))).Directories;

const idAt = ({ workspaceIds }: Seed, index: number): string => workspaceIds[index] ?? UNKNOWN;

const NO_NETWORK = `moto has no machine behind a WorkSpace and leaves these out; AWS gives them (${API}/API_Workspace.html).`;
/** In every answer that holds a WorkSpace. */
const BARE: Difference[] = ['IpAddress', 'SubnetId', 'ComputerName'].map((member) => ({
  what: `only ours has DescribeWorkspaces.Workspaces[].${member}: string`,
  why: NO_NETWORK,
}));
const PAGING = `moto has no paging; AWS gives 25 at most, or Limit, and a NextToken (${API}/API_DescribeWorkspaces.html).`;
const paged = (ours: string, moto: string): Difference[] => [
  { what: `ours says ${ours}, moto says ${moto}`, why: PAGING },
  ...BARE,
  { what: 'only ours has DescribeWorkspaces.NextToken: string', why: PAGING },
];
const CONSTRAINTS = `moto reads no constraints; the model of DescribeWorkspaces has them (${API}/API_DescribeWorkspaces.html).`;

export const QUESTIONS: Question[] = [
  { title: 'one by its id', asks: pages((seed) => ({ WorkspaceIds: [idAt(seed, 3)] })), differs: BARE },
  {
    title: 'several by their ids, in another order',
    asks: pages((seed) => ({ WorkspaceIds: [idAt(seed, 9), idAt(seed, 2), idAt(seed, 5)] })),
    differs: BARE,
  },
  { title: 'an unknown id', asks: pages({ WorkspaceIds: [UNKNOWN] }) },
  {
    title: 'an unknown id among known ones',
    asks: pages((seed) => ({ WorkspaceIds: [idAt(seed, 1), UNKNOWN] })),
    differs: BARE,
  },
  {
    title: 'a directory of two',
    asks: pages(({ directories }) => ({ DirectoryId: directories[1] })),
    differs: BARE,
  },
  {
    title: 'a directory of more than a page',
    asks: sizes(({ directories }) => ({ DirectoryId: directories[0] })),
    differs: paged('[25,3]', '[28]'),
  },
  { title: 'an unknown directory', asks: pages({ DirectoryId: 'd-0000000000' }) },
  {
    title: 'a user of a directory',
    asks: pages(({ directories }) => ({ DirectoryId: directories[0], UserName: 'user-4' })),
    differs: BARE,
  },
  {
    title: 'a user of another directory',
    asks: pages(({ directories }) => ({ DirectoryId: directories[1], UserName: 'user-4' })),
  },
  { title: 'a bundle', asks: pages({ BundleId: 'wsb-0123456789' }), differs: BARE },
  { title: 'an unknown bundle', asks: pages({ BundleId: 'wsb-000000000' }) },
  { title: 'all', asks: sizes({}), differs: paged('[25,5]', '[30]') },
  { title: 'all, ten at a time', asks: sizes({ Limit: 10 }), differs: paged('[10,10,10]', '[30]') },
  {
    title: 'ids and a directory',
    asks: pages((seed) => ({ WorkspaceIds: [idAt(seed, 0)], DirectoryId: seed.directories[0] })),
  },
  {
    title: 'a bundle and a directory',
    asks: pages(({ directories }) => ({ BundleId: 'wsb-0123456789', DirectoryId: directories[0] })),
  },
  {
    title: 'ids and a bundle',
    asks: pages((seed) => ({ WorkspaceIds: [idAt(seed, 0)], BundleId: 'wsb-0123456789' })),
  },
  { title: 'a user without a directory', asks: pages({ UserName: 'user-4' }) },
  {
    title: 'an id that is none',
    asks: sizes({ WorkspaceIds: ['nonsense'] }),
    differs: [{ what: 'ours says ValidationException, 400, moto says [0]', why: CONSTRAINTS }],
  },
  {
    title: 'more ids than a request may hold',
    asks: sizes(({ workspaceIds }) => ({ WorkspaceIds: workspaceIds.slice(0, 26) })),
    differs: [{ what: 'ours says ValidationException, 400, moto says [26]', why: CONSTRAINTS }],
  },
  {
    title: 'a page that no answer named',
    asks: sizes({ Limit: 1, NextToken: 'nonsense' }),
    differs: [{ what: 'ours says InvalidParameterValuesException, 400, moto says [30]', why: PAGING }],
  },
  {
    title: 'a name',
    asks: sizes({ WorkspaceName: 'shared-one' }),
    differs: [
      {
        what: 'ours says [0], moto says [30]',
        why: `moto does not know the filter WorkspaceName (${API}/API_DescribeWorkspaces.html).`,
      },
    ],
  },
  { title: 'an unknown directory, by what it is', asks: directories('d-0000000000') },
  { title: 'a directory that is none, by what it is', asks: directories('nonsense!!') },
  { title: 'tags', asks: tags((seed) => idAt(seed, 7)) },
  { title: 'tags of one that has none', asks: tags((seed) => idAt(seed, 0)) },
  {
    title: 'tags of an unknown id',
    asks: tags(() => UNKNOWN),
    differs: [
      {
        what: 'ours says ResourceNotFoundException, 400, moto says 500',
        why: `moto fails on it (KeyError); AWS documents ResourceNotFoundException (${API}/API_DescribeTags.html).`,
      },
    ],
  },
  {
    title: 'tags of a directory',
    asks: tags(({ directories }) => directories[0]),
    differs: [
      {
        what: 'ours says ResourceNotFoundException, 400, moto says []',
        why: `The lab has no directories of its own, since the product asks for the tags of WorkSpaces alone (${API}/API_DescribeTags.html).`,
      },
    ],
  },
  {
    title: 'to create one',
    asks: async (client, { directories: [DirectoryId] }) => {
      const one = { DirectoryId, UserName: 'somebody', BundleId: 'wsb-bh8rsxt14' };
      const created = await client.send(new CreateWorkspacesCommand({ Workspaces: [one] }));
      return created.PendingRequests?.length;
    },
    differs: [
      {
        what: 'ours says UnknownOperationException, 400, moto says 1',
        why: 'The lab is given its desktops when it starts: the product never sends CreateWorkspaces.',
      },
    ],
  },
];
