// Mutation testing: how Stryker runs. `npm run test:mutation` starts it, once for each group of test/mutation/groups.ts.
// See docs/mutation-testing.md.
import process from 'node:process';

const report = process.env['MUTATION_REPORT'] ?? '.cache/stryker/report.json';

export default {
  testRunner: 'jest',
  // The tests are ES modules.
  testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  jest: { projectType: 'custom', configFile: 'test/mutation/jest.config.js', enableFindRelatedTests: false },
  coverageAnalysis: 'perTest',
  plugins: ['@stryker-mutator/jest-runner', './test/mutation/ignore-words.js'],
  ignorers: ['words'],
  concurrency: 2,
  // Each run of ES modules leaves memory behind in its process.
  maxTestRunnerReuse: 60,
  // Endless loops are found by counting. This is for the rest, and long enough for a machine with much else to do.
  timeoutMS: 60_000,
  tempDirName: '.cache/stryker/sandbox',
  ignorePatterns: ['.cache', '.data', 'dist', 'coverage', 'reports'],
  // The tests are compiled without a look at the types.
  disableTypeChecks: false,
  reporters: ['progress-append-only', 'json', 'html'],
  jsonReporter: { fileName: report },
  htmlReporter: { fileName: report.replace(/json$/, 'html') },
  allowEmpty: true,
};
