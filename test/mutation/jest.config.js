// The test suite as Stryker runs it, once per mutant: in the order given, until the first failure, with the database
// server that test/mutation/main.ts has started.
import process from 'node:process';
import suite from '../../jest.config.js';

/** Relative to the root, in the order in which they run. */
const tests = JSON.parse(process.env['MUTATION_TESTS'] ?? '[]');

export default {
  ...suite,
  rootDir: '../..',
  // Nothing else is looked through before each run.
  roots: ['<rootDir>/src', '<rootDir>/test'],
  globalSetup: undefined,
  globalTeardown: undefined,
  testMatch: tests.map((path) => `<rootDir>/${path}`),
  testSequencer: '<rootDir>/test/mutation/given-order.js',
  testRunner: '<rootDir>/test/mutation/jest-circus-until-failure.cjs',
  setupFiles: ['<rootDir>/test/mutation/fixed-seed.js'],
  // A mutant that hangs is found out soon.
  testTimeout: 10_000,
};
