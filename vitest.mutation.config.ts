import { defineConfig } from 'vitest/config';

/** The tests that can tell a mutant of policy or of the rebuild step: no bundles, no processes. */
export default defineConfig({
  test: {
    include: ['test/policy/*.test.ts', 'test/guards/*.test.ts', 'test/steps/*.test.ts'],
    testTimeout: 10_000,
  },
});
