/**
 * Runs Intake as in a story that signs its requests, and as in one that does not, and prints how its first request
 * was authorized, as a JSON line each. Run by the tests, and by hand: `node test/simulation/signed.ts`.
 */
import { lambdaContext } from '../../local/desk/lambda-context.ts';
import { loadStack } from '../../local/desk/template.ts';
import { acquire, never, runIn } from '../../local/simulation/sandbox.ts';

const spec = loadStack().functions.find(({ artifact }) => artifact === 'intake');
if (!spec) throw new RangeError('The template has no function intake.');
Object.assign(process.env, spec.environment, {
  POWERTOOLS_DEV: 'true',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'simulation',
  AWS_SECRET_ACCESS_KEY: 'simulation',
});
const sandbox = await acquire('intake');
const context = lambdaContext({ ...spec, awsRequestId: 'signed', remaining: () => 60_000 });
const execution = {
  id: 'arn:aws:states:us-east-1:123456789012:execution:signed:e1',
  name: 'e1',
  roleArn: 'arn:aws:iam::123456789012:role/signed',
  startTime: '2026-11-02T12:00:00.000Z',
};
const input = { workspaceId: 'ws-8kq3zn1yd', reason: 'Is it signed?' };

for (const isSigned of [true, false]) {
  const authorization = await new Promise((resolve, reject) => {
    const invocation = {
      step: 'intake',
      execution: 'e1',
      payload: { input, execution },
      isSigned,
      frozen: false,
      die: reject,
      serve: (_: object, { headers }: { headers: Record<string, string> }) => {
        resolve(headers.authorization);
        return never();
      },
    };
    runIn(sandbox, invocation, context).then(reject, reject);
  });
  console.log(JSON.stringify({ isSigned, authorization }));
}
