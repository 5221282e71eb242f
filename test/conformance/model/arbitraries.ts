/** Desktops, and requests about them: right ones and wrong ones. */
import fc from 'fast-check';
import { type DesktopSpec, KEY_READINGS } from '../../../local/stories/desktop.ts';
import { brokenDesktop } from '../../../local/stories/samples.ts';
import type { OperationName } from './judge.ts';

const HOUR = 3_600_000;
const DIRECTORIES = ['d-9067206a1f', 'd-90672aaaaa', 'wsd-8kq3zn1yd'];
const BUNDLES = ['wsb-bh8rsxt14', 'wsb-0123456789'];
const USERS = ['mmajor', 'jdoe'];
const text = fc.string({ minLength: 1, maxLength: 40 });
const idOf = (index: number) => `ws-${String(index).padStart(9, '0')}`;

const desktop = (states: readonly string[]) => {
  const state = fc.constantFrom(...states);
  const steps = fc.array(fc.record({ after: fc.nat(HOUR), state }), { maxLength: 3 });
  const accepting = fc.record({ accepted: fc.constant(true as const), steps });
  const refusing = fc.record({ refused: fc.record({ code: text, message: text }), steps });
  const answers = fc.array(fc.oneof(accepting, refusing), { minLength: 1, maxLength: 3 });
  // Its refusals are errors, and so of the API model's names.
  const code = fc.constantFrom('OperationNotSupportedException', 'AccessDeniedException');
  const failing = fc.record({ refused: fc.record({ code, message: text }), steps });
  const ofRestore = fc.array(fc.oneof(accepting, failing), { minLength: 1, maxLength: 3 });
  return fc.record(
    {
      directoryId: fc.constantFrom(...DIRECTORIES),
      userName: fc.constantFrom(...USERS),
      computerName: text,
      bundleId: fc.constantFrom(...BUNDLES),
      state: fc.oneof({ weight: 9, arbitrary: state }, { weight: 1, arbitrary: fc.constant('GONE') }),
      runningMode: fc.constantFrom('ALWAYS_ON' as const, 'AUTO_STOP' as const, 'MANUAL' as const),
      volumeKey: fc.record({ state: fc.constantFrom(...KEY_READINGS) }),
      tags: fc.dictionary(text, fc.string({ maxLength: 255 }), { maxKeys: 4 }),
      errorCode: text,
      errorMessage: text,
      remedies: fc.record(
        { reboot: answers, restore: ofRestore, rebuild: answers, start: answers },
        { requiredKeys: [] },
      ),
      snapshots: fc.record(
        { restore: fc.array(fc.nat(99 * HOUR)), rebuild: fc.array(fc.nat(99 * HOUR)) },
        { requiredKeys: [] },
      ),
      connected: fc.array(fc.record({ from: fc.integer({ min: -HOUR, max: HOUR }), to: fc.nat(2 * HOUR) })),
      changes: fc.array(fc.record({ after: fc.nat(HOUR), state })),
    },
    { requiredKeys: [] },
  );
};

/** Up to 60 desktops, in any of the given states. */
export const fleet = (states: readonly string[]): fc.Arbitrary<DesktopSpec[]> =>
  fc
    .array(desktop(states), { minLength: 1, maxLength: 60, size: 'max' })
    .map((all) => all.map((changes, index) => brokenDesktop({ ...changes, workspaceId: idOf(index) })));

/** Right ones most of the time. */
const mostly = (right: fc.Arbitrary<unknown>, ...wrong: unknown[]) =>
  fc.oneof({ weight: 8, arbitrary: right }, { weight: 1, arbitrary: fc.constantFrom(...wrong) });

const knownOrNot = fc.nat(80).map(idOf);
const id = mostly(knownOrNot, 'ws-short', 'WS-000000001', '', 7, true, {}, ['ws-000000001']);
const ids = (longest: number) =>
  mostly(
    fc.array(id, { minLength: 1, maxLength: longest }),
    [],
    Array(longest + 1).fill(idOf(1)),
    'ws-000000001',
  );
const token = mostly(
  fc.constantFrom('MjU=', 'NTA=', 'MA==', 'LTE=', 'nonsense', '!'),
  '',
  'x'.repeat(2049),
  25,
);
const limit = mostly(fc.integer({ min: 1, max: 25 }), 0, 26, -1, 'ten');
const requests = (longest: number) =>
  mostly(
    fc.array(mostly(fc.record({ WorkspaceId: id }), {}, 'ws-000000001'), {
      minLength: 1,
      maxLength: longest,
    }),
    [],
    Array(longest + 1).fill({ WorkspaceId: idOf(1) }),
    { WorkspaceId: idOf(1) },
  );
const some = (members: Record<string, fc.Arbitrary<unknown>>) => fc.record(members, { requiredKeys: [] });

const bodies: Record<OperationName, fc.Arbitrary<unknown>> = {
  // One filter alone is right; of many at random hardly any are.
  DescribeWorkspaces: fc.oneof(
    some({
      WorkspaceIds: ids(25),
      DirectoryId: mostly(fc.constantFrom(...DIRECTORIES, 'd-00000000'), 'nonsense', 'd-1', 1),
      UserName: mostly(fc.constantFrom(...USERS, 'nobody'), '', 'x'.repeat(64), 1),
      BundleId: mostly(fc.constantFrom(...BUNDLES), 'bundle', 1),
      WorkspaceName: mostly(fc.constantFrom('shared-one'), '-', false),
      Limit: limit,
      NextToken: token,
    }),
    fc.record({ DirectoryId: fc.constantFrom(...DIRECTORIES) }),
  ),
  DescribeTags: some({ ResourceId: id }),
  DescribeWorkspaceSnapshots: some({ WorkspaceId: id }),
  DescribeWorkspacesConnectionStatus: some({ WorkspaceIds: ids(25), NextToken: token }),
  RebootWorkspaces: some({ RebootWorkspaceRequests: requests(25) }),
  RebuildWorkspaces: some({ RebuildWorkspaceRequests: requests(1) }),
  RestoreWorkspace: some({ WorkspaceId: id }),
  StartWorkspaces: some({ StartWorkspaceRequests: requests(25) }),
  DescribeWorkspaceDirectories: some({
    DirectoryIds: mostly(
      fc.array(fc.constantFrom(...DIRECTORIES, 'd-00000000'), { minLength: 1, maxLength: 25 }),
      [],
      Array(26).fill(DIRECTORIES[0]),
      ['d-1'],
      DIRECTORIES[0],
    ),
    WorkspaceDirectoryNames: mostly(fc.constantFrom(['corp'], ['a b-c_1.2']), [], ['-'], 'corp'),
    Limit: limit,
    NextToken: token,
    Filters: mostly(
      fc.constantFrom(
        [{ Name: 'WORKSPACE_TYPE', Values: ['PERSONAL'] }],
        [{ Name: 'USER_IDENTITY_TYPE', Values: ['AWS_IAM_IDENTITY_CENTER', '*'] }],
      ),
      [],
      [{ Name: 'NAME', Values: ['x'] }],
      [{ Name: 'WORKSPACE_TYPE', Values: [] }],
      [{ Name: 'WORKSPACE_TYPE', Values: ['a b'] }],
      [{ Name: 'WORKSPACE_TYPE' }],
    ),
  }),
};

export interface Question {
  operation: OperationName;
  body: unknown;
  /** Milliseconds that pass before it is asked. */
  after: number;
}

/** A request of one operation, right or wrong, some time after the last one. */
export const question = (operation: OperationName): fc.Arbitrary<Question> =>
  fc.record({
    operation: fc.constant(operation),
    body: mostly(bodies[operation], [], 'text', 1),
    after: fc.nat(HOUR),
  });
