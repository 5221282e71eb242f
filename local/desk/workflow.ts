/** Binds the workflow's tasks to the services that they call. */
import * as v from 'valibot';
import type { Notification } from './sns-server.ts';

/** A value as JSON has it: what the interpreter takes and gives. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
const json = v.custom<Json>((value) => JSON.stringify(value) !== undefined);

const definitionSchema = v.looseObject({
  States: v.record(v.string(), v.looseObject({ Type: v.string(), Resource: v.optional(v.string()) })),
});
const invokeParameters = v.object({ FunctionName: v.string(), Payload: v.unknown() });
const publishParameters = v.object({ TopicArn: v.string(), Subject: v.string(), Message: v.string() });

/** The function's second state: what it does there has a name of its own, in the audit log too. */
const POLL = 'Poll the rebuild';

export interface Services {
  /** `step`: what the function is called for, where that is not its own name. */
  invoke(functionArn: string, payload: unknown, step?: 'poll'): Promise<unknown>;
  /** Gives the message's id. */
  publish(topicArn: string, notification: Notification): Promise<string>;
}

/** One handler for each task of the workflow, by the name of its state. */
export function taskHandlers(
  definition: unknown,
  services: Services,
): Record<string, (input: unknown) => Promise<Json>> {
  const handlers: Record<string, (input: unknown) => Promise<Json>> = {};
  for (const [name, state] of Object.entries(v.parse(definitionSchema, definition).States)) {
    if (state.Type !== 'Task') continue;
    const service = state.Resource?.replace(/^arn:[^:]+:states:::/, '');
    if (service === 'lambda:invoke') {
      handlers[name] = async (input) => {
        const { FunctionName, Payload } = v.parse(invokeParameters, input);
        const step = name === POLL ? 'poll' : undefined;
        return {
          StatusCode: 200,
          Payload: v.parse(json, await services.invoke(FunctionName, Payload, step)),
        };
      };
    } else if (service === 'sns:publish') {
      handlers[name] = async (input) => {
        const { TopicArn, Subject, Message } = v.parse(publishParameters, input);
        return { MessageId: await services.publish(TopicArn, { subject: Subject, message: Message }) };
      };
    } else {
      throw new Error(`State ${name}: there is no service for ${state.Resource ?? 'no Resource'}.`);
    }
  }
  return handlers;
}
