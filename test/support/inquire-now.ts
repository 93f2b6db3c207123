// One inquiry now, whatever the spacing, answered as a test wants it.
import type { Gateway } from './gateway.js';
import { forgetLastInquiry } from './records.js';
import { reply, toInquiryReply, type InquiryScript, type ScriptedEko } from './scripted-eko.js';
import { tryRefresh, type TestTransaction } from './transfer-client.js';

export interface Place {
  readonly gateway: Gateway;
  readonly eko: ScriptedEko;
}

/** The transaction after an inquiry to which Eko says `data` over a plain success. */
export function inquireNow(
  place: Place,
  transaction: TestTransaction,
  data: object = {},
): Promise<TestTransaction> {
  return inquireAnswering(place, transaction, (response) =>
    reply(response, toInquiryReply(transaction, data)),
  );
}

export async function inquireAnswering(
  { gateway, eko }: Place,
  { id }: TestTransaction,
  answer: InquiryScript,
): Promise<TestTransaction> {
  eko.onInquiry = answer;
  await forgetLastInquiry(gateway, id);
  const { data, errors } = await tryRefresh(gateway, id);
  if (!data?.refreshTransaction) throw new Error(`no inquiry was made: ${JSON.stringify(errors)}`);
  return data.refreshTransaction.transaction;
}
