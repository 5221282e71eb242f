import type { Reporter, TestModule, TestSuite } from 'vitest/node';

/**
 * Says what was checked against which engine and version. The title of each outermost `describe` of the conformance
 * folder is that sentence: "conditional writes on DynamoDB Local 2.6.1".
 */
export default class EnginesReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const suites = modules.flatMap((module) => [...module.children.suites()]);
    const rows = suites.map((suite) => `  ${verdict(suite)}  ${suite.name}`);
    process.stdout.write(`\nWhat was checked against which engine:\n${rows.join('\n')}\n`);
  }
}

function verdict(suite: TestSuite): string {
  const tests = [...suite.children.allTests()];
  const passed = tests.filter((test) => test.result().state === 'passed').length;
  return `${passed === tests.length ? 'same  ' : 'DIFFERS'} ${String(passed).padStart(3)} of ${tests.length} checks`;
}
