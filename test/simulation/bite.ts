/**
 * Turns each protection off in turn, at the edges of the simulation, and looks for the violation that must follow.
 * Prints a JSON line for each; run by the tests, and by hand:
 * `node test/simulation/bite.ts path|random|unsound|turned [NAME ...]`.
 */
import type { Edges } from '../../local/simulation/edges.ts';
import { exhaustive } from '../../local/simulation/exhaustive.ts';
import { verdict } from '../../local/simulation/judge/known.ts';
import { type Play, shorten, storyText } from '../../local/simulation/tell.ts';
import type { Trace } from '../../local/simulation/trace.ts';
import { play } from '../../local/simulation/world.ts';
import { randomStory } from '../../local/stories/random/story.ts';
import type { Story } from '../../local/stories/story.ts';
import { TURNED_BACK } from './turned-back.ts';
import { letPass, UNSOUND, type Unsound } from './unsound.ts';

const inTable =
  (change: (body: string) => string): NonNullable<Edges['request']> =>
  (call, body) =>
    call.endsWith('DynamoDB.UpdateItem') ? change(body) : body;

/** Takes an attribute out of what the table tells Intake. */
const forget =
  (attribute: string): NonNullable<Edges['answer']> =>
  (call, body) =>
    call === 'intake > DynamoDB.GetItem'
      ? body.replace(new RegExp(`"${attribute}":\\{"S":"[^"]*"\\},?`), '').replace(/,\}/, '}')
      : body;

/** How often an SDK client sends a request that fails, in all, where nobody tells it otherwise. */
const CLIENT_TRIES = 3;

const CLAIM = 'holder = :me AND fence = :fence AND lastAttempt < :attempt';

/** Each is looked for on one main path, alone and with every single fault. */
const PROTECTIONS: Readonly<Record<string, Edges & { path: string }>> = {
  claim: {
    path: 'never starts',
    request: inTable((body) => body.replace(CLAIM, 'holder = :me AND fence = :fence')),
  },
  lease: { path: 'a second alarm', answer: forget('holder') },
  fencing: {
    path: 'stopped and started again',
    request: inTable((body) =>
      body.includes(CLAIM)
        ? body
            .replace(CLAIM, 'lastAttempt < :attempt')
            .replace(/":me":\{"S":"[^"]*"\},":fence":\{"N":"\d+"\},/, '')
        : body,
    ),
  },
  'maxAttempts: 1': {
    path: 'recovered',
    repeat: (call, tries) => tries < CLIENT_TRIES && call.endsWith('WorkSpaces.RebuildWorkspaces'),
  },
  'unknown is returned': {
    path: 'recovered',
    result: (step, result) => {
      if (step === 'act' && JSON.stringify(result).includes('"result":"unknown"')) {
        throw new Error('The result is not known.');
      }
      return result;
    },
  },
  net: { path: 'recovered', rule: (name) => name !== 'NetRule' },
  'duplicate check': { path: 'a late alarm', answer: forget('closedAt') },
  'memory of an unsettled rebuild': {
    path: 'stopped and started again',
    answer: forget('requestedAt'),
  },
  'lease given back': {
    path: 'recovered',
    request: (call, body) =>
      call.endsWith('DynamoDB.UpdateItem') ? body.replace(' REMOVE holder', '') : body,
    answer: (call, body) =>
      call === 'intake > StepFunctions.DescribeExecution'
        ? body.replace(/"status":"\w+"/, '"status":"RUNNING"')
        : body,
  },
  scope: {
    path: 'out of scope',
    answer: (call, body) => (call.endsWith('DescribeTags') ? body.replace('"False"', '"true"') : body),
  },
  mode: {
    path: 'paused',
    answer: (call, body) =>
      call.endsWith('SSM.GetParameter') ? body.replace('"Value":"paused"', '"Value":"on"') : body,
  },
  tags: { path: 'malformed tag', result: letPass('tags') },
  window: { path: 'window opens', result: letPass('window') },
  flapping: { path: 'recovered', result: letPass('flapping') },
  storm: { path: 'a small storm', result: letPass('storm') },
  'one message a storm': {
    path: 'a small storm',
    result: (_, result) => JSON.parse(JSON.stringify(result).replace(/,"toldBy":"[^"]*"/, '')),
  },
  cooldown: { path: 'broken again', result: letPass('cooldown') },
  'snapshot-age': { path: 'no snapshot', result: letPass('snapshot-age') },
  connected: { path: 'somebody works on it', result: letPass('connected') },
  turn: {
    path: 'one at a time',
    answer: (call, body) =>
      call === 'check > DynamoDB.GetItem' ? body.replace(/\\"permits\\":\[.*?\]/, '\\"permits\\":[]') : body,
  },
  ladder: {
    path: 'a reboot first',
    result: (_, result) =>
      JSON.parse(JSON.stringify(result).replace('"next":{"rung":"reboot"}', '"next":{"rung":"restore"}')),
  },
  'told before': {
    path: 'stopped and started again',
    result: (_, result) => JSON.parse(JSON.stringify(result).replace(/"notice":\{[^{}]*\},?/, '')),
  },
  'a fact that cannot be read': {
    path: 'somebody works on it',
    answer: (call, body) =>
      call.endsWith('DescribeWorkspacesConnectionStatus') ? '{"WorkspacesConnectionStatus":[]}' : body,
  },
  'word of the service': {
    path: 'recovered',
    answer: (call, body) =>
      call.endsWith('WorkSpaces.DescribeWorkspaces') ? body.replace('"REBUILDING"', '"AVAILABLE"') : body,
  },
};

const RANDOM_STORIES = 300;

async function* path(again: Play, name: string): AsyncGenerator<Trace> {
  yield* exhaustive(again, { seed: 1, part: Number.MAX_SAFE_INTEGER, paths: [name] });
}

async function* random(again: Play): AsyncGenerator<Trace> {
  for (let number = 0; number < RANDOM_STORIES; number++) yield again(randomStory(1, number));
}

async function bite(
  edges: Edges & { path: string },
  from: (again: Play, path: string) => AsyncGenerator<Trace>,
): Promise<object> {
  const again = (story: Story) => play(story, edges);
  let played = 0;
  for await (const trace of from(again, edges.path)) {
    played++;
    const [first] = verdict(trace).violations;
    if (!first) continue;
    const shortest = await shorten(trace, first, again);
    const { title, faults, starts, desktops } = shortest.story;
    return {
      found: first.promise,
      what: first.what,
      title,
      played,
      shortest: { faults, starts: starts.length, desktops: desktops.length },
      text: storyText(shortest, verdict(shortest).violations, 'by this test'),
    };
  }
  return { found: null, played };
}

/** What is of no use, in one story: the promise that it breaks, and whether the sound product holds it there. */
async function unsound({ promise, story, world = {}, ...edges }: Unsound): Promise<object> {
  const breaks = async (more: Edges) => {
    const { violations, known } = verdict(await play(story, { ...world, ...more }));
    const hits = known.map(({ rule, what }) => ({ promise: rule, what }));
    return [...violations, ...hits].find(
      (one) => one.promise === promise || one.what.startsWith(`${promise}: `),
    );
  };
  const violation = await breaks(edges);
  return {
    found: violation ? promise : null,
    what: violation?.what ?? null,
    sound: (await breaks({})) === undefined,
  };
}

const [from, ...wanted] = process.argv.slice(2);
const isWanted = (name: string) => wanted.length === 0 || wanted.includes(name);
if (from === 'unsound' || from === 'turned') {
  for (const [product, edges] of Object.entries(from === 'turned' ? TURNED_BACK : UNSOUND)) {
    const { promise } = edges;
    if (isWanted(product)) console.log(JSON.stringify({ product, promise, ...(await unsound(edges)) }));
  }
} else {
  for (const [protection, edges] of Object.entries(PROTECTIONS)) {
    if (!isWanted(protection)) continue;
    console.log(JSON.stringify({ protection, ...(await bite(edges, from === 'random' ? random : path)) }));
  }
}
