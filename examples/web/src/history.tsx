// What this agent has sent, newest first, page by page.
import { useQuery } from '@apollo/client/react';
import { useState } from 'react';
import { ListTransactionsDocument, type TransactionStatus } from './documents.js';
import type { ToSentence } from './errors.js';

const PAGE_SIZE = 10;
const FILTERS: readonly [string, TransactionStatus[] | null][] = [
  ['All', null],
  ['Open', ['AWAITED', 'ON_HOLD', 'REFUND_PENDING']],
  ['To be paid back', ['REFUND_PENDING']],
  ['Successful', ['SUCCESS']],
  ['Failed', ['FAILED', 'REFUNDED']],
];

export function History({ toSentence, onOpen }: { toSentence: ToSentence; onOpen: (id: string) => void }) {
  const [filterIndex, setFilterIndex] = useState(0);
  const status = FILTERS[filterIndex]?.[1] ?? null;
  const { data, error, loading, fetchMore } = useQuery(ListTransactionsDocument, {
    variables: { first: PAGE_SIZE, filter: { status } },
    fetchPolicy: 'cache-and-network',
  });
  const page = data?.transactions;
  const loadMore = () => void fetchMore({ variables: { after: page?.pageInfo.endCursor ?? null } });
  return (
    <section>
      <label>
        Show
        <select value={filterIndex} onChange={(event) => setFilterIndex(Number(event.target.value))}>
          {FILTERS.map(([name], index) => (
            <option key={name} value={index}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {error && <p role="alert">{toSentence(error)}</p>}
      <ul className="list">
        {page?.edges.map(({ node }) => (
          <li key={node.id}>
            <button type="button" onClick={() => onOpen(node.id)}>
              <span>
                <strong>₹{node.amount}</strong> to {node.recipient.name ?? node.recipient.id}
              </span>
              <span className={`badge ${node.status}`}>{node.status.replaceAll('_', ' ')}</span>
              <small>
                {new Date(node.createdAt).toLocaleString()} · {node.customerId}
              </small>
            </button>
          </li>
        ))}
      </ul>
      {loading && <p role="status">Loading…</p>}
      {page?.edges.length === 0 && !loading && <p>Nothing here yet.</p>}
      {page?.pageInfo.hasNextPage && (
        <button type="button" onClick={loadMore} disabled={loading}>
          Show more
        </button>
      )}
    </section>
  );
}
