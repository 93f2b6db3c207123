/** Tests run as ES modules on the sources, compiled by the same compiler as the build. */
export default {
  rootDir: '.',
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest'] },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/.data', '<rootDir>/.cache'],
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  testSequencer: '<rootDir>/test/support/longest-first.js',
  // Ends what hangs; what has to be quick says so itself. A busy machine takes four times what an idle one does.
  testTimeout: 60_000,
  // Most tests wait for deadlines and inquiries rather than compute: three at once keep two cores busy.
  maxWorkers: 3,
};
