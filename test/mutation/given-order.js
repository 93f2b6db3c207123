// Runs the test files in the order in which MUTATION_TESTS names them: the quick ones that are about the code first.
import process from 'node:process';
import sequencer from '@jest/test-sequencer';

const tests = JSON.parse(process.env['MUTATION_TESTS'] ?? '[]');
const Sequencer = sequencer.default ?? sequencer;

export default class GivenOrder extends Sequencer {
  sort(found) {
    const place = ({ path }) => tests.findIndex((test) => path.endsWith(`/${test}`));
    return [...found].sort((one, other) => place(one) - place(other));
  }
}
