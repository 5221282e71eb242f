import { SSMProvider } from '@aws-lambda-powertools/parameters/ssm';
import { SSMClient } from '@aws-sdk/client-ssm';
import { settings } from '../settings.ts';
import { show } from '../text.ts';
import { REQUEST_HANDLER } from './clients.ts';

/** The service's mode as the parameter has it, or why it could not be read. */
export type ModeReading = { value: string } | { unreadable: string };

const provider = new SSMProvider({ awsSdkV3Client: new SSMClient({ requestHandler: REQUEST_HANDLER }) });

/** How long a value is taken for what it is, in seconds: a change must show within seconds. */
const CACHE_SECONDS = 5;

/**
 * The service's mode, from its parameter in SSM (Powertools parameters). Never throws: what cannot be read says why.
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
 */
export async function readMode(): Promise<ModeReading> {
  const name = settings().modeParameter;
  try {
    const value = await provider.get(name, { maxAge: CACHE_SECONDS });
    return value === undefined ? { unreadable: `there is no parameter ${show(name)}` } : { value };
  } catch (error) {
    const cause = error instanceof Error ? error.message : error;
    return { unreadable: show(cause, 200) };
  }
}
