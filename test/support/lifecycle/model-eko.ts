// The model's Eko on real HTTP: it books what it is asked for, answers as it is told to, can hold an answer back, and
// keeps a log of everything that it said.
import type http from 'node:http';
import { toTid, type DebitCall, type InquiryCall, type ScriptedEko } from '../scripted-eko.js';
import { EkoLedger, type Booking, type EkoState } from './eko-ledger.js';
import {
  FOREIGN,
  LOST_ANSWERS,
  MUDDLED,
  REFUSALS,
  toDebitAnswer,
  toForeignTid,
  toInquiryAnswer,
  toMuddledAnswer,
  toNotFound,
  type Foreign,
  type LostAnswer,
  type Muddled,
  type Refusal,
  type Reply,
} from './eko-replies.js';

/** What becomes of one debit request, and what its caller hears. */
export interface DebitPlan {
  readonly becomes: EkoState | 'never' | 'later';
  /** `unreachable`: the port is closed, so that nothing arrives. */
  readonly answer: 'the truth' | LostAnswer | Muddled | Refusal | Foreign | 'tid of another' | 'unreachable';
  readonly isHeld: boolean;
}

/** How Eko answers inquiries for the moment. What it cannot say of a transfer, it replaces by the truth. */
export interface Mood {
  readonly answer:
    | 'the truth'
    | LostAnswer
    | Foreign
    /** Found by neither name, whatever is booked. */
    | 'not found'
    /** The tid is denied; the reference is found. */
    | 'tid denied'
    /** Still waiting, whatever is booked. */
    | 'awaited'
    /** The tid is denied; under the reference another tid is found, and that one failed. */
    | 'tid denied, another failed'
    /** A success called failed, or a failure called a success. */
    | 'taken back'
    /** A tid that is not the one it gave. */
    | 'second tid'
    /** The tid of another transfer. */
    | 'tid of another'
    /** Neither the reference nor a tid of ours. */
    | 'unnamed';
  readonly isHeld: boolean;
}

export const TRUTHFUL: Mood = { answer: 'the truth', isHeld: false };

/** What an answer said, as far as the model needs to know. */
export type Saying =
  | { readonly kind: 'state'; readonly state: EkoState; readonly tid: string; readonly isOutdated: boolean }
  | { readonly kind: 'not found' }
  /** Nothing usable; `isAboutUs` when it names the transaction all the same. */
  | { readonly kind: 'nothing'; readonly isAboutUs: boolean }
  | { readonly kind: 'refused' }
  | { readonly kind: 'falsehood' };

export interface Exchange {
  readonly call: 'debit' | 'by reference' | 'by tid';
  /** Empty when Eko was asked for a tid that it never gave. */
  readonly clientRefId: string;
  readonly debit: DebitCall | null;
  readonly askedAtMs: number;
  readonly says: Saying;
  /** When the answer left Eko; null while it is held, and for ever when it was cut. */
  answeredAtMs: number | null;
}

export interface Held {
  readonly endsAtMs: number;
  release(): void;
  cut(): void;
}

/** What the server has recorded, where a falsehood depends on it. */
export interface Recorded {
  readonly amountRupees: number;
  readonly tid: string | null;
  readonly believes: 'moved' | 'failed' | 'open';
}

export interface ModelEkoOptions {
  readonly server: ScriptedEko;
  readonly nowMs: () => number;
  readonly transferTimeoutMs: number;
  readonly inquiryTimeoutMs: number;
  readonly findRecorded: (clientRefId: string) => Recorded | null;
  /** Tids that the server has recorded for others than this reference. */
  readonly findOtherTid: (clientRefId: string) => string | null;
}

export class ModelEko {
  readonly ledger = new EkoLedger();
  readonly exchanges: Exchange[] = [];
  readonly #plans = new Map<string, DebitPlan>();
  mood: Mood = TRUTHFUL;
  /** Told when an answer is held back. */
  onHold: (held: Held) => void = () => {};

  constructor(private readonly options: ModelEkoOptions) {
    const { server } = options;
    server.onDebit = (response, call) => this.#answerDebit(response, call);
    server.onInquiry = (response, call) => this.#answerInquiry(response, call);
  }

  plan(otpRefId: string, plan: DebitPlan): void {
    if (!this.#plans.has(otpRefId)) this.#plans.set(otpRefId, plan);
  }

  /** A debit that no command asked for succeeds: the laws see that it was made. */
  getPlan(otpRefId: string): DebitPlan {
    return this.#plans.get(otpRefId) ?? { becomes: 0, answer: 'the truth', isHeld: false };
  }

  /** Requests to move money that arrived, with this OTP. */
  debitsWith(otpRefId: string): readonly Exchange[] {
    return this.exchanges.filter(({ debit }) => debit?.otpRefId === otpRefId);
  }

  #answerDebit(response: http.ServerResponse, call: DebitCall): void {
    const { becomes, answer, isHeld } = this.getPlan(call.otpRefId);
    if (becomes === 'later') this.ledger.postpone(call);
    else if (becomes !== 'never') this.ledger.book(call, becomes);
    const [send, says] = this.#toDebitReply(call, answer);
    const exchange = this.#log({ call: 'debit', clientRefId: call.clientRefId, debit: call, says });
    this.#send(response, exchange, isHeld ? this.options.transferTimeoutMs : null, send);
  }

  #toDebitReply(call: DebitCall, answer: DebitPlan['answer']): [Reply, Saying] {
    if (isKeyOf(LOST_ANSWERS, answer)) return [LOST_ANSWERS[answer], { kind: 'nothing', isAboutUs: false }];
    if (isKeyOf(REFUSALS, answer)) return [REFUSALS[answer], { kind: 'refused' }];
    if (isKeyOf(MUDDLED, answer))
      return [toMuddledAnswer(call, answer), { kind: 'nothing', isAboutUs: true }];
    const booking = this.ledger.find(call.clientRefId);
    if (booking === undefined) throw new Error('what was not booked has no such answer');
    const otherTid = answer === 'tid of another' ? this.options.findOtherTid(call.clientRefId) : null;
    const foreign = isKeyOf(FOREIGN, answer) ? FOREIGN[answer] : otherTid === null ? null : { tid: otherTid };
    if (foreign !== null) return [toDebitAnswer(call, booking.state, foreign), { kind: 'falsehood' }];
    return [toDebitAnswer(call, booking.state), toTruth(booking)];
  }

  #answerInquiry(response: http.ServerResponse, { reference }: InquiryCall): void {
    const { answer, isHeld } = this.mood;
    const clientRefId = reference.startsWith('client_ref_id:') ? reference.slice(14) : null;
    const owner = clientRefId ?? this.#findOwner(reference);
    const call = clientRefId === null ? 'by tid' : 'by reference';
    const [send, says] = this.#toInquiryReply({ reference, clientRefId: owner, call }, answer);
    const exchange = this.#log({ call, clientRefId: owner, debit: null, says });
    if (isHeld) this.mood = { ...this.mood, isHeld: false };
    this.#send(response, exchange, isHeld ? this.options.inquiryTimeoutMs : null, send);
  }

  /** The reference that a tid is or was given to; none for a tid that Eko never gave. */
  #findOwner(tid: string): string {
    const owner = this.ledger.bookings.find((booking) => booking.tid === tid || booking.formerTid === tid);
    return owner?.clientRefId ?? '';
  }

  #toInquiryReply(
    asked: { reference: string; clientRefId: string; call: 'by tid' | 'by reference' },
    answer: Mood['answer'],
  ): [Reply, Saying] {
    const { reference, clientRefId, call } = asked;
    if (isKeyOf(LOST_ANSWERS, answer)) return [LOST_ANSWERS[answer], { kind: 'nothing', isAboutUs: false }];
    const notFound: [Reply, Saying] = [toNotFound(reference), { kind: 'not found' }];
    const known = call === 'by tid' ? this.ledger.findByTid(reference) : this.ledger.find(clientRefId);
    if (answer === 'not found' || (answer === 'tid denied' && call === 'by tid')) return notFound;
    if (answer === 'tid denied, another failed' && call === 'by tid' && this.#isOpen(clientRefId))
      return notFound;
    const falsehood = this.#toFalsehood(clientRefId, answer);
    if (falsehood !== null) return [falsehood, { kind: 'falsehood' }];
    if (known === undefined) return notFound;
    if (answer === 'awaited')
      return [toInquiryAnswer(known, 2), { kind: 'state', state: 2, tid: known.tid, isOutdated: true }];
    return [toInquiryAnswer(known, known.state), toTruth(known)];
  }

  #isOpen(clientRefId: string): boolean {
    return this.options.findRecorded(clientRefId)?.believes === 'open';
  }

  /** Null where it would not be known for a falsehood, or where it is not one. */
  #toFalsehood(clientRefId: string, answer: Mood['answer']): Reply | null {
    const booking = this.ledger.find(clientRefId);
    const recorded = this.options.findRecorded(clientRefId);
    if (recorded === null) return null;
    if (answer === 'taken back') {
      if (recorded.believes === 'open') return null;
      const about = booking ?? { clientRefId, tid: toTid(clientRefId), amount: recorded.amountRupees };
      return toInquiryAnswer(about, recorded.believes === 'failed' ? 0 : 1);
    }
    if (booking === undefined) return null;
    if (isKeyOf(FOREIGN, answer)) return toInquiryAnswer(booking, booking.state, FOREIGN[answer]);
    const unknownTid = toForeignTid(clientRefId);
    if (answer === 'unnamed')
      return toInquiryAnswer(booking, booking.state, { client_ref_id: '', tid: unknownTid });
    if (answer === 'second tid' && recorded.tid !== null)
      return toInquiryAnswer(booking, booking.state, { tid: unknownTid });
    if (answer === 'tid denied, another failed' && recorded.tid !== null && recorded.believes === 'open')
      return toInquiryAnswer(booking, 1, { tid: unknownTid });
    const otherTid = this.options.findOtherTid(clientRefId);
    if (answer === 'tid of another' && otherTid !== null)
      return toInquiryAnswer(booking, booking.state, { tid: otherTid });
    return null;
  }

  #log(exchange: Omit<Exchange, 'askedAtMs' | 'answeredAtMs'>): Exchange {
    const logged = { ...exchange, askedAtMs: this.options.nowMs(), answeredAtMs: null };
    this.exchanges.push(logged);
    return logged;
  }

  #send(response: http.ServerResponse, exchange: Exchange, holdForMs: number | null, send: Reply): void {
    const release = () => {
      exchange.answeredAtMs = this.options.nowMs();
      send(response);
    };
    if (holdForMs === null) return release();
    const endsAtMs = exchange.askedAtMs + holdForMs;
    this.onHold({ endsAtMs, release, cut: () => response.socket?.resetAndDestroy() });
  }
}

function toTruth({ state, tid }: Booking): Saying {
  return { kind: 'state', state, tid, isOutdated: false };
}

function isKeyOf<Table extends object>(table: Table, key: PropertyKey): key is keyof Table {
  return Object.hasOwn(table, key);
}
