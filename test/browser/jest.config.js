/** As for the other tests, without their database: the server under test brings its own. */
import base from '../../jest.config.js';

const { globalSetup: _setup, globalTeardown: _teardown, ...rest } = base;
export default { ...rest, rootDir: '../..', testMatch: ['<rootDir>/test/browser/**/*.browser.ts'] };
