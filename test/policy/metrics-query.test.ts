import { expect, test } from 'vitest';
import { readQuery } from '../../functions/policy/metrics-query.ts';

test.each([
  'SELECT MAX(Unhealthy) FROM SCHEMA("AWS/WorkSpaces", WorkspaceId) GROUP BY WorkspaceId ORDER BY MAX() DESC',
  'SELECT MAX("Unhealthy") FROM "AWS/WorkSpaces" GROUP BY WorkspaceId',
  'select max(Unhealthy) from schema("AWS/WorkSpaces",WorkspaceId) group by WorkspaceId',
  'SELECT MAX( Unhealthy )\n  FROM SCHEMA( "AWS/WorkSpaces" , WorkspaceId )\n GROUP BY "WorkspaceId"',
  '\n\tSELECT  SUM ( "Unhealthy" )  FROM  "AWS/WorkSpaces"',
  'SELECT MAX(Unhealthy)FROM"AWS/WorkSpaces"GROUP BY WorkspaceId',
  'SELECT MAX(Unhealthy) FROM SCHEMA("AWS/WorkSpaces", UserName, WorkspaceId, DirectoryId) GROUP BY DirectoryId, WorkspaceId',
  `SELECT AVG(Unhealthy) FROM "AWS/WorkSpaces" WHERE DirectoryId = 'd-9067206a1f' AND WorkspaceId != 'ws-8kq3zn1yd' GROUP BY WorkspaceId LIMIT 100`,
  'SELECT MAX(\\"Unhealthy\\") FROM \\"AWS/WorkSpaces\\" GROUP BY WorkspaceId',
  "SELECT MAX('Unhealthy') FROM 'AWS/WorkSpaces' GROUP BY WorkspaceId;",
  'SELECT MAX(Unhealthy) FROM AWS/WorkSpaces GROUP BY WorkspaceId',
  '(SELECT MAX(Unhealthy) FROM "AWS/WorkSpaces" GROUP BY WorkspaceId)',
])('a query on the health of WorkSpaces: %s', (expression) => {
  expect(readQuery(expression)).toEqual({ namespace: 'AWS/WorkSpaces', name: 'Unhealthy', accounts: [] });
});

test.each<[string, string, string]>([
  ['SELECT MAX(Available) FROM SCHEMA("AWS/WorkSpaces", WorkspaceId)', 'AWS/WorkSpaces', 'Available'],
  ['SELECT MAX(Unhealthy) FROM "My/WorkSpaces" GROUP BY WorkspaceId', 'My/WorkSpaces', 'Unhealthy'],
  [
    `SELECT MAX(Available) FROM "My/App" WHERE Note = 'MAX(Unhealthy) FROM "AWS/WorkSpaces"'`,
    'My/App',
    'Available',
  ],
  ['SELECT MAX("My Unhealthy") FROM MyApp', 'MyApp', 'My Unhealthy'],
])('a query on something else: %s', (expression, namespace, name) => {
  expect(readQuery(expression)).toEqual({ namespace, name, accounts: [] });
});

test.each([
  'm1 > 0',
  'IF(m1 >= 1 AND m2 >= 1, 1, 0)',
  'ANOMALY_DETECTION_BAND(m1, 2)',
  'SELECT',
  'SELECT MAX() FROM "AWS/WorkSpaces"',
  'SELECT MAX(Unhealthy)',
  '',
  `${' '.repeat(100_000)}SELECT`,
  `SELECT MAX("${'('.repeat(100_000)}`,
])('no query: %s', (expression) => {
  expect(readQuery(expression)).toBeUndefined();
});

test.each<[string, string[]]>([
  [`WHERE AWS.AccountId = '210987654321'`, ['210987654321']],
  [
    `where aws.accountid='210987654321' and "AWS.AccountId" = '123456789012'`,
    ['210987654321', '123456789012'],
  ],
  [`WHERE AWS.AccountId != '210987654321'`, []],
  ['WHERE AWS.AccountId = CURRENT_ACCOUNT_ID()', []],
  ['GROUP BY AWS.AccountId, WorkspaceId', []],
])('the accounts of a query %s', (clause, accounts) => {
  expect(readQuery(`SELECT MAX(Unhealthy) FROM "AWS/WorkSpaces" ${clause}`)?.accounts).toEqual(accounts);
});
