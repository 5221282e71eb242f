import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Listening {
  url: string;
  close(): Promise<void>;
}

/** Starts a server on a port of the loopback interface; on a free one, without any. */
export async function listen(server: Server, port = 0): Promise<Listening> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  if (!isAddressInfo(address)) throw new Error('The server has no port.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function isAddressInfo(address: string | AddressInfo | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}

export interface ApiRequest {
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

export interface ApiResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Serves an API: each request, read to its end, gets its answer. */
export function serve(
  answer: (request: ApiRequest) => ApiResponse | Promise<ApiResponse>,
  port?: number,
): Promise<Listening> {
  return listen(
    createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', async () => {
        const { status, headers, body } = await answer({
          headers: request.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        });
        response.writeHead(status, headers).end(body);
      });
    }),
    port,
  );
}

/** An answer in JSON, as the JSON 1.0 and 1.1 protocols have it. */
export function reply(status: number, body: object, version: '1.0' | '1.1' = '1.1'): ApiResponse {
  return {
    status,
    headers: {
      'content-type': `application/x-amz-json-${version}`,
      'x-amzn-requestid': crypto.randomUUID(),
    },
    body: JSON.stringify(body),
  };
}
