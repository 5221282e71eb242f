import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/conformance/**'],
    globalSetup: ['test/build.ts'],
    reporters: ['default', './test/count-reporter.ts'],
    testTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['functions/**/*.ts', 'local/**/*.ts'],
      reporter: ['text'],
    },
  },
});
