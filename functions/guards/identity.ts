/** What is joined to Microsoft Entra is not rebuilt: AWS advises to restore it, whenever that is possible. */
import { isJoinedToEntra } from '../aws/identity.ts';
import { rungsLeft } from '../rungs.ts';
import { knownIdentity, noteIdentity } from '../table/directories.ts';
import { noneLeft, type RungPass } from './choice.ts';
import type { GuardText, Verdict } from './guard.ts';

export const name = 'identity';

// What AWS advises, and what a rebuild does to the user's profile:
// https://docs.aws.amazon.com/workspaces/latest/adminguide/rebuild-workspace.html
export const text: GuardText & { risk: string } = {
  reads: '`DescribeWorkspaceDirectories`, once per directory and day, before a rebuild',
  holdsBack: 'Its directory is joined to Microsoft Entra: a rebuild is skipped.',
  outcome: 'the next rung; `NEEDS_HUMAN` when none is left',
  whatToDo:
    'Restore it in the WorkSpaces console, if it has a snapshot for that. To have the service do so, put restore into Ladder.',
  risk: 'After a rebuild the user has to set the WorkSpace up again at the first sign-in and gets an empty profile; the old one is left under D:\\Users, in a folder that ends with NotMigrated, to be copied by hand.',
};

/** Read as soon as a rebuild is a choice, even if a rung before it is still open: afterwards nobody asks again. */
export async function read({ incident, seen: { directoryId }, facts, choose }: RungPass): Promise<void> {
  const matters = choose(incident).kind.startsWith('ask') && rungsLeft(incident).includes('rebuild');
  if (!matters || facts.overridden(name)) return;
  if (directoryId === undefined) throw new Error('AWS names no directory of it');
  const known = await knownIdentity(directoryId);
  facts.isEntra = known ?? (await isJoinedToEntra(directoryId));
  if (known === undefined) await noteIdentity(directoryId, facts.isEntra);
}

export async function ask({ incident, choose }: RungPass): Promise<Verdict> {
  return noneLeft(name, choose(incident));
}

/** Why it is not to be rebuilt, if it is not. */
export const advisedAgainst = (isEntra: boolean): string | undefined =>
  isEntra
    ? 'its directory is joined to Microsoft Entra, for which AWS advises a restore in place of a rebuild'
    : undefined;
