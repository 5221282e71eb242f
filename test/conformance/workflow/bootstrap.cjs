#!/usr/bin/env node
// The runtime of the stand-in functions: hands each event to the test, which says what the function does with it.
const { request } = require('node:http');

const runtime = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;

// A connection for each request: on one that is kept, ministack's answers wait 40 ms for an acknowledgement.
function send(url, method, body) {
  return new Promise((resolve, reject) => {
    const call = request(url, { method, agent: false }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () =>
        resolve({ status: answer.statusCode, headers: answer.headers, text: String(Buffer.concat(chunks)) }),
      );
    });
    call.on('error', reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function serve() {
  for (;;) {
    const { status, headers, text } = await send(`${runtime}/next`, 'GET');
    if (status !== 200) return;
    const id = headers['lambda-runtime-aws-request-id'];
    const name = process.env.AWS_LAMBDA_FUNCTION_NAME;
    const told = await send(process.env.REPLAY_URL, 'POST', { name, event: JSON.parse(text) });
    const { error, result } = JSON.parse(told.text);
    // ministack waits for the first line of a call's log, so one is written.
    console.log(name);
    if (error === undefined) await send(`${runtime}/${id}/response`, 'POST', result);
    else await send(`${runtime}/${id}/error`, 'POST', error);
  }
}

serve();
