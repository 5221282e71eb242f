import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { settings } from '../settings.ts';
import { REQUEST_HANDLER } from './clients.ts';

const client = new SNSClient({ requestHandler: REQUEST_HANDLER });

/**
 * Tells the administrators.
 * @throws SNSServiceException and network errors, after the SDK's own retries
 * @see https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
export async function publish(subject: string, message: string): Promise<void> {
  await client.send(
    new PublishCommand({
      TopicArn: settings().topicArn,
      // The SDK throws a URIError for half a surrogate pair.
      Subject: subject.toWellFormed(),
      Message: message.toWellFormed(),
    }),
  );
}
