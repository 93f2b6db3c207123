// Whoever finds a transfer in review finds its contradiction in the runbook, word for word.
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { SECOND_TID } from '../../src/transfers/decision.js';

const runbook = readFileSync('docs/operations.md', 'utf8');
const sources = ['decision', 'apply-outcome'].map((name) => readFileSync(`src/transfers/${name}.ts`, 'utf8'));
/** Whole sentences, and the ends of those that begin with what Eko said. */
const contradictions = [
  ...sources.flatMap((source) =>
    [...source.matchAll(/'(Eko(?:’s answer| denies) [^']+)'/g)].map(([, said]) => said),
  ),
  ...sources.flatMap((source) =>
    [...source.matchAll(/\$\{proposed\.message\}(, [^`$]+?) ?[`$]/g)].map(([, said]) => `…${said ?? ''}`),
  ),
  `…, ${SECOND_TID} …`,
];

test('the contradictions are found in the code', () => {
  expect(contradictions).toHaveLength(11);
});

test.each(contradictions)('explains: %s', (contradiction) => {
  expect(runbook).toContain(`| \`${contradiction ?? ''}`);
});
