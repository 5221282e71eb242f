import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { KNOWN_RULES, RATE_NAMES } from '../../local/simulation/judge/known.ts';

const MINUTES = 60_000;

interface Run {
  code: number;
  out: string;
  err: string;
  lines: Record<string, unknown>[];
}

async function run(script: string, args: string[]): Promise<Run> {
  const options = { maxBuffer: 64 * 1024 * 1024, env: { ...process.env, NODE_ENV: '' } };
  const { code, out, err } = await promisify(execFile)(process.execPath, [script, ...args], options).then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      out: error.stdout,
      err: error.stderr,
    }),
  );
  const lines = out
    .trim()
    .split('\n')
    .filter((line) => line.startsWith('{'));
  return { code, out, err, lines: lines.map((line) => JSON.parse(line)) };
}

const simulate = (...args: string[]) => run('local/simulation/main.ts', args);

test(
  'each protection, turned off, is missed: the simulation finds the violation',
  async () => {
    const { lines } = await run('test/simulation/bite.ts', ['path']);
    expect(lines.map(({ protection, found }) => [protection, found])).toEqual([
      ['claim', 'P2'],
      ['lease', 'P3'],
      ['fencing', 'P3'],
      ['maxAttempts: 1', 'P2'],
      ['unknown is returned', 'P4'],
      ['net', 'P4'],
      ['duplicate check', 'P3'],
      ['memory of an unsettled rebuild', 'P2'],
      ['lease given back', 'P7'],
      ['scope', 'P6'],
      ['mode', 'mode'],
      ['tags', 'tags'],
      ['window', 'window'],
      ['flapping', 'flapping'],
      ['storm', 'P5'],
      ['one message a storm', 'P4'],
      ['cooldown', 'cooldown'],
      ['snapshot-age', 'snapshot-age'],
      ['connected', 'connected'],
      ['turn', 'P5'],
      ['ladder', 'ladder'],
      ['told before', 'told before'],
      ['a fact that cannot be read', 'connected'],
      ['word of the service', 'L1'],
    ]);
  },
  10 * MINUTES,
);

test(
  'a product that is of no use, or says what is not so, breaks the promise that it has to break',
  async () => {
    const { lines } = await run('test/simulation/bite.ts', ['unsound']);
    // In the same story the sound product breaks none of them.
    expect(lines.filter(({ sound }) => sound !== true)).toEqual([]);
    expect(lines.map(({ product, found }) => [product, found])).toEqual([
      ['does nothing', 'L1'],
      ['always refuses', 'L1'],
      ['never sees a recovery', 'L1'],
      ['always says FAILED', 'L2'],
      ['drops what it has begun', 'L3'],
      ['says nothing at all', 'Q9'],
      ['says that the window is closed', 'L5'],
      ['says that somebody works on it', 'L5'],
      ['says that its snapshot is old', 'L5'],
      ['says tags for nothing', 'L5'],
      ['says mode for nothing', 'L5'],
      ['says storm for nothing', 'L5'],
      ['says cooldown for nothing', 'L5'],
      ['says turn for nothing', 'L5'],
      ['has no queue', 'L6'],
      ['goes by what another step read', 'L7'],
      ['goes by an old look', 'L7'],
      ['looks all the time', 'L8'],
      ['asks again and again', 'L8'],
      ['waits for ever', 'L8'],
      ['drags everything along', 'L8'],
      ['hammers a service that is away', 'L8 (outage)'],
      ['fails for nothing', 'L9'],
      ['runs out of time', 'L9'],
      ['gives up at once', 'L10'],
      ['has no alarm on its dead letters', 'P4'],
      ['gives up under many faults', 'P4'],
    ]);
  },
  10 * MINUTES,
);

test(
  'each rule that the field taught, turned back to what it was, is missed, and kept in the same story by the product',
  async () => {
    const { lines } = await run('test/simulation/bite.ts', ['turned']);
    expect(lines.length).toBeGreaterThan(25);
    expect(lines.filter(({ promise, found, sound }) => found !== promise || sound !== true)).toEqual([]);
  },
  10 * MINUTES,
);

test(
  'a violation in a random story is told by its shortest story',
  async () => {
    const { lines } = await run('test/simulation/bite.ts', ['random', 'maxAttempts: 1']);
    expect(lines).toMatchObject([
      { found: 'P2', shortest: { faults: [{ kind: 'error-500' }], starts: 1, desktops: 1 } },
    ]);
    for (const words of ['starts: ', 'RebuildWorkspaces', '!! P2: ', ' is ', 'Replay: '])
      expect(lines[0]?.text).toContain(words);
  },
  10 * MINUTES,
);

test(
  'the main paths, a part of the faults alone and of the pairs: every promise holds',
  async () => {
    const { code, lines, err } = await simulate('--exhaustive', '--alone', '16', '--part', '3000', '--json');
    expect(err).not.toContain('violation(s)\n!!');
    expect(lines.at(-1)).toMatchObject({ violations: 0, seed: 1 });
    expect(Number(lines.at(-1)?.faults)).toBeGreaterThan(1_200);
    expect(code).toBe(0);
  },
  10 * MINUTES,
);

test(
  'the main paths are the same in any number of processes',
  async () => {
    const args = ['--exhaustive', '--alone', '100', '--part', '100000', '--json', '--jobs'];
    const [one, other] = await Promise.all([simulate(...args, '1'), simulate(...args, '2')]);
    expect(one.lines.length).toBeGreaterThan(50);
    expect(other.lines.slice(0, -1)).toEqual(one.lines.slice(0, -1));
  },
  10 * MINUTES,
);

test('a story counts its incidents, duplicates and probes apart', async () => {
  const { lines } = await simulate('--path', 'a second alarm', '--json');
  expect(lines).toMatchObject([
    { story: 'a second alarm', incidents: 1, duplicates: 1, probes: 0, rebuilds: 1 },
  ]);
});

test(
  'random incidents: every promise holds, and the same seed gives the same run to the byte, in any number of processes',
  async () => {
    const args = ['--incidents', '300', '--seed', '7', '--json'];
    const [one, other] = await Promise.all([
      simulate(...args, '--jobs', '1'),
      simulate(...args, '--jobs', '3'),
    ]);
    const last = one.lines.at(-1);
    expect(last).toEqual({
      incidents: expect.any(Number),
      duplicates: expect.any(Number),
      probes: expect.any(Number),
      faults: expect.any(Number),
      rebuilds: expect.any(Number),
      violations: 0,
      known: Object.fromEntries(KNOWN_RULES.map((rule) => [rule, expect.any(Number)])),
      rates: Object.fromEntries(
        RATE_NAMES.map((name) => [name, { hits: expect.any(Number), of: expect.any(Number) }]),
      ),
      seed: 7,
      seconds: expect.any(Number),
    });
    expect(other.lines.at(-1)).toEqual({ ...last, seconds: expect.any(Number) });
    for (const key of ['duplicates', 'probes', 'faults', 'rebuilds'])
      expect(Number(last?.[key])).toBeGreaterThan(50);
    expect(other.lines.slice(0, -1)).toEqual(one.lines.slice(0, -1));
    expect([one.code, other.code]).toEqual([0, 0]);
    // Neither probes nor duplicates count, and the run ends with the story that reaches the number.
    const stories = one.lines.slice(0, -1);
    const incidents = stories.reduce((sum, line) => sum + Number(line.incidents), 0);
    expect(last?.incidents).toBe(incidents);
    expect(incidents).toBeGreaterThanOrEqual(300);
    expect(incidents - Number(stories.at(-1)?.incidents)).toBeLessThan(300);
    // One story alone is the same as in the midst of others.
    const alone = await simulate('--story', '30', '--seed', '7', '--json');
    expect(alone.lines).toEqual([one.lines[30]]);
  },
  10 * MINUTES,
);

test(
  'a storm of 2,000 in one directory: nothing is done while it lasts, then never more at a time than allowed',
  async () => {
    const { lines } = await run('test/simulation/storm.ts', ['2000']);
    expect(lines).toEqual([
      {
        incidents: 2_040,
        outcomes: { NEEDS_HUMAN: 2_000, RECOVERED: 40 },
        rebuiltWhileItLasts: 0,
        rebuiltAfterwards: 40,
        // As many as may, so that the limit has been reached and held.
        mostAtATime: 10,
        messages: 1,
        violations: [],
      },
    ]);
  },
  10 * MINUTES,
);

test('stories that sign do so really; the others leave the form of a signature', async () => {
  const { lines } = await run('test/simulation/signed.ts', []);
  expect(lines).toEqual([
    {
      isSigned: true,
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=simulation\/\d{8}\/us-east-1\/dynamodb\/aws4_request, SignedHeaders=\S+, Signature=(?!0{64})[0-9a-f]{64}$/,
      ),
    },
    { isSigned: false, authorization: expect.stringMatching(/^AWS4-HMAC-SHA256 .+ Signature=0{64}$/) },
  ]);
});

// docs/guards.md names the guards in this order.
const ASKED = [
  'check > SSM.GetParameter',
  'check > WorkSpaces.DescribeWorkspaces',
  // Somebody's remedy under way is noted, once.
  'check > DynamoDB.GetItem',
  'check > DynamoDB.UpdateItem',
  'check > WorkSpaces.DescribeTags',
  // When it was last started, if it is stopped.
  'check > DynamoDB.GetItem',
  // The incident is noted for the storm breaker; then it has to be confirmed.
  'check > DynamoDB.UpdateItem',
  'check > DynamoDB.BatchGetItem',
  'check > CloudWatch.GetMetricData',
  // A storm is noted, or that another has noted it.
  'check > DynamoDB.UpdateItem',
  'check > DynamoDB.UpdateItem',
  // What remedies in its directory came to, and what was done to this WorkSpace before.
  'check > DynamoDB.GetItem',
  'check > DynamoDB.GetItem',
  // Who has a turn; when there are too many, who of them is still there; then a place is taken.
  'check > DynamoDB.GetItem',
  'check > DynamoDB.BatchGetItem',
  'check > StepFunctions.DescribeExecution',
  'check > DynamoDB.UpdateItem',
  // What its directory is joined to: in the table, or else from WorkSpaces, and then noted.
  'check > DynamoDB.GetItem',
  'check > WorkSpaces.DescribeWorkspaceDirectories',
  'check > DynamoDB.UpdateItem',
  'check > WorkSpaces.DescribeWorkspaceSnapshots',
  'check > KMS.DescribeKey',
  'check > WorkSpaces.DescribeWorkspacesConnectionStatus',
];

test('guards are asked in one order, and no fact is asked for twice in a pass', async () => {
  const { lines } = await run('test/simulation/passes.ts', []);
  const passes = lines.flatMap(({ passes: all }) => (Array.isArray(all) ? all : []));
  expect(passes.length).toBeGreaterThan(50);
  for (const pass of passes) {
    let from = 0;
    for (const call of pass) {
      const at = ASKED.indexOf(call, from);
      expect([call, pass, at >= from]).toEqual([call, pass, true]);
      from = at + 1;
    }
  }
  const asked = new Set(passes.flat());
  expect([...new Set(ASKED)].filter((call) => !asked.has(call))).toEqual([]);
});

test('told to a person: the table of faults, the verdict, the figures', async () => {
  const { code, out } = await simulate('--incidents', '50');
  for (const words of [
    'fault ',
    'crash-after',
    'Every promise held.',
    'incidents ',
    'violations 0',
    'seed 1',
  ])
    expect(out).toContain(words);
  expect(code).toBe(0);
});

test('a stale read in the first minute gives the first state: the step is not tried again', async () => {
  const fault = 'e1 check > WorkSpaces.DescribeWorkspaces #1: stale';
  const { code, out } = await simulate('--path', 'recovered', '--fault', fault);
  expect(out).toMatch(
    /-- fault at e1 check.*stale\n.*DescribeWorkspaces \((\d+)\)\n.*answer to \1: UNHEALTHY/,
  );
  expect(out.match(/e1 check > WorkSpaces\.DescribeWorkspaces \(/g)).toHaveLength(2);
  expect(code).toBe(0);
});

test('a main path, told, with a fault', async () => {
  const { code, out } = await simulate(
    '--path',
    'recovered',
    '--fault',
    'e1 act > WorkSpaces.RebuildWorkspaces #1: lost-response',
  );
  for (const words of ['-- fault at e1 act', ': Error', 'e1 ends SUCCEEDED: RECOVERED'])
    expect(out).toContain(words);
  expect(code).toBe(0);
});

test.each([
  [['--incidents', 'many']],
  [['--seed', '-1']],
  [['--path', 'nowhere']],
  [['--fault', 'anything']],
  [['--jobs', '0']],
  [['--jobs', '65']],
  [['--coverage', '--exhaustive']],
  [['--wrong']],
])('a wrong call %j exits with 2 and says why', async (args) => {
  const { code, err } = await simulate(...args);
  expect(code).toBe(2);
  expect(err).toMatch(/incidents|seed|nowhere|anything|jobs|coverage measures|--wrong/);
});

test('--help', async () => {
  const { code, out } = await simulate('--help');
  expect(code).toBe(0);
  for (const option of [
    'incidents',
    'seed',
    'story',
    'exhaustive',
    'part',
    'alone',
    'path',
    'fault',
    'storm',
    'coverage',
    'jobs',
    'json',
  ])
    expect(out).toContain(`--${option}`);
});
