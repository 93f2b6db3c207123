// What every resolver is given.
import DataLoader from 'dataloader';
import type { AgentIdentity, RevocationList } from '../auth/index.js';
import type { TransferEvent } from '../entities/index.js';
import type {
  InquiryService,
  OtpService,
  ReviewService,
  TransferFeed,
  TransferReader,
  TransferService,
} from '../transfers/index.js';

export interface GraphQLServices {
  readonly otps: OtpService;
  readonly transfers: TransferService;
  readonly inquiries: InquiryService;
  readonly reviews: ReviewService;
  readonly reader: TransferReader;
  readonly feed: TransferFeed;
  readonly revocations: RevocationList;
}

export interface GraphQLContext {
  readonly requestId: string;
  readonly identity: AgentIdentity;
  readonly services: GraphQLServices;
  /** The timelines of all transactions of one answer, in one statement. */
  readonly timelines: DataLoader<string, readonly TransferEvent[]>;
}

export function createContext(
  given: Pick<GraphQLContext, 'requestId' | 'identity' | 'services'>,
): GraphQLContext {
  return new RequestContext(given);
}

const TIMELINES = Symbol('timelines');

class RequestContext implements GraphQLContext {
  readonly requestId: string;
  readonly identity: AgentIdentity;
  readonly services: GraphQLServices;
  [TIMELINES]: GraphQLContext['timelines'] | undefined = undefined;

  constructor({
    requestId,
    identity,
    services,
  }: Pick<GraphQLContext, 'requestId' | 'identity' | 'services'>) {
    this.requestId = requestId;
    this.identity = identity;
    this.services = services;
  }

  get timelines(): GraphQLContext['timelines'] {
    return (this[TIMELINES] ??= new DataLoader((ids) => this.services.reader.findTimelines(ids)));
  }
}
