/** AWS Systems Manager on a desk: `GetParameter` of the service's mode. */
import * as v from 'valibot';
import { type ApiRequest, type ApiResponse, reply } from './http.ts';

const getInput = v.object({ Name: v.string() });

/** Answers one request; `read` gives a parameter's value, `undefined` for one that is not there. */
export function getParameter({ body }: ApiRequest, read: (name: string) => string | undefined): ApiResponse {
  const { Name } = v.parse(getInput, JSON.parse(body));
  const Value = read(Name);
  if (Value === undefined) return reply(400, { __type: 'ParameterNotFound' });
  return reply(200, { Parameter: { Name, Value, Type: 'String', Version: 1, DataType: 'text' } });
}
