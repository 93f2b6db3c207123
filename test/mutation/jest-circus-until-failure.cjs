// Jest's own test runner, but one failed test ends the run: a mutant is killed by one. (Jest's `bail` works in its
// command line only. Stryker looks for "jest-circus" in the name; CommonJS, because Jest requires it.)
const process = require('node:process');
const { default: runCircus } = require('jest-circus/runner');
const { createEmptyTestResult } = require('@jest/test-result');

/** The mutant, by the number that Stryker gives it, that the last failed test has killed. */
let killed;

module.exports = async function runTestFile(
  globalConfig,
  config,
  environment,
  runtime,
  testPath,
  sendMessage,
) {
  const mutant = process.env['__STRYKER_ACTIVE_MUTANT__'];
  const isKilled = () => mutant !== undefined && killed === mutant;
  if (isKilled()) return toUnopened(testPath);

  const handle = environment.handleTestEvent?.bind(environment);
  environment.handleTestEvent = async (event, state) => {
    if (event.name === 'test_done' && event.test.errors.length > 0) killed = mutant;
    if (event.name === 'test_start' && isKilled()) event.test.mode = 'skip';
    await handle?.(event, state);
  };
  return runCircus(globalConfig, config, environment, runtime, testPath, sendMessage);
};

/** The result of a file that was not opened. Jest takes a file without any test for broken. */
function toUnopened(testFilePath) {
  const test = { ancestorTitles: [], title: 'not run', fullName: 'not run', status: 'pending' };
  const testResults = [{ ...test, failureMessages: [], numPassingAsserts: 0 }];
  return { ...createEmptyTestResult(), testFilePath, testResults, numPendingTests: 1 };
}
