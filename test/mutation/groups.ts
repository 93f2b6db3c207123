// Which tests have to kill the mutants of which files. A group is one run of Stryker.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from '../../src/shared/assert.js';

export interface Group {
  readonly name: string;
  /** The files to mutate. */
  readonly sources: readonly string[];
  /** In the order in which they run, the quick ones first. */
  readonly tests: readonly string[];
  readonly needsDatabase: boolean;
}

/** eko-outcome-properties.test.ts is in none: a kill by random replies is luck, the tables have to do it. */
export const GROUPS: readonly Group[] = [
  {
    name: 'reading',
    sources: inFolder('src/eko', ['outcome', 'envelope', 'callback']),
    tests: inFolder('test/unit', [
      'eko-callback.test',
      'eko-documented-replies.test',
      'eko-outcome-rows.test',
      'eko-reply-fields.test',
      'eko-outcome.test',
      'eko-envelope.test',
    ]),
    needsDatabase: false,
  },
  {
    name: 'sending',
    sources: inFolder('src/eko', ['signer', 'endpoints', 'eko-client', 'transport']),
    tests: [
      ...inFolder('test/unit', ['eko-endpoints.test', 'eko-signer.test']),
      ...inFolder('test/integration', [
        'eko-client.test',
        'eko-connection.test',
        'eko-client-transport.test',
      ]),
    ],
    needsDatabase: false,
  },
  {
    name: 'rules',
    sources: [
      ...inFolder('src/transfers', [
        'transitions',
        'decision',
        'capacity',
        'debit-breaker',
        'inquiry-schedule',
        'transfer-watch',
      ]),
      ...inFolder('src/database', ['database-error']),
    ],
    tests: inFolder('test/unit', [
      'database-error.test',
      'capacity.test',
      'debit-breaker.test',
      'transitions.test',
      'inquiry-schedule.test',
      'decision.test',
      'transfer-watch.test',
    ]),
    needsDatabase: false,
  },
  {
    ...onDatabase('lists', ['transfer-reader', 'shown-columns'], []),
    tests: ['test/unit/selected-columns.test.ts', 'test/integration/transfer-reader.test.ts'],
  },
  onDatabase('feed', ['transfer-feed'], ['transfer-feed.test']),
  onDatabase(
    'queue',
    ['transfer-store', 'transfer-statements', 'inquiry-job'],
    ['transfer-store.test', 'apply-outcome.test', 'transfer-reader.test'],
  ),
  onDatabase('otps', ['otp-service'], ['otp-service.test']),
  onDatabase('reviews', ['review-service', 'contradictions'], ['review-service.test', 'apply-outcome.test']),
  onDatabase('outcomes', ['apply-outcome'], ['apply-outcome.test']),
  onDatabase('inquiries', ['inquiry-service'], ['inquiry-service.test']),
  onDatabase('initiating', ['transfer-service', 'transfer-gates'], ['transfer-service.test']),
];

/** Only pass on what others make, or only types. */
const WITHOUT_CODE = ['src/eko/index.ts', 'src/transfers/index.ts', 'src/transfers/agent.ts'];

/** A new file of the money path has to be put into a group. */
export function assertGroupsAreComplete(): void {
  const grouped = [...GROUPS.flatMap(({ sources }) => sources), ...WITHOUT_CODE].sort();
  const found = ['src/eko', 'src/transfers'].flatMap((folder) =>
    readdirSync(folder).map((name) => join(folder, name)),
  );
  const missing = found.filter((path) => !grouped.includes(path));
  assert(missing.length === 0, `in no group of test/mutation/groups.ts: ${missing.join(', ')}`);
}

function onDatabase(name: string, sources: readonly string[], tests: readonly string[]): Group {
  return {
    name,
    sources: inFolder('src/transfers', sources),
    tests: inFolder('test/integration', tests),
    needsDatabase: true,
  };
}

function inFolder(folder: string, names: readonly string[]): string[] {
  return names.map((name) => `${folder}/${name}.ts`);
}
