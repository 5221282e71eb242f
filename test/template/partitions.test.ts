import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { deployTemplate, loadStack } from '../../local/desk/template.ts';

/** By the docs of each: https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/configure-account.html */
const CONSOLES = {
  aws: 'us-east-1.console.aws.amazon.com',
  'aws-us-gov': 'us-gov-west-1.console.amazonaws-us-gov.com',
  'aws-cn': 'cn-north-1.console.amazonaws.cn',
};

/** Every way in which the ladder and the scope change what is deployed. */
const PARAMETERS = [
  { Ladder: 'reboot,restore,rebuild', Scope: 'tagged', NotificationEmail: 'desk@example.com' },
  { Ladder: 'reboot,restore,rebuild', Scope: 'all' },
];

const arnsIn = (text: string): string[] => text.match(/arn:[^:"]*:[^"\s]*/g) ?? [];

test.each(['aws', 'aws-us-gov', 'aws-cn'] as const)(
  'deployed in %s, all is of that partition',
  (partition) => {
    for (const parameters of PARAMETERS) {
      const { resources, outputs, region } = deployTemplate({ partition, parameters });
      const { definition } = loadStack({ partition, parameters }).stateMachine;
      const arns = arnsIn(JSON.stringify([resources, outputs])).concat(arnsIn(definition));
      expect(arns.length).toBeGreaterThan(60);
      for (const arn of arns) {
        // Keys of volumes may be another account's.
        const places = `${region}:123456789012|:123456789012|:|(?<=:kms:)${region}:[*]`;
        expect(arn).toMatch(new RegExp(`^arn:${partition}:[a-z]+:(${places}):`));
      }
      const text = JSON.stringify([resources, outputs, definition]);
      // What is left to be resolved would be resolved by nobody.
      expect(text).not.toMatch(/\$\{|"(Fn::\w+|Ref)":/);
      const links = text.match(/https:[^"]+/g);
      const machine = `arn:${partition}:states:${region}:123456789012:stateMachine:workspaces-remediation`;
      expect(links).toEqual([
        `https://${CONSOLES[partition]}/states/home?region=${region}#/statemachines/view/${machine}`,
      ]);
      expect(text).toContain(`logs.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}"`);
    }
  },
);

test.each([
  ['template.yaml', 'AWS::Partition'],
  ['statemachine/remediate.asl.json', 'Partition'],
])('%s leaves the partition of its ARNs to %s', (file, variable) => {
  const arns = readFileSync(file, 'utf8').match(/\barn:[\w$]\S*/g) ?? [];
  expect(arns.length).toBeGreaterThan(6);
  expect(arns.filter((arn) => !arn.startsWith(`arn:\${${variable}}:`))).toEqual([]);
});
