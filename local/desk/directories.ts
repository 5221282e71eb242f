/** The directories of a story, as `DescribeWorkspaceDirectories` has them. */
import type * as v from 'valibot';
import type { Story } from '../stories/story.ts';
import type { directoriesInput } from './workspaces-protocol.ts';

type Identities = NonNullable<Story['directories']>;

/**
 * What one joined to Microsoft Entra has: its users come by IAM Identity Center, its WorkSpaces run on own licences.
 * @see https://docs.aws.amazon.com/workspaces/latest/api/API_WorkspaceDirectory.html
 * @see https://docs.aws.amazon.com/workspaces/latest/adminguide/launch-entra-id.html
 */
const ENTRA = {
  DirectoryType: 'AWS_IAM_IDENTITY_CENTER',
  UserIdentityType: 'AWS_IAM_IDENTITY_CENTER',
  Tenancy: 'DEDICATED',
  MicrosoftEntraConfig: {
    TenantId: '0a1b2c3d-0000-4000-8000-000000000000',
    ApplicationConfigSecretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:entra-AbCdEf',
  },
  IDCConfig: {
    InstanceArn: 'arn:aws:sso:::instance/ssoins-0a1b2c3d4e5f6071',
    ApplicationArn: 'arn:aws:sso::123456789012:application/ssoins-0a1b2c3d4e5f6071/apl-0a1b2c3d4e5f6071',
  },
};
const ACTIVE_DIRECTORY = {
  DirectoryType: 'AD_CONNECTOR',
  UserIdentityType: 'AWS_DIRECTORY_SERVICE',
  Tenancy: 'SHARED',
};

/** Those of a story that a query asks for, in the order of their ids. */
export function directoriesFor(
  ids: Iterable<string>,
  identities: Identities,
  { DirectoryIds, WorkspaceDirectoryNames, Filters = [] }: v.InferOutput<typeof directoriesInput>,
): object[] {
  return [...new Set([...ids, ...Object.keys(identities)])]
    .sort()
    .map((id) => directoryOf(id, identities[id]?.identity))
    .filter(
      ({ DirectoryId, UserIdentityType, WorkspaceType }) =>
        (DirectoryIds?.includes(DirectoryId) ?? true) &&
        // None of them has a name of its own.
        WorkspaceDirectoryNames === undefined &&
        Filters.every(({ Name, Values }) =>
          Values.includes(Name === 'WORKSPACE_TYPE' ? WorkspaceType : UserIdentityType),
        ),
    );
}

const directoryOf = (id: string, identity: string | undefined) => ({
  DirectoryId: id,
  DirectoryName: 'corp.example.com',
  RegistrationCode: 'SLiad+ABC123',
  SubnetIds: ['subnet-0a1b2c3d', 'subnet-4e5f6071'],
  State: 'REGISTERED',
  WorkspaceType: 'PERSONAL',
  ...(identity === 'entra' ? ENTRA : ACTIVE_DIRECTORY),
});
