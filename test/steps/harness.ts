import { createServer, type Server } from 'node:http';
import { vi } from 'vitest';
import type { Incident } from '../../functions/incident.ts';
import type { ApiRequest, ApiResponse } from '../../local/desk/http.ts';
import { lambdaContext } from '../../local/desk/lambda-context.ts';
import type { Stack } from '../../local/desk/template.ts';

/** One execution, and one invocation of its step. */
export const context = lambdaContext({
  name: 'act',
  arn: 'arn:aws:lambda:us-east-1:123456789012:function:act',
  awsRequestId: 'r-1',
  remaining: () => 30_000,
});
export const execution = {
  id: 'arn:aws:states:us-east-1:123456789012:execution:sm:one',
  name: 'one',
  startTime: '2026-11-02T17:05:00Z',
};

/** Breaks a request on its way: before it arrives, or after it took effect. */
export type Fault = 'none' | 'lost-before' | 'lost-after' | '500' | 'throttled';

/** A service whose requests meet faults. */
export const breaking = (
  handle: (request: ApiRequest) => ApiResponse,
  fault: (operation: string) => Fault,
): Server =>
  createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const how = fault(String(request.headers['x-amz-target']).split('.')[1] ?? '');
      if (how === 'lost-before') return request.socket.destroy();
      if (how === '500') return response.writeHead(500).end('{"__type":"InternalServerException"}');
      if (how === 'throttled')
        return response.writeHead(400).end('{"__type":"ThrottlingException","message":"Rate"}');
      const body = Buffer.concat(chunks).toString('utf8');
      const answer = handle({ headers: request.headers, body });
      if (how === 'lost-after') return request.socket.destroy();
      return response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });

/** As polling leaves it when a request has not shown in time. */
export const overdue = (watched: Incident): Incident => ({
  ...watched,
  decision: { action: 'WAIT', reason: 'It never started.', waitSeconds: 20 },
});

/** The functions' environment as the template has it, with these services in AWS's place. */
export function stubEnvironment(stack: Stack, services: Record<string, { url: string }>): void {
  const endpoints = Object.entries(services).map(([name, { url }]) => [`AWS_ENDPOINT_URL_${name}`, url]);
  const environment = Object.assign({}, ...stack.functions.map((each) => each.environment), {
    LOG_LEVEL: 'SILENT',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    ...Object.fromEntries(endpoints),
  });
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, String(value));
}
