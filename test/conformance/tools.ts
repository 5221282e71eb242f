/** The Python programs of the run, in a virtual environment of its own, from pinned versions. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { EngineError, runProgram } from './servers.ts';

/** The project's folder. */
export const root = fileURLToPath(new URL('../../', import.meta.url));
const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));
const home = join(root, '.conformance');
const bin = join(home, 'venv', 'bin');

/** The path of a program of the virtual environment: `cfn-lint`, say. */
export const tool = (name: string): string => join(bin, name);

/** The pinned version of a package of PyPI. @throws EngineError */
export function versionOf(name: string): string {
  const pin = readFileSync(requirements, 'utf8')
    .split('\n')
    .find((line) => line.toLowerCase().startsWith(`${name}==`));
  if (!pin) throw new EngineError(`${requirements} does not pin ${name}.`);
  return pin.slice(name.length + 2).trim();
}

const packageFile = v.pipe(v.string(), v.parseJson(), v.object({ version: v.string() }));

/** The version of an npm package that is installed. @throws ValiError */
export const npmVersion = (name: string): string =>
  v.parse(packageFile, readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version;

/** The first Python that is new enough for what is pinned. */
async function findPython(): Promise<string> {
  for (const name of ['python3.11', 'python3.12', 'python3.13', 'python3']) {
    const check = 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] <= (3, 13) else 1)';
    const { code } = await runProgram(name, ['-c', check]).catch(() => ({ code: 1 }));
    if (code === 0) return name;
  }
  throw new EngineError(
    'There is no Python 3.11, 3.12 or 3.13 on this machine. Install one, with its venv module.',
  );
}

/** Makes the virtual environment, unless one of these very pins is there. @throws EngineError */
export async function installTools(say: (line: string) => void): Promise<void> {
  const mark = join(home, 'pins');
  const pins = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === pins) return;
  const python = await findPython();
  rmSync(home, { recursive: true, force: true });
  say(`making a virtual environment with ${python}`);
  const steps: [string, string[]][] = [
    [python, ['-m', 'venv', join(home, 'venv')]],
    [tool('pip'), ['install', '--no-deps', '--disable-pip-version-check', '--requirement', requirements]],
    [tool('pip'), ['check', '--disable-pip-version-check']],
  ];
  for (const [file, args] of steps) {
    let next = Date.now();
    const { code, stdout, stderr } = await runProgram(file, args, {
      onLine: (line) => {
        if (Date.now() < next || !/^(Collecting|Installing)/.test(line)) return;
        next = Date.now() + 5_000;
        say(line.slice(0, 100));
      },
    });
    if (code !== 0)
      throw new EngineError(`${file} ${args.join(' ')} failed: ${(stderr || stdout).slice(-2_000)}`);
  }
  writeFileSync(mark, pins);
}
