// One transaction, live. What to show and what to do next comes from the server; there is no switch over statuses here.
import { useSubscription } from '@apollo/client/react';
import { useEffect, useState } from 'react';
import { WatchTransactionDocument, type WatchTransactionSubscription } from './documents.js';
import type { ToSentence } from './errors.js';

type Transaction = WatchTransactionSubscription['transactionUpdated'];

const SUBSCRIBE_AGAIN_MS = 2_000;

export function TransactionView({ id, toSentence }: { id: string; toSentence: ToSentence }) {
  const { data, error, restart } = useSubscription(WatchTransactionDocument, { variables: { id } });
  // A server that restarts, or a phone without a signal: subscribe again, the first message is what was missed.
  useEffect(() => {
    if (!error) return;
    const timer = setTimeout(restart, SUBSCRIBE_AGAIN_MS);
    return () => clearTimeout(timer);
  }, [error, restart]);
  // What was known stays on the screen while the connection is away.
  const [known, setKnown] = useState<Transaction>();
  useEffect(() => {
    if (data) setKnown(data.transactionUpdated);
  }, [data]);
  if (known === undefined)
    return <p role={error ? 'alert' : 'status'}>{error ? toSentence(error) : 'Loading…'}</p>;
  return (
    <>
      {error && (
        <p role="alert">The connection is lost, and being made again. Do not send the money again.</p>
      )}
      <Details transaction={known} />
    </>
  );
}

function Details({ transaction }: { transaction: Transaction }) {
  const { status, statusReason, nextAction, isFinal, amount, recipient, tid, bankReference, fee, events } =
    transaction;
  const facts: [string, string | null][] = [
    ['Amount', `₹${amount}`],
    ['Recipient', [recipient.name, recipient.maskedAccount].filter(Boolean).join(', ') || recipient.id],
    ['Bank reference', bankReference],
    ['Transaction id', tid],
    ['Fee', fee === null ? null : `₹${fee}`],
  ];
  return (
    <article data-final={isFinal}>
      <h2 className={`badge ${status}`}>{status.replaceAll('_', ' ')}</h2>
      <p className="next">{statusReason?.message ?? 'Done.'}</p>
      {nextAction === 'WAIT' && <progress aria-label="waiting for the outcome" />}
      <dl>{facts.map(([name, value]) => value && <Fact key={name} name={name} value={value} />)}</dl>
      <ol>
        {events.map((event) => (
          <li key={event.id}>
            <time dateTime={event.occurredAt}>{new Date(event.occurredAt).toLocaleTimeString()}</time>{' '}
            {event.message}
          </li>
        ))}
      </ol>
    </article>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
