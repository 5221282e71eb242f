import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { isUnavailable } from '../policy/away.ts';
import { settings } from '../settings.ts';
import { show } from '../text.ts';
import { REQUEST_HANDLER } from './clients.ts';
import { followOutages } from './unavailable.ts';

/** The service's mode as the parameter has it, or why it could not be read. */
export type ModeReading = { value: string } | { unreadable: string };

const client = new SSMClient({ requestHandler: REQUEST_HANDLER });
followOutages('Systems Manager', client);

/** How long a value is taken for what it is, in milliseconds: a change must show within seconds. */
const CACHE = 5_000;

let last: { name: string; value: string; at: number } | undefined;

/**
 * The service's mode, from its parameter in SSM. What cannot be read says why.
 * @throws AwsUnavailable
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
 */
export async function readMode(): Promise<ModeReading> {
  const name = settings().modeParameter;
  if (last?.name === name && Date.now() - last.at < CACHE) return last;
  try {
    const { Parameter } = await client.send(new GetParameterCommand({ Name: name }));
    const value = Parameter?.Value;
    if (value === undefined) return { unreadable: `there is no parameter ${show(name)}` };
    last = { name, value, at: Date.now() };
    return last;
  } catch (error) {
    if (isUnavailable(error)) throw error;
    return { unreadable: show(error instanceof Error ? error.message : error, 200) };
  }
}
