// The status callback: what names a transaction is read, whatever its JSON type; the rest is not believed.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseCallback } from '../../src/eko/index.js';

/** eko-dmt-api.md §4.13, with the names and numbers changed. */
const DOCUMENTED = {
  tx_status: 0,
  old_tx_status: 2,
  old_tx_status_desc: 'Initiated',
  txstatus_desc: 'Success',
  tid: 3211509412,
  client_ref_id: 'REQ-20260101-001',
  amount: 900.0,
  fee: 5.0,
  gst: 0.76,
  payment_mode: '5',
  bank_ref_num: '930517886655',
  ifsc: 'SBIN0000001',
  account: '20001234567',
  recipient_name: 'TEST RECIPIENT',
  sender_name: 'Test Sender',
  beneficiary_account_type: null,
  timestamp: '2026-07-23 09:46:35',
};
const READ = { tid: '3211509412', clientRefId: 'REQ-20260101-001', claimedTxStatus: '0' };

describe('a callback', () => {
  test('is read as documented, without a word of money or people', () => {
    expect(parseCallback(DOCUMENTED)).toEqual(READ);
  });

  test.each([
    ['strings', { ...DOCUMENTED, tid: '3211509412', tx_status: '0' }, READ],
    ['no tid', { ...DOCUMENTED, tid: undefined }, { ...READ, tid: null }],
    ['a blank tid', { ...DOCUMENTED, tid: '' }, { ...READ, tid: null }],
    ['no reference', { ...DOCUMENTED, client_ref_id: '' }, { ...READ, clientRefId: null }],
    ['no tx_status', { ...DOCUMENTED, tx_status: null }, { ...READ, claimedTxStatus: null }],
    ['an inexact tid', { ...DOCUMENTED, tid: 1e20 }, { ...READ, tid: null }],
    ['a fractional tid', { ...DOCUMENTED, tid: 1.5 }, { ...READ, tid: null }],
    ['a tid that is a path', { ...DOCUMENTED, tid: '../../x?y=' }, { ...READ, tid: null }],
    [
      'a reference too long',
      { ...DOCUMENTED, client_ref_id: 'R'.repeat(21) },
      { ...READ, clientRefId: null },
    ],
    ['a tx_status that is text', { ...DOCUMENTED, tx_status: 'Success' }, { ...READ, claimedTxStatus: null }],
    [
      'a tx_status of four digits',
      { ...DOCUMENTED, tx_status: '1234' },
      { ...READ, claimedTxStatus: '1234' },
    ],
    ['a tx_status of five digits', { ...DOCUMENTED, tx_status: '12345' }, { ...READ, claimedTxStatus: null }],
    [
      'a tx_status that begins with text',
      { ...DOCUMENTED, tx_status: 'x1' },
      { ...READ, claimedTxStatus: null },
    ],
    [
      'a tx_status that ends with text',
      { ...DOCUMENTED, tx_status: '1x' },
      { ...READ, claimedTxStatus: null },
    ],
    ['nested references', { ...DOCUMENTED, tid: { $gt: '' } }, { ...READ, tid: null }],
  ])('with %s is read for what it names', (_what, body, read) => {
    expect(parseCallback(body)).toEqual(read);
  });

  test.each([
    null,
    undefined,
    '',
    'tid=1',
    17,
    true,
    [],
    [DOCUMENTED],
    {},
    { data: DOCUMENTED },
    { tid: null, client_ref_id: null },
    { tid: '', client_ref_id: ' ' },
    { tx_status: 0 },
  ])('that names no transaction is none: %j', (body) => {
    expect(parseCallback(body)).toBeNull();
  });

  test('never throws, and yields only references that are safe in a path', () => {
    const field = fc.anything();
    const body = fc.oneof(
      fc.anything(),
      fc.record({ tid: field, client_ref_id: field, tx_status: field }, { requiredKeys: [] }),
    );
    fc.assert(
      fc.property(body, (given) => {
        const read = parseCallback(given);
        for (const value of Object.values(read ?? {})) {
          expect(value === null || /^[A-Za-z0-9_-]{1,40}$/.test(value as string)).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
