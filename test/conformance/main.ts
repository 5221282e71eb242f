import { startVitest } from 'vitest/node';
import { parseOptions, runCommand, UsageError } from '../../local/lab/command.ts';

/** Each part is a folder. */
const PARTS = {
  template: 'the template against cfn-lint, the SAM CLI and checkov',
  stack: 'the deployed stack on ministack, by its public APIs',
  dynamodb: 'leases, turns, claims and idempotency on DynamoDB Local and dynalite',
  workflow: 'the workflow under two validators and two interpreters',
  model: "the lab's WorkSpaces and KMS servers against the API models and moto",
  patterns: "the rules in the lab's matcher and in ministack's",
} as const;

const HELP = `Runs the product on engines that others wrote, and compares. Needs Python 3.11 to 3.13 and Java 17 or newer.

  npm run conformance                     everything
  npm run conformance -- --only PART      one part; may be given more than once

Parts:
${Object.entries(PARTS)
  .map(([name, about]) => `  ${name.padEnd(10)} ${about}`)
  .join('\n')}

Exit codes: 0 nothing differs; 1 something differs; 2 usage error. NO_COLOR turns colours off.
`;

function readOptions(args: string[]) {
  return parseOptions({
    args,
    options: {
      only: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }).values;
}

async function main(argv: string[]): Promise<number> {
  const { only, help } = readOptions(argv);
  if (help) {
    process.stdout.write(HELP);
    return 0;
  }
  for (const name of only) {
    if (!Object.hasOwn(PARTS, name))
      throw new UsageError(`There is no part ${JSON.stringify(name)}; --help lists them.`);
  }
  // The servers are ended as the process exits, which a signal alone does not make it do.
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(143));
  process.env.CONFORMANCE_PARTS = only.join();
  const filters = only.map((name) => `test/conformance/${name}/`);
  const vitest = await startVitest('test', filters, { config: 'vitest.conformance.config.ts', watch: false });
  await vitest.close();
  return Number(process.exitCode ?? 0);
}

await runCommand(HELP, main);
