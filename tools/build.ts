/**
 * Bundles each Lambda step into `dist/<step>/index.mjs`: ESM, minified, source maps apart in `dist/maps`, since a step's
 * folder is what is deployed. Credentials come from the environment only, which Lambda always sets: the SDK's chain of
 * SSO, STS and ini providers stays out.
 */
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const steps = readdirSync(join(root, 'functions/steps')).map((file) => basename(file, '.ts'));

/** Makes every bundle anew, and gives their sizes in bytes. */
export async function buildAll(outdir = join(root, 'dist')): Promise<Map<string, number>> {
  rmSync(outdir, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: steps.map((step) => ({ in: `functions/steps/${step}.ts`, out: `${step}/index` })),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    sourcemap: 'external',
    legalComments: 'none',
    logLevel: 'warning',
    // CommonJS dependencies call require for Node's own modules.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    alias: { '@aws-sdk/credential-provider-node': './tools/environment-credentials.ts' },
  });
  mkdirSync(join(outdir, 'maps'));
  for (const step of steps) {
    renameSync(join(outdir, step, 'index.mjs.map'), join(outdir, 'maps', `${step}.mjs.map`));
  }
  return new Map(steps.map((step) => [step, statSync(join(outdir, step, 'index.mjs')).size]));
}

/** Prints each bundle's size unless `--quiet`. */
async function main(): Promise<void> {
  const { quiet } = parseArgs({ options: { quiet: { type: 'boolean', default: false } } }).values;
  const sizes = await buildAll();
  if (quiet) return;
  for (const [name, bytes] of sizes) console.log(`dist/${name}/index.mjs  ${(bytes / 1000).toFixed(1)} KB`);
}

if (import.meta.main) await main();
