import { DescribeWorkspaceDirectoriesCommand, WorkSpacesClient } from '@aws-sdk/client-workspaces';
import { REQUEST_HANDLER } from './clients.ts';
import { followOutages } from './unavailable.ts';

const client = new WorkSpacesClient({ requestHandler: REQUEST_HANDLER });
followOutages('WorkSpaces', client);

/** WorkSpaces does not know the directory. */
class NoDirectoryError extends Error {
  override readonly name = 'NoDirectoryError';
}

/**
 * Whether the WorkSpaces of a directory are joined to Microsoft Entra.
 * @throws AwsUnavailable, WorkSpacesServiceException, NoDirectoryError
 * @see https://docs.aws.amazon.com/workspaces/latest/api/API_DescribeWorkspaceDirectories.html
 * @see https://docs.aws.amazon.com/workspaces/latest/api/API_MicrosoftEntraConfig.html
 */
export async function isJoinedToEntra(directoryId: string): Promise<boolean> {
  const { Directories = [] } = await client.send(
    new DescribeWorkspaceDirectoriesCommand({ DirectoryIds: [directoryId] }),
  );
  const found = Directories.find((one) => one.DirectoryId === directoryId);
  if (!found) throw new NoDirectoryError(`WorkSpaces has no directory ${directoryId}.`);
  const { TenantId, ApplicationConfigSecretArn } = found.MicrosoftEntraConfig ?? {};
  return TenantId !== undefined || ApplicationConfigSecretArn !== undefined;
}
