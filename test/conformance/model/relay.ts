/** A relay that writes down what passes between a client and a server, byte for byte. */
import { type ApiRequest, type ApiResponse, type Listening, serve } from '../../../local/desk/http.ts';

export interface Exchange {
  request: ApiRequest;
  response: ApiResponse;
}

export interface Relay extends Listening {
  /** All that has passed since the last call. */
  taken(): Exchange[];
}

/** Hands on each request to `answer`. */
export async function startRelay(
  answer: (request: ApiRequest) => ApiResponse | Promise<ApiResponse>,
): Promise<Relay> {
  const exchanges: Exchange[] = [];
  const server = await serve(async (request) => {
    const response = await answer(request);
    exchanges.push({ request, response });
    return response;
  });
  return { ...server, taken: () => exchanges.splice(0) };
}

/** Hands on a request to another server. */
export const forwardTo =
  (url: string) =>
  async ({ headers, body }: ApiRequest): Promise<ApiResponse> => {
    const names = ['authorization', 'content-type', 'x-amz-target', 'x-amz-date'];
    const response = await fetch(url, {
      method: 'POST',
      headers: Object.fromEntries(names.map((name) => [name, String(headers[name] ?? '')])),
      body,
    });
    return {
      status: response.status,
      headers: { 'content-type': response.headers.get('content-type') ?? '' },
      body: await response.text(),
    };
  };

/** The operation that a request names: `DescribeTags`, say. */
export const operationOf = ({ headers }: ApiRequest): string =>
  String(headers['x-amz-target']).replace(/^WorkspacesService\./, '');
