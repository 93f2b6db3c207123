// What `inspect` shows of a transfer: the rows made fit for a screen, without a secret or a number that is not masked.
import type { OtpChallenge, Transfer, TransferEvent, WebhookDelivery } from '../entities/index.js';
import { MOBILE_NUMBER } from '../shared/identifiers.js';
import { maskLongNumbers, maskMobile } from '../shared/redact.js';
import type { InquiryPolicy } from '../transfers/index.js';
import { toNextStep } from './next-step.js';

export interface TransferRecords {
  readonly transfer: Transfer;
  readonly challenge: OtpChallenge;
  /** Oldest first. */
  readonly events: readonly TransferEvent[];
  readonly deliveries: readonly WebhookDelivery[];
}

/** As `--json` prints it. Moments are in UTC, ISO 8601. */
export interface Inspection {
  readonly transfer: {
    readonly id: string;
    readonly clientRefId: string;
    readonly tid: string | null;
    readonly bankReference: string | null;
    /** As it is stored: the API shows SUBMITTING as AWAITED. */
    readonly status: string;
    readonly reason: string | null;
    /** The words of Eko's that the status rests on. */
    readonly ekoMessage: string | null;
    readonly needsReview: boolean;
    readonly isSimulated: boolean;
    readonly amountRupees: number;
    readonly customer: string;
    readonly recipientId: string;
    readonly account: string | null;
    readonly agent: string;
    readonly createdAt: string;
    readonly otpExpiresAt: string;
  };
  readonly timeline: readonly {
    readonly sequence: number;
    readonly occurredAt: string;
    readonly source: string;
    readonly from: string | null;
    readonly to: string;
    readonly message: string;
    readonly evidence: Readonly<Record<string, string | number>>;
  }[];
  readonly inquiries: {
    /** By the schedule; those that somebody asked for are not counted. */
    readonly planned: number;
    /** "Not found" answers that count towards NOT_RECEIVED. */
    readonly notFound: number;
    readonly lastAt: string | null;
    readonly nextAt: string | null;
  };
  readonly callbacks: readonly {
    /** Eko's `tx_status` as the callback claimed it. */
    readonly claimedStatus: string | null;
    readonly count: number;
    readonly firstReceivedAt: string;
    readonly lastReceivedAt: string;
  }[];
  /** What happens next, or what to do, in a sentence. */
  readonly next: string;
}

export function toInspection(
  { transfer, challenge, events, deliveries }: TransferRecords,
  { now, policy }: { now: Date; policy: InquiryPolicy },
): Inspection {
  const screen = createScreen(transfer, events);
  return {
    transfer: {
      id: transfer.id,
      clientRefId: screen.reference(transfer.clientRefId),
      tid: transfer.tid,
      bankReference: transfer.bankReference,
      status: transfer.status,
      reason: transfer.failureReason,
      ekoMessage: transfer.ekoMessage === null ? null : screen.text(transfer.ekoMessage),
      needsReview: transfer.needsReview,
      isSimulated: transfer.isSimulated,
      amountRupees: transfer.amountRupees,
      customer: maskMobile(transfer.customerId),
      recipientId: transfer.recipientId,
      account: transfer.maskedAccount,
      agent: transfer.agentUserCode,
      createdAt: transfer.createdAt.toISOString(),
      otpExpiresAt: challenge.expiresAt.toISOString(),
    },
    timeline: events.map((event) => ({
      sequence: event.sequence,
      occurredAt: event.occurredAt.toISOString(),
      source: event.source,
      from: event.fromStatus,
      to: event.toStatus,
      message: screen.text(event.message),
      evidence: screen.evidence(event.evidence),
    })),
    inquiries: {
      planned: transfer.inquiryCount,
      notFound: transfer.notFoundCount,
      lastAt: transfer.lastInquiryAt?.toISOString() ?? null,
      nextAt: transfer.nextInquiryAt?.toISOString() ?? null,
    },
    callbacks: deliveries.map((delivery) => ({
      claimedStatus: delivery.claimedTxStatus,
      count: delivery.deliveryCount,
      firstReceivedAt: delivery.firstReceivedAt.toISOString(),
      lastReceivedAt: delivery.lastReceivedAt.toISOString(),
    })),
    next: screen.text(toNextStep({ transfer, challenge, events }, { now, policy })),
  };
}

/** Names and numbers by which Eko or we call something: shown whole, or nobody could ask Eko about them. */
const REFERENCES = new Set(['tid', 'bankReference', 'clientRefId', 'recipientId', 'operator']);
const MAX_EVIDENCE_CHARACTERS = 80;
/** Enough of a hash to tell two bodies apart. */
const SHOWN_HASH_CHARACTERS = 12;

/** What may be shown of this transfer. Text is Eko's or a person's: it may hold any number, and control characters. */
function createScreen({ customerId, tid, bankReference }: Transfer, events: readonly TransferEvent[]) {
  const named = events.flatMap(({ evidence }) => [evidence['tid'], evidence['bankReference']]);
  const spared = new Set([tid, bankReference, ...named].filter((name) => typeof name === 'string'));
  spared.delete(customerId);

  const clean = (given: string) =>
    given.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').replaceAll(customerId, maskMobile(customerId));
  const text = (given: string) => maskLongNumbers(clean(given), spared);
  const reference = (given: string) => {
    const isPerson = MOBILE_NUMBER.test(given) && !spared.has(given);
    return isPerson ? maskMobile(given) : clean(given);
  };
  const shown = (key: string, value: string | number) => {
    if (typeof value === 'number') return value;
    if (key === 'bodyDigest') return value.slice(0, SHOWN_HASH_CHARACTERS);
    const whole = REFERENCES.has(key) ? reference(value) : text(value);
    return whole.length > MAX_EVIDENCE_CHARACTERS ? `${whole.slice(0, MAX_EVIDENCE_CHARACTERS)}…` : whole;
  };
  /** What is absent in the answer is left out. */
  const evidence = (given: TransferEvent['evidence']): Readonly<Record<string, string | number>> =>
    Object.fromEntries(
      Object.entries(given).flatMap(([key, value]) => (value === null ? [] : [[key, shown(key, value)]])),
    );
  return { text, reference, evidence };
}
