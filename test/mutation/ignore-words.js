// Leaves alone what is no behaviour: the messages of assertions, which are for the programmer who broke something; the
// names of milestones, which only tests listen to; and the ends of exhaustive switches, which the compiler proves to
// be out of reach.
import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';

/** Function → the place of the argument. */
const WORDS = { assert: 1, reach: 0 };

export const strykerPlugins = [
  declareValuePlugin(PluginKind.Ignore, 'words', {
    shouldIgnore: (path) => findWord(path) ?? findUnreachable(path),
  }),
];

function findWord(path) {
  const call = path.listKey === 'arguments' ? path.parentPath : undefined;
  if (!call?.isCallExpression() || !call.get('callee').isIdentifier()) return undefined;
  const { name } = call.node.callee;
  return WORDS[name] === path.key ? `the words of ${name}()` : undefined;
}

function findUnreachable(path) {
  if (!path.isSwitchCase() || path.node.test !== null) return undefined;
  const end = path.node.consequent.at(-1)?.argument;
  return end?.callee?.name === 'assertNever' ? 'the end of an exhaustive switch' : undefined;
}
