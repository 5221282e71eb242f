import { fromEnv } from '@aws-sdk/credential-provider-env';

/** Stands in for the SDK's default chain in the bundles: Lambda sets the credentials in the environment. */
export const defaultProvider = () => fromEnv();
