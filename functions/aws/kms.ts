import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { REQUEST_HANDLER } from './clients.ts';

const client = new KMSClient({ requestHandler: REQUEST_HANDLER });

/**
 * The state of a KMS key, in KMS's own word. A bundle of its own: only WorkSpaces with encrypted volumes need it.
 * @throws KMSServiceException and network errors, after the SDK's own retries
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html
 */
export async function describeKey(keyId: string): Promise<string | undefined> {
  const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: keyId }));
  return KeyMetadata?.KeyState;
}
