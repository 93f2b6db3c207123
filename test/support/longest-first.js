// Begins the test files that take longest first, so that none of them is left at the end with a core idle beside it. Jest
// would begin with the largest, and knows how long they took only where they ran before.
import sequencer from '@jest/test-sequencer';

/** Half a minute and more at usual speed, the longest first. */
const LONGEST = [
  'chaos/campaign',
  'integration/sigterm-under-load',
  'integration/identical-requests',
  'integration/process-start',
  'integration/process-commands',
  'integration/crash-points',
  'integration/crash-points-worker',
  'integration/embedded-postgres',
  'integration/lifecycle-failures',
  'integration/database-outage',
  'integration/inquiry-starvation',
  'integration/callback-flood',
  'integration/lifecycle-model',
  'integration/reconciliation-evidence',
  'integration/database-black-hole',
];
const Sequencer = sequencer.default ?? sequencer;

export default class LongestFirst extends Sequencer {
  sort(tests) {
    const toPlace = ({ path }) => {
      const place = LONGEST.findIndex((name) => path.endsWith(`/${name}.test.ts`));
      return place < 0 ? LONGEST.length : place;
    };
    return super.sort(tests).sort((one, other) => toPlace(one) - toPlace(other));
  }
}
