import { paginateScan } from '@aws-sdk/client-dynamodb';
import { DescribeRuleCommand, TestEventPatternCommand } from '@aws-sdk/client-eventbridge';
import { type DescribeExecutionCommandOutput, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { beforeAll, describe, expect, test } from 'vitest';
import { sample } from '../../../local/stories/samples.ts';
import { changed } from '../../events.ts';
import { versionOf } from '../tools.ts';
import { changes, clients, idOf, machine, say, stack, statesInLab, table } from './context.ts';
import {
  ALARM,
  CONTRIBUTOR,
  CONTRIBUTOR_OF_ITS_OWN,
  IDS,
  NOT_OURS,
  putMetrics,
  subscribe,
} from './setting.ts';
import {
  auditOf,
  drain,
  ended,
  executions,
  outputOf,
  putEvent,
  readItem,
  ruleForOurEvents,
  startByHand,
  statesOf,
  until,
} from './stories.ts';

/** Every story at once, and then what became of each. */
export function incidentChecks(): void {
  describe(`incidents on the stack deployed on ministack ${versionOf('ministack')}, with the roles of the template in force`, () => {
    const stories: Record<string, string> = {};
    const ends: Record<string, DescribeExecutionCommandOutput> = {};
    const told: Record<string, unknown>[] = [];
    let inbox: string;
    let leaseHeld: Awaited<ReturnType<typeof readItem>>;
    const end = (story: string) => {
      const found = ends[story];
      if (!found) throw new Error(`There is no story ${story}.`);
      return found;
    };
    const messages = (story: string) =>
      told.filter(({ Message }) => String(Message).includes(end(story).executionArn ?? 'none'));

    beforeAll(async () => {
      inbox = await subscribe(clients, stack.outputs.TopicArn ?? '');
      await putMetrics(clients);
      for (const rule of ['AlarmRule', 'ContributorRule']) await ruleForOurEvents(clients, idOf(rule));
      say('putting the events on the bus, starting by hand');
      const known = new Set<string | undefined>();
      const starts = async (story: string, event: unknown) => {
        await putEvent(clients, event);
        const found = await until(`an execution for ${story}`, async () =>
          (await executions(clients, machine())).find(({ executionArn }) => !known.has(executionArn)),
        );
        known.add(found.executionArn);
        stories[story] = found.executionArn ?? '';
      };
      await starts('alarm', ALARM);
      leaseHeld = await until('the lease', () => readItem(clients, table(), `WORKSPACE#${IDS.alarm}`));
      await starts('duplicate', CONTRIBUTOR);
      await starts('contributor', CONTRIBUTOR_OF_ITS_OWN);
      for (const [, event] of NOT_OURS) await putEvent(clients, event);
      const manual = sample('manual.json');
      const byHand = (workspaceId: string) =>
        startByHand(clients, machine(), changed(manual, 'workspaceId', workspaceId));
      for (const story of ['byHand', 'untagged', 'refused', 'aborted'] as const) {
        stories[story] = await byHand(IDS[story]);
      }
      stories.rejected = await byHand('ws-?');
      say('waiting until a rebuild is under way, to stop its execution');
      await until('a rebuild', async () => changes(IDS.aborted).length > 0 || undefined);
      await until(
        'the wait',
        async () =>
          (await statesOf(clients, stories.aborted ?? '')).includes('Wait for the rebuild') || undefined,
      );
      await clients.stepFunctions.send(
        new StopExecutionCommand({
          executionArn: stories.aborted,
          error: 'Stopped',
          cause: 'by the one on call',
        }),
      );
      say('waiting for the end of every incident');
      for (const [story, arn] of Object.entries(stories)) ends[story] = await ended(clients, arn);
      told.push(...(await drain(clients, inbox)));
    });

    test('no account may put events under the name of a service of AWS', async () => {
      expect(await putEvent(clients, ALARM, 'aws.cloudwatch')).toBe('NotAuthorizedForSourceException');
    });

    test.each<[string, unknown, string[]]>([
      ['an alarm on a WorkSpace', ALARM, ['AlarmRule']],
      ['a contributor', CONTRIBUTOR, ['ContributorRule']],
      ...NOT_OURS.map(([name, event]): [string, unknown, string[]] => [name, event, []]),
    ])('%s, as AWS sends it: which deployed rules match', async (_, event, expected) => {
      const matching: string[] = [];
      for (const rule of ['AlarmRule', 'ContributorRule', 'NetRule']) {
        const { EventPattern } = await clients.eventBridge.send(
          new DescribeRuleCommand({ Name: idOf(rule) }),
        );
        const command = new TestEventPatternCommand({ EventPattern, Event: JSON.stringify(event) });
        if ((await clients.eventBridge.send(command)).Result) matching.push(rule);
      }
      expect(matching).toEqual(expected);
    });

    test('of all events on the bus, the right ones started one execution each, and no others', async () => {
      const inputs = (await executions(clients, machine())).map(({ input = '' }): unknown =>
        JSON.parse(input),
      );
      const ofEvents = inputs.filter((input) => Object.hasOwn(Object(input), 'detail-type'));
      const expected = [ALARM, CONTRIBUTOR, CONTRIBUTOR_OF_ITS_OWN].map((event) =>
        expect.objectContaining({
          source: 'aws.cloudwatch',
          'detail-type': Object(event)['detail-type'],
          resources: Object(event).resources,
          detail: Object(event).detail,
        }),
      );
      expect(ofEvents).toHaveLength(expected.length);
      for (const each of expected) expect(ofEvents).toContainEqual(each);
      expect(inputs).toHaveLength(Object.keys(stories).length);
    });

    test.each<[string, string, string, number]>([
      ['alarm', 'RECOVERED', IDS.alarm, 1],
      ['contributor', 'RECOVERED', IDS.contributor, 1],
      ['byHand', 'RECOVERED', IDS.byHand, 1],
      ['untagged', 'SKIPPED', IDS.untagged, 0],
    ])('%s: %s, and the requests that WorkSpaces saw', async (story, outcome, workspaceId, rebuilds) => {
      expect(end(story).status).toBe('SUCCEEDED');
      expect(outputOf(end(story))).toMatchObject({ outcome, workspaceId });
      expect(changes(workspaceId)).toEqual(Array.from({ length: rebuilds }, () => 'RebuildWorkspaces'));
      expect(messages(story)).toEqual([]);
    });

    test('a second alarm while the first is at work: DUPLICATE, which names the execution at work', () => {
      expect(outputOf(end('duplicate'))).toMatchObject({
        outcome: 'DUPLICATE',
        reason: expect.stringContaining(stories.alarm ?? 'none'),
      });
    });

    test('the history shows the whole rebuild, as the lab plays it', async () => {
      const states = await statesOf(clients, stories.alarm ?? '');
      // How often it is looked at depends on the machine's speed.
      const watched = 'Wait for the rebuild > Poll the rebuild > Is it healthy again? > ';
      const parts = (of: string[]) => of.join(' > ').split(watched).filter(Boolean);
      expect(parts(states)).toHaveLength(2);
      expect(parts(states)).toEqual(parts(statesInLab));
    });

    test('each decision is one line of the audit log, and names the incident', async () => {
      const { name = '', executionArn = '' } = end('alarm');
      const steps: Record<string, string> = {
        'Take the incident': 'Intake',
        'Check the WorkSpace': 'Check',
        'Rebuild the WorkSpace': 'Act',
        'Poll the rebuild': 'Poll',
        'Close the incident': 'Close',
      };
      const entered = (await statesOf(clients, executionArn)).flatMap((state) => steps[state] ?? []);
      const lines = await auditOf(clients, idOf('AuditLog'), name);
      expect(lines.map(({ step }) => step)).toEqual(entered);
      expect(lines.at(-1)).toMatchObject({ outcome: 'RECOVERED', workspaceId: IDS.alarm });
    });

    test('DynamoDB held the lease, and has it back', async () => {
      expect(leaseHeld).toMatchObject({ holder: { S: stories.alarm }, fence: { N: '1' } });
      const item = await readItem(clients, table(), `WORKSPACE#${IDS.alarm}`);
      expect(item).not.toHaveProperty('holder');
      expect(item).toMatchObject({ closedBy: { S: stories.alarm }, lastAttempt: { N: '1' } });
    });

    test('DynamoDB keeps one finished idempotency item for each attempt', async () => {
      const items = [];
      for await (const page of paginateScan({ client: clients.dynamodb }, { TableName: table() })) {
        items.push(...(page.Items ?? []).filter(({ id }) => id?.S?.startsWith('attempt#')));
      }
      // Three that recovered, the one refused, the one stopped.
      expect(items).toHaveLength(5);
      for (const item of items) {
        expect(item).toMatchObject({ status: { S: 'COMPLETED' }, expiration: { N: expect.any(String) } });
      }
    });

    test('bad input: the execution fails, and SNS tells what is wrong with it', () => {
      expect(end('rejected')).toMatchObject({ status: 'FAILED', error: 'Remediation.REJECTED' });
      expect(messages('rejected')).toEqual([
        expect.objectContaining({
          Type: 'Notification',
          Subject: 'WorkSpace (none named): REJECTED',
          Message: expect.stringContaining('workspaceId must look like ws- and 8 to 63'),
        }),
      ]);
    });

    test('a refused rebuild: the execution fails, and SNS tells what AWS said', () => {
      expect(end('refused')).toMatchObject({ status: 'FAILED', error: 'Remediation.FAILED' });
      expect(changes(IDS.refused)).toHaveLength(1);
      expect(messages('refused')).toEqual([
        expect.objectContaining({
          Subject: `WorkSpace ${IDS.refused}: FAILED`,
          Message: expect.stringMatching(/What happened: .*Its image no longer exists\./),
        }),
      ]);
    });

    test('a stopped execution reaches SNS by Net, and its lease is given back', async () => {
      expect(end('aborted')).toMatchObject({ status: 'ABORTED' });
      const look = async () => {
        told.push(...(await drain(clients, inbox)));
        return messages('aborted')[0];
      };
      await until('the message of Net', look, 30);
      expect(messages('aborted')).toEqual([
        expect.objectContaining({
          Subject: `WorkSpace ${IDS.aborted}: FAILED`,
          Message: expect.stringMatching(/aborted from outside with "Stopped": "by the one on call"/),
        }),
      ]);
      expect(String(messages('aborted')[0]?.Message)).toMatch(/What was tried: Rebuild, attempt 1, at /);
      expect(await readItem(clients, table(), `WORKSPACE#${IDS.aborted}`)).not.toHaveProperty('holder');
    });

    test('nothing else was told', async () => {
      told.push(...(await drain(clients, inbox)));
      expect(told.map(({ Subject }) => Subject).sort()).toEqual([
        'WorkSpace (none named): REJECTED',
        `WorkSpace ${IDS.aborted}: FAILED`,
        `WorkSpace ${IDS.refused}: FAILED`,
      ]);
    });
  });
}
