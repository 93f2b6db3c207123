// Which columns of a transfer an operation needs, by the fields that it selects.
import { Kind, type FieldNode, type GraphQLResolveInfo, type SelectionSetNode } from 'graphql';
import { selectShown, type Selection } from '../transfers/index.js';
import { listColumns } from './transaction.mapper.js';

/** Of documents that are kept parsed, so that a request costs no walk. */
const selections = new WeakMap<FieldNode, Selection>();

/** Names are enough, whatever type they are of: a column too many does no harm. */
export function toSelection({ fieldNodes, fragments }: GraphQLResolveInfo): Selection {
  const [node, ...others] = fieldNodes;
  const known = node && selections.get(node);
  if (known !== undefined && others.length === 0) return known;
  const names = new Set<string>();
  const spread = new Set<string>();
  const collect = (set: SelectionSetNode | undefined) => {
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const name = selection.name.value;
        if (spread.has(name)) continue;
        spread.add(name);
        collect(fragments[name]?.selectionSet);
      } else {
        if (selection.kind === Kind.FIELD) names.add(selection.name.value);
        collect(selection.selectionSet);
      }
    }
  };
  for (const { selectionSet } of fieldNodes) collect(selectionSet);
  const selection = selectShown([...names].flatMap(listColumns));
  // Which fields come together may depend on variables.
  if (node !== undefined && others.length === 0) selections.set(node, selection);
  return selection;
}
