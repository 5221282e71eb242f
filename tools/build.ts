/**
 * Bundles each Lambda step into `dist/<step>/index.mjs`: ESM, minified, source maps apart. Credentials come from
 * the environment only, which Lambda always sets: the SDK's chain of SSO, STS and ini providers stays out.
 */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build, type Plugin } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const steps = readdirSync(join(root, 'functions/steps'))
  .filter((file) => file !== 'step.ts')
  .map((file) => basename(file, '.ts'));

const environmentCredentials: Plugin = {
  name: 'environment-credentials',
  setup(bundler) {
    bundler.onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, () => ({
      path: join(root, 'tools/environment-credentials.ts'),
    }));
  },
};

/** Bundles entry points: `in` is the source, `out` the place beneath `outdir`. */
async function bundle(
  entryPoints: { in: string; out: string }[],
  outdir: string,
  sourcemap: 'external' | false,
): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints,
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    sourcemap,
    legalComments: 'none',
    logLevel: 'warning',
    // CommonJS dependencies call require for Node's own modules.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    plugins: [environmentCredentials],
  });
}

const sourceOf = (step: string) => `functions/steps/${step}.ts`;

export async function buildAll(outdir = join(root, 'dist')): Promise<Map<string, number>> {
  rmSync(outdir, { recursive: true, force: true });
  await bundle(
    steps.map((step) => ({ in: sourceOf(step), out: `${step}/index` })),
    outdir,
    'external',
  );
  return new Map(steps.map((step) => [step, statSync(join(outdir, step, 'index.mjs')).size]));
}

/** Prints each bundle's size unless `--quiet`. `--step NAME --into DIR` puts one bundle alone into a folder: what `sam build` asks for. */
async function main(): Promise<void> {
  const { step, into, quiet } = parseArgs({
    options: {
      step: { type: 'string' },
      into: { type: 'string' },
      quiet: { type: 'boolean', default: false },
    },
  }).values;
  if (step !== undefined && into !== undefined) {
    await bundle([{ in: sourceOf(step), out: 'index' }], resolve(into), false);
    return;
  }
  const sizes = await buildAll();
  if (quiet) return;
  for (const [name, bytes] of sizes) console.log(`dist/${name}/index.mjs  ${(bytes / 1000).toFixed(1)} KB`);
}

if (import.meta.main) await main();
