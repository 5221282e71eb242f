import {
  DeleteStackCommand,
  DescribeStacksCommand,
  paginateDescribeStackEvents,
} from '@aws-sdk/client-cloudformation';
import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import {
  GetFunctionCommand,
  InvokeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { DeleteTopicCommand } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { describe, expect, test } from 'vitest';
import { statusChange } from '../../../local/desk/executions-server.ts';
import { versionOf } from '../tools.ts';
import { changes, clients, idOf, idsOf, machine, stack, table } from './context.ts';
import { expectedResources, STACK } from './deploy.ts';
import { IDS } from './setting.ts';
import {
  drain,
  ended,
  executions,
  invocationsIn,
  outputOf,
  startByHand,
  statesOf,
  until,
} from './stories.ts';

/** What people do to the service, and what is left when it cannot do its work. */
export function operationChecks(): void {
  describe(`operating the stack deployed on ministack ${versionOf('ministack')}`, () => {
    const wait = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    const setMode = async (Value: string) => {
      await clients.ssm.send(
        new PutParameterCommand({ Name: stack.outputs.ModeParameterName, Value, Overwrite: true }),
      );
      // As long as a value read before is taken for what it is.
      await wait(5.5);
    };

    test('paused in SSM: nothing new starts; on again: it does', async () => {
      const input = { workspaceId: IDS.paused, reason: 'The mode' };
      await setMode('paused');
      const paused = await ended(clients, await startByHand(clients, machine(), input));
      expect(outputOf(paused)).toMatchObject({ outcome: 'SKIPPED', guard: 'mode' });
      await setMode('on');
      const again = await startByHand(clients, machine(), input);
      await until(
        'the check',
        async () => (await statesOf(clients, again)).includes('Check the WorkSpace') || undefined,
      );
      await clients.stepFunctions.send(new StopExecutionCommand({ executionArn: again }));
      expect(changes(IDS.paused)).toEqual([]);
    });

    test('the roles are in force: a function with the role of another may not', async () => {
      const FunctionName = idOf('CheckFunction');
      const roleOf = async (name: string) =>
        (await clients.lambda.send(new GetFunctionCommand({ FunctionName: idOf(name) }))).Configuration?.Role;
      const own = await roleOf('CheckFunction');
      // ministack gives instances that are warm a new role only along with something else.
      const give = (Role: string | undefined) =>
        clients.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Role, MemorySize: 512 }));
      await give(await roleOf('CloseFunction'));
      const input = { workspaceId: IDS.paused, reason: 'Permissions' };
      const refused = await ended(clients, await startByHand(clients, machine(), input));
      await give(own);
      expect(outputOf(refused)).toMatchObject({
        outcome: 'NEEDS_HUMAN',
        guard: 'mode',
        reason: expect.stringContaining('is not authorized to perform: ssm:GetParameter'),
      });
    });

    test('what Net cannot tell in three tries ends in the dead-letter queue', async () => {
      await clients.sns.send(new DeleteTopicCommand({ TopicArn: stack.outputs.TopicArn }));
      const [last] = await executions(clients, machine());
      const { executionArn: arn = '', name = '', input = '' } = last ?? {};
      const event = statusChange({
        arn,
        name,
        status: 'ABORTED',
        input: JSON.parse(input),
        startedAt: Date.now() - 1_000,
        endedAt: Date.now(),
      });
      const Payload = JSON.stringify(event);
      const FunctionName = idOf('NetFunction');
      // No other function is at work.
      const group = idOf('AuditLog');
      const before = await invocationsIn(clients, group);
      await clients.lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload }));
      const queue = idOf('DeadLetterQueue');
      const dead = await until('a dead letter', async () => (await drain(clients, queue))[0], 30);
      expect(await invocationsIn(clients, group)).toBe(before + 3);
      expect(dead).toMatchObject({
        requestContext: { condition: 'RetriesExhausted' },
        requestPayload: event,
        responsePayload: { errorType: expect.any(String), errorMessage: expect.any(String) },
      });
    });

    test('the stack can be deleted; the audit log, the table and the dead letters stay', async () => {
      const before = await clients.cloudFormation.send(new DescribeStacksCommand({ StackName: STACK }));
      await clients.cloudFormation.send(new DeleteStackCommand({ StackName: STACK }));
      const StackName = before.Stacks?.[0]?.StackId;
      await until('the deletion', async () => {
        const { Stacks = [] } = await clients.cloudFormation.send(new DescribeStacksCommand({ StackName }));
        return Stacks[0]?.StackStatus === 'DELETE_COMPLETE' || undefined;
      });
      const kept: string[] = [];
      for await (const page of paginateDescribeStackEvents(
        { client: clients.cloudFormation },
        { StackName },
      )) {
        for (const { ResourceStatus, LogicalResourceId = '' } of page.StackEvents ?? []) {
          if (ResourceStatus === 'DELETE_SKIPPED') kept.push(LogicalResourceId);
        }
      }
      expect(kept.toSorted()).toEqual(expectedResources().retained.toSorted());
      const { logGroups = [] } = await clients.logs.send(new DescribeLogGroupsCommand({}));
      expect(logGroups.map(({ logGroupName }) => logGroupName)).toEqual(
        expect.arrayContaining(idsOf('AWS::Logs::LogGroup')),
      );
      const { Table } = await clients.dynamodb.send(new DescribeTableCommand({ TableName: table() }));
      expect(Table?.TableStatus).toBe('ACTIVE');
      const queue = new GetQueueAttributesCommand({ QueueUrl: idOf('DeadLetterQueue') });
      await expect(clients.sqs.send(queue)).resolves.toBeDefined();
      const gone = new GetFunctionCommand({ FunctionName: idOf('ActFunction') });
      await expect(clients.lambda.send(gone)).rejects.toThrow(/not found/i);
    });
  });
}
