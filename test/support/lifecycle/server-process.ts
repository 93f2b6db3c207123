// One modelled server process: the real services, its own way to the database, and a record of what Eko told it.
import { createHash } from 'node:crypto';
import type { DataSource } from 'typeorm';
import {
  EkoClient,
  type DebitOutcome,
  type InitiateTransferRequest,
  type InquiryRequest,
} from '../../../src/eko/index.js';
import type { Clock } from '../../../src/shared/clock.js';
import { getSealer } from '../../../src/shared/sealing.js';
import { applyOutcome } from '../../../src/transfers/apply-outcome.js';
import {
  Capacity,
  DebitBreaker,
  InquiryService,
  OtpService,
  ReviewService,
  TransferService,
  TransferStore,
  type InquiryPolicy,
} from '../../../src/transfers/index.js';
import { CallbackInbox } from '../../../src/webhooks/index.js';
import { Gate } from './gate.js';

const digest = (body: string | Buffer) => getSealer().digest(body);

/** Of every modelled process, in the model's time. */
export const TIMES = {
  transferTimeoutMs: 60_000,
  inquiryTimeoutMs: 10_000,
  otpLifetimeMs: 240_000,
  /** Refreshes of one transfer, at the most one in this time. */
  refreshSpacingMs: 10_000,
  /** A debit leaves this soon after its request, or never. */
  maxWaitBeforeDebitMs: 10_000,
} as const;

/** Small, so that few inquiries lead through all of it. */
const SCHEDULE: Omit<InquiryPolicy, 'notReceivedAfterMs'> = {
  scheduleMs: [2_000, 10_000, 60_000],
  notReceivedAnswers: 3,
  notReceivedSpacingMs: 40_000,
};
/** Before the OTP expires and after it: either condition of "never received" can be the last to be met. */
export const POLICIES: readonly InquiryPolicy[] = [
  { ...SCHEDULE, notReceivedAfterMs: 150_000 },
  { ...SCHEDULE, notReceivedAfterMs: 350_000 },
];

/** In real time: no call and no waiting caller of the model is ever ended by it. */
const NEVER_MS = 600_000;
const MANY = 1_000;
const CREDENTIALS = { developerKey: 'model', accessKey: 'model', initiatorId: '9962981729' };

/** One outcome as the server read it from Eko's answer. */
export interface ToldOutcome {
  readonly clientRefId: string;
  readonly given: Pick<Parameters<typeof applyOutcome>[1], 'outcome' | 'source' | 'askedAt' | 'isTidDenied'>;
}

export interface ServerProcessOptions {
  readonly dataSource: DataSource;
  readonly clock: Clock;
  readonly policy: InquiryPolicy;
  readonly ekoUrl: string;
  /** A base URL at which nobody listens. */
  readonly closedUrl: string;
  readonly isUnreachable: (otpRefId: string) => boolean;
  readonly onTold: (told: ToldOutcome) => void;
}

export class ServerProcess {
  readonly gate: Gate;
  readonly store: TransferStore;
  readonly otps: OtpService;
  readonly transfers: TransferService;
  readonly inquiries: InquiryService;
  readonly callbacks: CallbackInbox;
  readonly reviews: ReviewService;
  readonly #context;

  constructor(options: ServerProcessOptions) {
    const { clock } = options;
    this.gate = new Gate(options.dataSource);
    const dataSource = this.gate.toDataSource();
    const store = new SteadyStore(dataSource, true);
    const eko = new ListeningEkoClient(options);
    this.#context = {
      store,
      clock,
      policy: options.policy,
      onApplied: () => {},
    };
    const shared = {
      ...this.#context,
      eko,
      capacity: new Capacity(MANY),
      transferTimeoutMs: TIMES.transferTimeoutMs,
    };
    this.store = store;
    this.transfers = new TransferService({
      ...shared,
      isSimulated: true,
      onStoreFailure: () => {},
      breaker: new DebitBreaker({
        clock,
        limits: { unknownInARow: MANY, probeEveryMs: 1 },
        onOpen: () => {},
        onClose: () => {},
      }),
    });
    this.inquiries = new InquiryService({ ...shared, onInquiry: () => {} });
    const policy = { lifetimeMs: TIMES.otpLifetimeMs, maxPerHour: MANY, maxPerDay: MANY };
    this.otps = new OtpService({ dataSource, eko, capacity: new Capacity(MANY), clock, policy });
    this.callbacks = new CallbackInbox({ dataSource, store, clock, digest });
    this.reviews = new ReviewService({ dataSource, clock });
  }

  /** Stores an outcome once more, as if it had only now been read. */
  async applyAgain(transferId: string, { given }: ToldOutcome): Promise<void> {
    await applyOutcome(this.#context, { transferId, ...given });
  }
}

/** The jitter of a transfer's inquiries is read from the end of its id: here a seed has to lead to the same times again. */
class SteadyStore extends TransferStore {
  override commitIntent(...[intent, otp]: Parameters<TransferStore['commitIntent']>) {
    const digits = createHash('sha256').update(intent.createdAt.toISOString()).digest('hex');
    intent.id = intent.id.slice(0, -8) + digits.slice(0, 8);
    return super.commitIntent(intent, otp);
  }
}

/** The real client; what it reads from Eko's answers is kept, and some debits find the port closed. */
class ListeningEkoClient extends EkoClient {
  readonly #options: ServerProcessOptions;
  readonly #unreachable: EkoClient;

  constructor(options: ServerProcessOptions) {
    const common = {
      credentials: CREDENTIALS,
      timeouts: { otpMs: NEVER_MS, transferMs: NEVER_MS, inquiryMs: NEVER_MS },
      clock: options.clock,
      digest,
    };
    super({ ...common, baseUrl: options.ekoUrl });
    this.#options = options;
    this.#unreachable = new EkoClient({ ...common, baseUrl: options.closedUrl });
  }

  override async initiateTransfer(request: InitiateTransferRequest): Promise<DebitOutcome> {
    const { clock, isUnreachable, onTold } = this.#options;
    const askedAt = new Date(clock.nowMs());
    const outcome = isUnreachable(request.otpRefId)
      ? await this.#unreachable.initiateTransfer(request)
      : await super.initiateTransfer(request);
    onTold({ clientRefId: request.clientRefId, given: { outcome, source: 'EKO_RESPONSE', askedAt } });
    return outcome;
  }

  override async inquire(request: InquiryRequest) {
    const { clock, onTold } = this.#options;
    const askedAt = new Date(clock.nowMs());
    const answer = await super.inquire(request);
    onTold({ clientRefId: request.clientRefId, given: { ...answer, source: 'EKO_INQUIRY', askedAt } });
    return answer;
  }
}
