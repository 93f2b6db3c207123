// Two screens, send money and history; a transaction opens on top of either.
import { useState } from 'react';
import { useErrorSentences } from './errors.js';
import { History } from './history.js';
import { SendMoney } from './send-money.js';
import { TransactionView } from './transaction-view.js';

type Screen = { name: 'send' | 'history' } | { name: 'transaction'; id: string };

export function App() {
  const [screen, setScreen] = useState<Screen>({ name: 'send' });
  const toSentence = useErrorSentences();
  const open = (id: string) => setScreen({ name: 'transaction', id });
  const tab = (name: 'send' | 'history', label: string) => (
    <button type="button" aria-current={screen.name === name} onClick={() => setScreen({ name })}>
      {label}
    </button>
  );
  return (
    <>
      <header>
        <h1>Send money</h1>
        <p>A sandbox: no money moves. The OTP is 123456.</p>
        <nav>
          {tab('send', 'New transfer')}
          {tab('history', 'History')}
        </nav>
      </header>
      <main>
        {screen.name === 'send' && <SendMoney toSentence={toSentence} onSent={open} />}
        {screen.name === 'history' && <History toSentence={toSentence} onOpen={open} />}
        {screen.name === 'transaction' && <TransactionView id={screen.id} toSentence={toSentence} />}
      </main>
    </>
  );
}
