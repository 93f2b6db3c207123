// Who, to whom, how much; then the OTP that the customer reads out.
import { useMutation } from '@apollo/client/react';
import { useRef, useState } from 'react';
import {
  InitiateTransferDocument,
  SendTransferOtpDocument,
  type SendTransferOtpMutation,
} from './documents.js';
import { isUnanswered, type ToSentence } from './errors.js';

interface Terms {
  readonly customerId: string;
  readonly recipientId: string;
  readonly amount: number;
}
type Otp = NonNullable<SendTransferOtpMutation['sendTransferOtp']>['transferOtp'];

/** How often a request without an answer is sent again by itself. */
const RETRIES = 5;
const RETRY_AFTER_MS = 1_000;
const NOT_KNOWN =
  'No answer: it is not known whether the money was sent. Press Send again, it is never sent twice. Do not start a new transfer.';

export function SendMoney({ toSentence, onSent }: { toSentence: ToSentence; onSent: (id: string) => void }) {
  const [terms, setTerms] = useState<Terms>({ customerId: '6111111111', recipientId: '98765', amount: 500 });
  const [otp, setOtp] = useState<Otp>();
  return otp === undefined ? (
    <TermsForm terms={terms} onChange={setTerms} onOtp={setOtp} toSentence={toSentence} />
  ) : (
    <OtpForm
      terms={terms}
      otp={otp}
      onSent={onSent}
      onBack={() => setOtp(undefined)}
      toSentence={toSentence}
    />
  );
}

function TermsForm(props: {
  terms: Terms;
  onChange: (terms: Terms) => void;
  onOtp: (otp: Otp) => void;
  toSentence: ToSentence;
}) {
  const { terms, onChange, onOtp, toSentence } = props;
  const [sendOtp, { loading, error }] = useMutation(SendTransferOtpDocument);
  const submit = async () => {
    const { data } = await sendOtp({ variables: { input: terms } }).catch(() => ({ data: null })); // shown as `error`
    if (data?.sendTransferOtp) onOtp(data.sendTransferOtp.transferOtp);
  };
  return (
    <form action={() => void submit()}>
      <label>
        Customer’s mobile number
        <input
          name="customerId"
          inputMode="numeric"
          required
          value={terms.customerId}
          onChange={(event) => onChange({ ...terms, customerId: event.target.value })}
        />
      </label>
      <label>
        Recipient
        <input
          name="recipientId"
          inputMode="numeric"
          required
          value={terms.recipientId}
          onChange={(event) => onChange({ ...terms, recipientId: event.target.value })}
        />
      </label>
      <label>
        Amount in rupees
        <input
          name="amount"
          type="number"
          required
          value={Number.isNaN(terms.amount) ? '' : terms.amount}
          onChange={(event) => onChange({ ...terms, amount: event.target.valueAsNumber })}
        />
        <small>Try 103: the outcome is open at first. 101 is declined, 105 on hold.</small>
      </label>
      {error && <p role="alert">{toSentence(error)}</p>}
      <button type="submit" disabled={loading}>
        {loading ? 'Sending the OTP…' : 'Send OTP to the customer'}
      </button>
    </form>
  );
}

function OtpForm(props: {
  terms: Terms;
  otp: Otp;
  onSent: (id: string) => void;
  onBack: () => void;
  toSentence: ToSentence;
}) {
  const { terms, otp, onSent, onBack, toSentence } = props;
  const [digits, setDigits] = useState('');
  const [problem, setProblem] = useState<string>();
  // Sent, and not answered: until it is, nothing else may be sent in its place.
  const [isOpen, setIsOpen] = useState(false);
  const [initiate, { loading }] = useMutation(InitiateTransferDocument);
  // Ours, made once: whatever happens on the way, the same request means the same transfer.
  const clientRefId = useRef(`WEB-${crypto.randomUUID().replaceAll('-', '').slice(0, 16)}`);

  const submit = async () => {
    setProblem(undefined);
    setIsOpen(true);
    const input = {
      ...terms,
      otp: digits,
      otpRefId: otp.otpRefId,
      latlong: '28.6139,77.2090',
      clientRefId: clientRefId.current,
    };
    for (let retries = 0; ; retries += 1) {
      try {
        const { data } = await initiate({ variables: { input } });
        if (data?.initiateTransfer) onSent(data.initiateTransfer.transaction.id);
        return;
      } catch (error) {
        // Without an answer the same request is sent again; nothing moves twice.
        if (!isUnanswered(error)) {
          setIsOpen(false);
          return setProblem(toSentence(error));
        }
        if (retries === RETRIES) return setProblem(NOT_KNOWN);
        await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS));
      }
    }
  };
  return (
    <form action={() => void submit()}>
      <p>
        An OTP for <strong>₹{otp.amount}</strong> was texted to {otp.sentTo ?? 'the customer'}. It is good
        until {new Date(otp.expiresAt).toLocaleTimeString()}.
      </p>
      <label>
        OTP
        <input
          name="otp"
          inputMode="numeric"
          autoComplete="one-time-code"
          required
          autoFocus
          value={digits}
          onChange={(event) => setDigits(event.target.value)}
        />
      </label>
      {problem !== undefined && <p role="alert">{problem}</p>}
      <button type="submit" disabled={loading}>
        {loading ? 'Sending the money…' : `Send ₹${otp.amount}`}
      </button>
      <button type="button" className="quiet" onClick={onBack} disabled={isOpen}>
        Change or send a new OTP
      </button>
    </form>
  );
}
