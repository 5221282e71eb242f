import { errorName } from '../text.ts';
import { asOutage } from './unavailable.ts';

/** The state of the key, in KMS's own word, or why it can never be read as things are. */
export type KeyReading = { state: string } | { unreadable: string };

/** What does not pass by itself: no permission, no such key, no key at all (API reference, DescribeKey). */
const NEVER = new Set(['AccessDeniedException', 'NotFoundException', 'InvalidArnException']);

/** The key that volumes are encrypted with. @throws AwsUnavailable, KMSServiceException */
export async function readKey(keyId: string): Promise<KeyReading> {
  // Most WorkSpaces are not encrypted: their incidents never load the client.
  const { describeKey } = await import('./kms.ts');
  try {
    return { state: (await describeKey(keyId)) ?? 'UNKNOWN' };
  } catch (error) {
    const name = errorName(error);
    if (NEVER.has(name)) return { unreadable: name };
    // Its bundle has classes of its own: what they throw is recognised here.
    throw asOutage('KMS', error);
  }
}
