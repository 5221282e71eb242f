import { describe, expect, test } from 'vitest';
import { run } from '../../local/lab/lab.ts';
import { summarise } from '../../local/lab/summary.ts';
import { ID, STORIES } from '../../local/stories/catalogue.ts';

const play = (story: keyof typeof STORIES) => run(STORIES[story]);
const rebuilds = (result: Awaited<ReturnType<typeof play>>) => summarise(result).rebuildCalls;

describe('the net', () => {
  test('tells of an aborted execution, what it had done, and gives the lease back', async () => {
    const result = await play('stopped during the rebuild');
    expect([result.status, rebuilds(result), result.notifications.length]).toEqual(['ABORTED', 1, 1]);
    const message = result.notifications[0]?.message;
    for (const fact of [
      ID,
      'mmajor',
      'd-9067206a1f',
      'attempt 1',
      'accepted by AWS.',
      'Last seen: REBUILDING at ',
      'aborted from outside',
      'executions/details',
      "The user's data: may be as of 2026-11-0",
    ])
      expect(message).toContain(fact);
    expect(result.log.at(-1)).toMatchObject({ step: 'Net', released: true, workspaceId: ID });
  });

  test('tells of every request, by what the table knows', async () => {
    const { notifications } = await play('stopped during the rebuild that follows a restore');
    expect(notifications[0]?.message).toMatch(
      /^What was tried: Restore, attempt 1, at \S+: accepted by AWS, seen under way\. The restore ended with the WorkSpace UNHEALTHY\. Rebuild, attempt 2, at \S+: accepted by AWS\.$/m,
    );
    expect(notifications[0]?.message).toMatch(
      /^The user's data: may be as of \S+Z, after the rebuild at \S+Z; otherwise it is as of \S+Z, after the restore at \S+Z$/m,
    );
  });

  test.each<[keyof typeof STORIES, string]>([
    ['stopped, with a reason that is cut within an emoji', `"${'x'.repeat(78)}🖥…`],
    ['stopped, with half a character in its reason', '"no screen \ufffd"'],
  ])('%s: told all the same', async (story, words) => {
    const { notifications } = await play(story);
    expect(notifications).toMatchObject([
      { message: expect.stringContaining(`Triggered by: a manual start: ${words}`) },
    ]);
  });

  test('tells of one that was aborted before it did anything', async () => {
    const result = await play('stopped before it did anything');
    expect(result.notifications).toMatchObject([
      { message: expect.stringContaining('No request was sent to AWS') },
    ]);
  });

  test('tells of one whose input was no JSON object', async () => {
    const result = await play('a text, stopped at once');
    expect(result.notifications).toMatchObject([{ subject: 'WorkSpace (none named): FAILED' }]);
  });

  test('does not repeat what the workflow has told', async () => {
    const result = await play('a refused rebuild, by hand');
    expect(result.notifications).toHaveLength(1);
    expect(result.log.at(-1)).toMatchObject({ step: 'Net', released: false });
  });

  test('gives the lease back that Close could not', async () => {
    const result = await play('close fails for good');
    expect(result.log.at(-1)).toMatchObject({ step: 'Net', released: true });
    expect(result.notifications).toHaveLength(1);
  });
});
