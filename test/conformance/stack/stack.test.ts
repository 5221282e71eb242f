import { afterAll, beforeAll } from 'vitest';
import type { Listening } from '../../../local/desk/http.ts';
import { start } from './context.ts';
import { incidentChecks } from './incidents.ts';
import { operationChecks } from './operation.ts';
import { templateChecks } from './template.ts';

let workspaces: Listening | undefined;
beforeAll(async () => {
  workspaces = await start();
});
afterAll(() => workspaces?.close());

// In this order: the last ones take the stack apart.
templateChecks();
incidentChecks();
operationChecks();
