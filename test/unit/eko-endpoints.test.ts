// The table of Eko's addresses, and what may stand in them.
import { expect, test } from '@jest/globals';
import {
  INITIATE_TRANSFER,
  inquiryByClientRefId,
  inquiryByTid,
  SEND_TRANSFER_OTP,
} from '../../src/eko/endpoints.js';

test.each([
  [SEND_TRANSFER_OTP, 'POST', '/customer/payment/dmt-fino/otp'],
  [INITIATE_TRANSFER, 'POST', '/customer/payment/dmt-fino'],
  [inquiryByTid('3570311831'), 'GET', '/tools/reference/transaction/3570311831'],
  [inquiryByTid('../a?b=c'), 'GET', '/tools/reference/transaction/..%2Fa%3Fb%3Dc'],
  [inquiryByClientRefId('REQ-1'), 'GET', '/tools/reference/transaction/client_ref_id:REQ-1'],
  [inquiryByClientRefId('a/b'), 'GET', '/tools/reference/transaction/client_ref_id:a%2Fb'],
])('%j is %s %s', (endpoint, method, path) => {
  expect(endpoint).toEqual({ method, path });
});
