// An inspection as a person reads it at a terminal.
import type { Inspection } from './inspection.js';

export function renderInspection({ transfer, timeline, inquiries, callbacks, next }: Inspection): string {
  const { amountRupees, isSimulated, account, recipientId, tid, bankReference } = transfer;
  return [
    `Transfer ${transfer.id}`,
    ...toRows([
      ['status', transfer.status],
      ['reason', transfer.reason],
      ['Eko said', transfer.ekoMessage],
      ['needs review', transfer.needsReview ? 'yes' : 'no'],
      ['amount', `₹${amountRupees}${isSimulated ? ' (simulated: no money moves)' : ''}`],
      ['customer', transfer.customer],
      ['account', `${account ?? 'not named by Eko yet'} (recipient ${recipientId})`],
      ['tid', tid],
      ['bank reference', bankReference],
      ['clientRefId', transfer.clientRefId],
      ['agent', transfer.agent],
      ['created', transfer.createdAt],
      ['OTP expires', transfer.otpExpiresAt],
    ]),
    '',
    'Timeline',
    ...timeline.flatMap(toEventLines),
    '',
    'Inquiries',
    ...toRows([
      ['by schedule', String(inquiries.planned)],
      ['not found', String(inquiries.notFound)],
      ['last', inquiries.lastAt],
      ['next', inquiries.nextAt],
    ]),
    '',
    'Callbacks (claims, not believed)',
    ...(callbacks.length === 0 ? ['  none'] : callbacks.map(toCallbackLine)),
    '',
    'Next',
    `  ${next}`,
    '',
  ].join('\n');
}

type Event = Inspection['timeline'][number];

function toEventLines({ sequence, occurredAt, source, from, to, message, evidence }: Event): string[] {
  const step = from === null ? to : `${from} -> ${to}`;
  const details = Object.entries(evidence).map(
    ([key, value]) =>
      `${key}=${typeof value === 'string' && /\s/.test(value) ? JSON.stringify(value) : value}`,
  );
  return [
    `  ${String(sequence).padStart(2)}  ${occurredAt}  ${source.padEnd(12)}  ${step}`,
    `      ${message}`,
    ...(details.length === 0 ? [] : [`      ${details.join(' ')}`]),
  ];
}

function toCallbackLine(callback: Inspection['callbacks'][number]): string {
  const { claimedStatus, count, firstReceivedAt, lastReceivedAt } = callback;
  const times =
    count === 1 ? `once, ${firstReceivedAt}` : `${count} times, ${firstReceivedAt} to ${lastReceivedAt}`;
  return `  tx_status ${claimedStatus ?? 'not readable'}: ${times}`;
}

function toRows(rows: readonly (readonly [label: string, value: string | null])[]): string[] {
  return rows.map(([label, value]) => `  ${label.padEnd(14)}  ${value ?? '-'}`);
}
