/** Amazon SNS on a desk: `Publish` to one topic, in its query protocol. */
import { type ApiRequest, type ApiResponse, type Listening, serve } from './http.ts';

export interface Notification {
  subject: string;
  message: string;
}

/** The topic that was asked for is not there. */
class TopicNotFoundError extends Error {
  override readonly name = 'SNS.NotFoundException';
}

export class SnsServer {
  readonly published: Notification[] = [];
  readonly #topicArn: string;
  readonly #onPublish: (notification: Notification) => void;

  constructor(topicArn: string, onPublish: (notification: Notification) => void = () => undefined) {
    this.#topicArn = topicArn;
    this.#onPublish = onPublish;
  }

  /** @throws TopicNotFoundError */
  publish(topicArn: string, notification: Notification): string {
    if (topicArn !== this.#topicArn) throw new TopicNotFoundError(`There is no topic ${topicArn}.`);
    this.published.push(notification);
    this.#onPublish(notification);
    return `message-${this.published.length}`;
  }

  handle({ body }: ApiRequest): ApiResponse {
    const given = new URLSearchParams(body);
    const field = (name: string) => given.get(name) ?? '';
    if (field('Action') !== 'Publish') return fail('InvalidAction', `Unknown action ${field('Action')}`);
    try {
      const id = this.publish(field('TopicArn'), { subject: field('Subject'), message: field('Message') });
      return xml(
        200,
        `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>${id}</MessageId></PublishResult></PublishResponse>`,
      );
    } catch (error) {
      if (!(error instanceof TopicNotFoundError)) throw error;
      return fail('NotFound', 'Topic does not exist', 404);
    }
  }

  listen(): Promise<Listening> {
    return serve((request) => this.handle(request));
  }
}

function fail(code: string, message: string, status = 400): ApiResponse {
  return xml(
    status,
    `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
  );
}

function xml(status: number, body: string): ApiResponse {
  return { status, headers: { 'content-type': 'text/xml' }, body };
}
