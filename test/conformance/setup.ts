/** Sets up what the chosen test files need before the first of them, and takes it down after the last. */
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { buildAll } from '../../tools/build.ts';
import { startDynamoDbLocal, startMinistack, startMoto } from './engines.ts';
import { freePort, type Server } from './servers.ts';
import { installTools } from './tools.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** ministack that the stack is deployed on, and the port at which its functions look for WorkSpaces. */
    stackUrl: string;
    workspacesPort: number;
    /** ministack for its interpreter and its event bus alone. */
    ministackUrl: string;
    dynamoDbLocalUrl: string;
    motoUrl: string;
  }
}

const startedAt = Date.now();

/** A line of progress, with the seconds since the start. */
function say(line: string): void {
  process.stdout.write(`[${String(Math.round((Date.now() - startedAt) / 1000)).padStart(4)} s] ${line}\n`);
}

/** The parts to run, from `npm run conformance`; all of them when none is named. */
const parts = (process.env.CONFORMANCE_PARTS ?? '').split(',').filter(Boolean);
const wants = (...names: string[]) => parts.length === 0 || names.some((name) => parts.includes(name));

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const servers: Server[] = [];
  const stop = async () => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  try {
    // DynamoDB Local alone is no program of Python.
    if (wants('template', 'stack', 'workflow', 'model', 'patterns')) await installTools(say);
    say('bundling the functions');
    await buildAll();
    if (wants('stack')) {
      say('starting ministack for the stack');
      const port = await freePort();
      const stack = await startMinistack({
        // The functions find WorkSpaces, which ministack does not have, by the SDK's own endpoint variable.
        AWS_ENDPOINT_URL_WORKSPACES: `http://127.0.0.1:${port}`,
        // Each function has the permissions of its role, and no others. The keys are those of the account's root.
        AUTH: 'true',
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_SESSION_TOKEN: '',
        // What it lacks for the template to be deployed and the workflow to run as they are.
        PYTHONPATH: fileURLToPath(new URL('ministack', import.meta.url)),
        PYTHONDONTWRITEBYTECODE: '1',
      });
      servers.push(stack);
      project.provide('stackUrl', stack.url);
      project.provide('workspacesPort', port);
    }
    if (wants('workflow', 'patterns')) {
      say('starting ministack for the workflow and the rules');
      const ministack = await startMinistack({ SFN_WAIT_SCALE: '0' });
      servers.push(ministack);
      project.provide('ministackUrl', ministack.url);
    }
    if (wants('dynamodb')) {
      say('starting DynamoDB Local');
      const dynamodb = await startDynamoDbLocal();
      servers.push(dynamodb);
      project.provide('dynamoDbLocalUrl', dynamodb.url);
    }
    if (wants('model')) {
      say('starting moto');
      const moto = await startMoto();
      servers.push(moto);
      project.provide('motoUrl', moto.url);
    }
    say('running the checks');
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}
