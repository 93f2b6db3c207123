// Random lives of transfers against a model: two server processes that crash, are suspended and lose their database,
// and an Eko that loses, delays, denies and contradicts itself. After every command the laws of transfer-lifecycle.md
// have to hold, and in the end everything has to converge.
import { once } from 'node:events';
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../ormconfig.js';
import { aftermath, COMMAND_NAMES, FAULTS, policy, toCommands } from '../support/lifecycle/commands.js';
import { Coverage } from '../support/lifecycle/coverage.js';
import { heal } from '../support/lifecycle/healing.js';
import { LifecycleModel } from '../support/lifecycle/model.js';
import { ALL_LEGAL_STEPS, NEVER_MADE } from '../support/lifecycle/steps.js';
import { LifecycleSystem, type Surroundings } from '../support/lifecycle/system.js';
import { startScriptedEko, type ScriptedEko } from '../support/scripted-eko.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** Parameters of fast-check as JSON: `{"numRuns":1400,"seed":7}`, or those that a failure prints, to see it again. */
const GIVEN = JSON.parse(process.env['LIFECYCLE_MODEL'] ?? '{}') as {
  seed?: number;
  numRuns?: number;
  path?: string;
  endOnFailure?: boolean;
  replayPath?: string;
};
const DEFAULT_RUNS = 70;
const { replayPath, ...PARAMETERS } = { seed: 5, numRuns: DEFAULT_RUNS, ...GIVEN };
/** Enough for several transfers to be begun, to go wrong and to be asked after. */
const MAX_COMMANDS = 40;
/** A run takes a third of a second of a processor; the rest is for busy machines, and for shrinking. */
const PATIENCE_MS = 120_000 + PARAMETERS.numRuns * 3_000;
/** Fewer runs, or one that is replayed, need not have led through everything. */
const IS_WHOLE = PARAMETERS.path === undefined && PARAMETERS.numRuns >= DEFAULT_RUNS;

let database: TestDatabase;
let dataSource: DataSource;
let server: ScriptedEko;
let surroundings: Surroundings;
const coverage = new Coverage();

beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await createDataSource(database.url).initialize();
  server = await startScriptedEko();
  surroundings = { dataSource, server, closedUrl: await findClosedUrl(), coverage };
});
afterAll(async () => {
  await server.stop();
  await dataSource.destroy();
  await database.drop();
});

async function findClosedUrl(): Promise<string> {
  const listener = net.createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as net.AddressInfo;
  listener.close();
  await once(listener, 'close');
  return `http://127.0.0.1:${port}/ekoapi/v3`;
}

test(
  'whatever happens, the laws hold after every command, and in the end every transfer is what it is at Eko',
  async () => {
    const commands = toCommands({
      maxCommands: MAX_COMMANDS,
      size: 'max',
      ...(replayPath ? { replayPath } : {}),
    });
    const property = fc.asyncProperty(commands, policy, aftermath, async (given, chosen, after) => {
      const model = new LifecycleModel();
      const system = new LifecycleSystem(surroundings, chosen, model);
      try {
        await fc.asyncModelRun(() => ({ model, real: system }), given);
        await heal({ model, system }, after);
      } finally {
        await system.stop();
      }
    });
    await fc.assert(property, {
      ...PARAMETERS,
      interruptAfterTimeLimit: PATIENCE_MS,
      markInterruptAsFailure: true,
    });
  },
  PATIENCE_MS + 60_000,
);

if (IS_WHOLE) {
  describe('among these runs', () => {
    test.each(ALL_LEGAL_STEPS.filter((step) => !NEVER_MADE.has(step)))('the step %s was made', (step) => {
      expect(coverage.countOf(step)).toBeGreaterThan(0);
    });

    test.each([...NEVER_MADE])('the legal step %s was not: %s', (step) => {
      expect(coverage.countOf(step)).toBe(0);
    });

    test.each([...COMMAND_NAMES, ...FAULTS])('there was: %s', (what) => {
      expect(coverage.countOf(what)).toBeGreaterThan(0);
    });
  });
}
