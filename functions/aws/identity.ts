import { DescribeWorkspaceDirectoriesCommand } from '@aws-sdk/client-workspaces';
import { reader } from './workspaces.ts';

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
  const { Directories = [] } = await reader.send(
    new DescribeWorkspaceDirectoriesCommand({ DirectoryIds: [directoryId] }),
  );
  const found = Directories.find((one) => one.DirectoryId === directoryId);
  if (!found) throw new NoDirectoryError(`WorkSpaces has no directory ${directoryId}.`);
  const { TenantId, ApplicationConfigSecretArn } = found.MicrosoftEntraConfig ?? {};
  return TenantId !== undefined || ApplicationConfigSecretArn !== undefined;
}
