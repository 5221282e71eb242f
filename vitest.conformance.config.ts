import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/conformance/**/*.test.ts'],
    globalSetup: ['test/conformance/setup.ts'],
    reporters: ['default', './test/conformance/engines-reporter.ts', './test/count-reporter.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
