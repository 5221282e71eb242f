/**
 * Bundles each Lambda step into `dist/<step>/index.mjs`: ESM, minified, source maps apart in `dist/maps`, since a step's
 * folder is what is deployed. What a step imports only when it needs it is a bundle of its own beside that one, whole, so
 * that a cold start reads one file. Credentials come from the environment only, which Lambda always sets: the SDK's chain of
 * SSO, STS and ini providers stays out.
 */
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, parse } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type BuildOptions, build, type Plugin } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const steps = readdirSync(join(root, 'functions/steps')).map((file) => basename(file, '.ts'));

const OPTIONS = {
  absWorkingDir: root,
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
} as const satisfies BuildOptions;

/** Leaves what is imported dynamically out, and writes down from where it was, by the name of its file. */
const leavingOut = (found: Map<string, string>): Plugin => ({
  name: 'leaving-out',
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ kind, path, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined;
      const name = basename(path, '.ts');
      found.set(`./${name}.mjs`, join(resolveDir, path));
      return { path: `./${name}.mjs`, external: true };
    });
  },
});

/** Makes every bundle anew, and gives the sizes of the steps' own in bytes. */
export async function buildAll(outdir = join(root, 'dist')): Promise<Map<string, number>> {
  rmSync(outdir, { recursive: true, force: true });
  const apart = new Map<string, string>();
  const { metafile } = await build({
    ...OPTIONS,
    entryPoints: steps.map((step) => ({ in: `functions/steps/${step}.ts`, out: `${step}/index` })),
    outdir,
    metafile: true,
    plugins: [leavingOut(apart)],
  });
  const later = Object.entries(metafile.outputs).flatMap(([file, { imports }]) =>
    imports.flatMap(({ path }) => {
      const from = apart.get(path);
      return from === undefined ? [] : [{ in: from, out: join(basename(dirname(file)), parse(path).name) }];
    }),
  );
  await build({ ...OPTIONS, entryPoints: later, outdir });
  mkdirSync(join(outdir, 'maps'));
  const made = [
    ...steps.map((step) => [join(step, 'index'), step]),
    ...later.map(({ out }) => [out, basename(out)]),
  ];
  for (const [file, map] of made)
    renameSync(join(outdir, `${file}.mjs.map`), join(outdir, 'maps', `${map}.mjs.map`));
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
