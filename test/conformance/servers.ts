/** Starts programs that others wrote, waits until they answer, and makes sure that none outlives the run. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';

/** A program or a server did not do what the run needs of it; the message holds the end of its output. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
}

/** Output of a program that is repeated in an error, in characters. */
const TAIL = 2_000;

/** Longest time that a server may take until it answers, in milliseconds. */
const START_MS = 90_000;

export interface Server {
  url: string;
  port: number;
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A port of the loopback interface that nobody listens on. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (typeof address !== 'object' || address === null) throw new EngineError('No free port.');
  return address.port;
}

/** Starts a server on a free port, and comes back once `path` answers, with whatever status. @throws EngineError */
export async function startServer(
  name: string,
  command: (port: number) => { file: string; args: string[]; env?: Record<string, string>; cwd?: string },
  path = '/',
): Promise<Server> {
  const port = await freePort();
  const { file, args, env, cwd } = command(port);
  const child = spawn(file, args, {
    env: { ...process.env, ...env },
    ...(cwd !== undefined && { cwd }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let output = '';
  let exit: string | undefined;
  const keep = (chunk: Buffer) => {
    output = `${output}${chunk}`.slice(-TAIL);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const ended = new Promise<void>((resolve) => {
    const end = (how: string) => {
      exit = how;
      running.delete(child);
      resolve();
    };
    child.on('error', (error) => end(error.message));
    child.on('exit', (code, signal) => end(`exit ${code ?? signal}`));
  });
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + START_MS;
  while (exit === undefined && Date.now() < deadline) {
    const isUp = await fetch(url + path).then(
      () => true,
      () => false,
    );
    if (isUp) {
      const stop = async () => {
        child.kill('SIGTERM');
        const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
        await ended;
        clearTimeout(timer);
      };
      return { url, port, stop };
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  child.kill('SIGKILL');
  throw new EngineError(`${name} did not start (${exit ?? 'no answer in time'}): ${output}`);
}

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end. A code other than 0 is for the caller to judge. @throws EngineError when there is none */
export function runProgram(
  file: string,
  args: string[],
  options: { cwd?: string; env?: Record<string, string>; onLine?: (line: string) => void } = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      ...(options.cwd !== undefined && { cwd: options.cwd }),
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    const chunks: { stdout: string; stderr: string } = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (chunk: string) => {
        chunks[stream] += chunk;
        if (options.onLine) for (const line of chunk.split('\n').filter(Boolean)) options.onLine(line);
      });
    }
    child.on('error', (cause) => {
      running.delete(child);
      reject(new EngineError(`${file} cannot be run: ${cause.message}`, { cause }));
    });
    child.on('close', (code) => {
      running.delete(child);
      resolve({ code: code ?? 1, ...chunks });
    });
  });
}
