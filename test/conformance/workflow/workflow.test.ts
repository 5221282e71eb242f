import { getLanguageService, TextDocument } from 'amazon-states-language-service';
import validate from 'asl-validator';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { loadStack } from '../../../local/desk/template.ts';
import { WORKFLOW_STORIES } from '../../../local/stories/catalogue.ts';
import { npmVersion, versionOf } from '../tools.ts';
import { DIFFERENCES, timesSeen } from './differences.ts';
import { record } from './recording.ts';
import { Replay } from './replay.ts';

const stack = loadStack();

/** Mistakes in a definition: what each replaces in the text, and by what. */
const MISTAKES: Record<string, [search: string, replacement: string]> = {
  'a transition to no state': ['"Next": "May it be rebuilt now?"', '"Next": "Is it whole?"'],
  'a state that nothing leads to': ['"Default": "Done"', '"Default": "Failed"'],
  'a start at no state': ['"StartAt": "Note the request"', '"StartAt": "Note"'],
  'a type that there is not': ['"Type": "Succeed"', '"Type": "Success"'],
  'a rate that is a text': ['"BackoffRate": 2', '"BackoffRate": "2"'],
  'a comparison of no text': ['"StringEquals": "CHECK"', '"StringEquals": 5'],
};

/** Mistakes that only asl-validator looks for. */
const MISTAKES_IN_TEXTS: Record<string, [search: string, replacement: string]> = {
  'a path that is none': ['"SecondsPath": "$.decision.waitSeconds"', '"SecondsPath": "decision"'],
  'a resource that is no ARN': ['"Resource": "arn:aws:states:::sns:publish"', '"Resource": "publish"'],
};

function withMistake(name: string): string {
  const [search, replacement] = MISTAKES[name] ?? MISTAKES_IN_TEXTS[name] ?? ['', ''];
  const broken = stack.stateMachine.definition.replaceAll(search, replacement);
  expect(broken).not.toBe(stack.stateMachine.definition);
  return broken;
}

const branch = v.object({ Next: v.string() });
const machine = v.object({
  States: v.record(
    v.string(),
    v.object({
      Next: v.optional(v.string()),
      Default: v.optional(v.string()),
      Choices: v.optional(v.array(branch), []),
      Catch: v.optional(v.array(branch), []),
    }),
  ),
});

/** Every way from one state to another. */
function transitions(definition: string): string[] {
  const { States } = v.parse(machine, JSON.parse(definition));
  return Object.entries(States).flatMap(([name, { Next, Default, Choices, Catch }]) =>
    [Next, Default, ...[...Choices, ...Catch].map((each) => each.Next)]
      .filter((next) => next !== undefined)
      .map((next) => `${name} -> ${next}`),
  );
}

describe(`the workflow's definition under asl-validator ${npmVersion('asl-validator')}`, () => {
  const errors = (text: string) =>
    validate(JSON.parse(text), { checkPaths: true, checkArn: true }).errorsText();

  test('as deployed: no error, its paths and ARNs included', () => {
    expect(errors(stack.stateMachine.definition)).toBe('');
  });

  test.each(Object.keys({ ...MISTAKES, ...MISTAKES_IN_TEXTS }))('with %s: refused', (mistake) => {
    expect(errors(withMistake(mistake))).not.toBe('');
  });
});

describe(`the workflow's definition under amazon-states-language-service ${npmVersion('amazon-states-language-service')}`, () => {
  const service = getLanguageService({});
  const diagnostics = async (text: string) => {
    const document = TextDocument.create('file:///remediate.asl.json', 'asl', 1, text);
    const found = await service.doValidation(document, service.parseJSONDocument(document));
    return found.map(({ message, range }) => `${range.start.line + 1}: ${message}`);
  };

  test('as deployed: no diagnostic of any severity', async () => {
    expect(await diagnostics(stack.stateMachine.definition)).toEqual([]);
  });

  test.each(Object.keys(MISTAKES))('with %s: refused', async (mistake) => {
    expect(await diagnostics(withMistake(mistake))).not.toEqual([]);
  });
});

describe(`every path of the workflow tests on ministack ${versionOf('ministack')} as on aws-local-stepfunctions ${npmVersion('aws-local-stepfunctions')}`, () => {
  const stories = [...WORKFLOW_STORIES.keys()];
  const { recordings, stop } = record(stories);
  const taken = new Set<string>();
  const replay = new Replay(inject('ministackUrl'), stack);
  beforeAll(() => replay.deploy());
  afterAll(async () => {
    await stop();
    await replay.close();
  });

  test.each(stories)('%s', async (story) => {
    const lab = await recordings.get(story);
    if (lab === undefined) throw new Error('Nothing was recorded.');
    const theirs = await replay.play(lab);
    for (const [index, { name }] of theirs.states.entries()) {
      const next = theirs.states[index + 1];
      if (next) taken.add(`${name} -> ${next.name}`);
    }
    expect(theirs).toEqual(replay.expected(lab));
  });

  test('together they take every transition of the definition, each Catch included', () => {
    expect(transitions(stack.stateMachine.definition).filter((each) => !taken.has(each))).toEqual([]);
  });

  test.each(Object.entries(DIFFERENCES))('still differs, %s: %s', (difference) => {
    expect(timesSeen(difference)).toBeGreaterThan(0);
  });
});
