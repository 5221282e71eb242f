/** Encrypted volumes cannot come back without their key: nothing is set back while it is not enabled. */
import { type KeyReading, readKey } from '../aws/volume-key.ts';
import { RUNG_FACTS } from '../rungs.ts';
import { show } from '../text.ts';
import type { RungPass } from './choice.ts';
import { GO, type GuardText, type Verdict } from './guard.ts';

export const name = 'volume-key';

// AWS: the WorkSpace becomes unusable, so that nobody may override it.
// https://docs.aws.amazon.com/workspaces/latest/adminguide/rebuild-workspace.html
// https://docs.aws.amazon.com/workspaces/latest/adminguide/encrypt-workspaces.html
export const text: GuardText = {
  reads: 'KMS `DescribeKey`, before a rebuild or restore of encrypted volumes',
  holdsBack: 'The KMS key of its volumes is not enabled, or cannot be read.',
  outcome: '`NEEDS_HUMAN`',
  whatToDo:
    'Enable the KMS key that is named above, cancel its deletion, or let its policy allow kms:DescribeKey. Without the key the WorkSpace becomes unusable, and a deleted key takes its data along.',
};

/** Longest piece of a key's ARN that is told, in characters. */
const ARN_LENGTH = 200;

export async function ask({ incident, seen, choose }: RungPass): Promise<Verdict> {
  const choice = choose(incident);
  const losesData = choice.kind === 'chosen' && RUNG_FACTS[choice.rung].losesData;
  if (!losesData || seen.volumeKey === undefined) return GO;
  return notEnabled(seen.volumeKey, await readKey(seen.volumeKey));
}

/** Whether the key keeps it from being set back. */
export function notEnabled(keyId: string, reading: KeyReading): Verdict {
  const key = `the KMS key ${show(keyId, ARN_LENGTH)} of its volumes`;
  if ('state' in reading) {
    if (reading.state === 'Enabled') return GO;
    return { says: 'person', reason: `${key} is ${show(reading.state)}, not Enabled.` };
  }
  const { unreadable } = reading;
  const why =
    unreadable === 'AccessDeniedException'
      ? "the key's policy must allow kms:DescribeKey to this account, or to the role of the function Check"
      : 'it may have been deleted';
  return { says: 'person', reason: `${key} cannot be read (${show(unreadable)}): ${why}.` };
}
