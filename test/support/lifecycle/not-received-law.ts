// When a transfer may be called "never received": transfer-lifecycle.md §4, from what Eko said and when.
import type { InquiryPolicy } from '../../../src/transfers/index.js';
import type { KnownTransfer, Row } from './model.js';

/** Throws unless all four conditions hold. */
export function assertMayBeNotReceived(given: {
  transfer: KnownTransfer;
  row: Row;
  nowMs: number;
  policy: InquiryPolicy;
}): void {
  const { transfer, row, nowMs, policy } = given;
  const heard = [...transfer.told];
  const speaks = heard.some(([{ says }, { isCertain }]) => {
    const isAboutUs = says.kind === 'state' || (says.kind === 'nothing' && says.isAboutUs);
    return isCertain && isAboutUs;
  });
  const times = heard.flatMap(([{ call, says, answeredAtMs }]) =>
    call === 'by reference' && says.kind === 'not found' && answeredAtMs !== null ? [answeredAtMs] : [],
  );
  const ageMs = nowMs - row.createdAt.getTime();
  const conditions = {
    'Eko has never spoken of it': !speaks && row.tid === null,
    'it is old enough': ageMs >= policy.notReceivedAfterMs,
    'it was often enough not found, far enough apart':
      countSpaced(times, policy.notReceivedSpacingMs) >= policy.notReceivedAnswers,
    'its OTP has expired': nowMs >= transfer.terms.expiresAtMs,
  };
  const broken = Object.entries(conditions).flatMap(([name, holds]) => (holds ? [] : [name]));
  if (broken.length > 0) {
    const facts = JSON.stringify({ ageMs, times, expiresInMs: transfer.terms.expiresAtMs - nowMs, row });
    throw new Error(`never received, but it is not so that ${broken.join(', and that ')}: ${facts}`);
  }
}

/** The most of these moments that can be picked with this spacing between each two. */
function countSpaced(times: readonly number[], spacingMs: number): number {
  let count = 0;
  let lastMs = -Infinity;
  for (const atMs of [...times].sort((one, other) => one - other)) {
    if (atMs - lastMs < spacingMs) continue;
    count += 1;
    lastMs = atMs;
  }
  return count;
}
