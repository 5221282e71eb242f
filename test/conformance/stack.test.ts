import { afterAll, beforeAll } from 'vitest';
import type { Listening } from '../../local/http.ts';
import { start } from './stack-context.ts';
import { incidentChecks } from './stack-incidents.ts';
import { operationChecks } from './stack-operation.ts';
import { templateChecks } from './stack-template.ts';

let workspaces: Listening | undefined;
beforeAll(async () => {
  workspaces = await start();
});
afterAll(() => workspaces?.close());

// In this order: the last ones take the stack apart.
templateChecks();
incidentChecks();
operationChecks();
