import { GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeRuleCommand, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import { versionOf } from '../tools.ts';
import { clients, idOf, idsOf, stack, url } from './context.ts';
import { decide, expectedResources, STACK } from './deploy.ts';

/** What CloudFormation made of the template. */
export function templateChecks(): void {
  describe(`the template deployed by the SAM CLI ${versionOf('aws-sam-cli')} on ministack ${versionOf('ministack')}`, () => {
    test('the stack is complete, and holds every resource of the template', () => {
      expect(stack.status).toBe('CREATE_COMPLETE');
      const types = Object.fromEntries(Object.entries(stack.resources).map(([id, { type }]) => [id, type]));
      expect(types).toEqual(expectedResources().types);
    });

    test('each log group keeps its lines as long as the parameter says', async () => {
      const { logGroups = [] } = await clients.logs.send(new DescribeLogGroupsCommand({}));
      const kept = Object.fromEntries(logGroups.map((group) => [group.logGroupName, group.retentionInDays]));
      const groups = idsOf('AWS::Logs::LogGroup');
      expect(groups.toSorted()).toEqual([idOf('AuditLog'), idOf('WorkflowLog')].toSorted());
      for (const name of groups) expect(kept).toHaveProperty([name], 90);
    });

    test.each(['AlarmRule', 'ContributorRule', 'NetRule'])(
      '%s sends what it cannot deliver to the dead-letter queue, and that takes it',
      async (rule) => {
        const { Targets = [] } = await clients.eventBridge.send(
          new ListTargetsByRuleCommand({ Rule: idOf(rule) }),
        );
        const QueueUrl = idOf('DeadLetterQueue');
        const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn', 'Policy'] });
        const { Attributes = {} } = await clients.sqs.send(command);
        expect(Targets.map(({ DeadLetterConfig }) => DeadLetterConfig?.Arn)).toEqual([Attributes.QueueArn]);
        const deployed = await clients.eventBridge.send(new DescribeRuleCommand({ Name: idOf(rule) }));
        expect(JSON.parse(Attributes.Policy ?? '')).toMatchObject({
          Statement: [
            {
              Effect: 'Allow',
              Principal: { Service: 'events.amazonaws.com' },
              Action: 'sqs:SendMessage',
              Resource: Attributes.QueueArn,
              Condition: { ArnEquals: { 'aws:SourceArn': expect.arrayContaining([deployed.Arn]) } },
            },
          ],
        });
      },
    );

    test('as transformed, the state machine logs everything to its group', async () => {
      const command = new GetTemplateCommand({ StackName: STACK, TemplateStage: 'Processed' });
      const { TemplateBody = '' } = await clients.cloudFormation.send(command);
      const logGroup = { 'Fn::GetAtt': ['WorkflowLog', 'Arn'] };
      expect(JSON.parse(TemplateBody)).toHaveProperty(
        'Resources.StateMachine.Properties.LoggingConfiguration',
        {
          Level: 'ALL',
          IncludeExecutionData: true,
          Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn: logGroup } }],
        },
      );
    });

    test.each<[string, Record<string, string>, string]>([
      ['tagged true', { AutoRemediate: 'true' }, 'Allow'],
      ['tagged TRUE', { AutoRemediate: 'TRUE' }, 'Allow'],
      ['tagged false', { AutoRemediate: 'false' }, 'ImplicitDeny'],
      ['without the tag', {}, 'ImplicitDeny'],
      ['with another tag', { CostCenter: 'true' }, 'ImplicitDeny'],
    ])('a WorkSpace %s: what the deployed policies say about its rebuild', async (_, tags, ofRebuild) => {
      const roles = idsOf('AWS::IAM::Role');
      const said = await decide(url, 'workspaces:RebuildWorkspaces', roles, tags);
      const expected = roles.map((role) => [role, role === idOf('ActRole') ? ofRebuild : 'ImplicitDeny']);
      expect(said).toEqual(Object.fromEntries(expected));
    });
  });
}
