/** As for the other tests, without their database: the server under test brings its own. */
import base from '../../jest.config.js';

export default {
  ...base,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/browser/**/*.browser.ts'],
  globalSetup: undefined,
  globalTeardown: undefined,
};
