// A caller of the simulator who knows Eko's wire only from the documents: its own signature, its own requests.
import { createHmac } from 'node:crypto';
import { SIMULATOR_CREDENTIALS, createSimulator } from '../../src/simulator/index.js';
import type { Dialect, Simulator, SimulatorOptions } from '../../src/simulator/index.js';

export const NOW_MS = Date.parse('2026-07-23T09:46:35.396Z');
export const TERMS = {
  initiator_id: '9962981729',
  user_code: '20810200',
  recipient_id: 98765,
  customer_id: '6111111111',
};
export const SEED_ONLY = { latlong: '28.6139,77.2090', state: '1', recipient_id_type: '1' };

export interface EkoBody {
  status: number;
  tx_status?: string;
  data: Record<string, unknown>;
}

/** The one that `start` started last. */
export let simulator: Simulator;
let base: string;
export const clock = { ms: NOW_MS, nowMs: () => clock.ms };

export async function start(dialect: Dialect, options: SimulatorOptions = {}, nowMs = NOW_MS): Promise<void> {
  clock.ms = nowMs;
  simulator = createSimulator({ clock, dialect, ...options });
  base = (await simulator.start()).url;
}

export function call(path: string, init: RequestInit = {}): Promise<Response> {
  clock.ms += 1;
  const timestamp = String(clock.ms);
  const key = Buffer.from(SIMULATOR_CREDENTIALS.accessKey).toString('base64');
  const headers = {
    'content-type': 'application/json',
    developer_key: SIMULATOR_CREDENTIALS.developerKey,
    'secret-key': createHmac('sha256', key).update(timestamp).digest('base64'),
    'secret-key-timestamp': timestamp,
  };
  return fetch(base + path, { ...init, headers });
}

export async function sendOtp(changes: object = {}): Promise<EkoBody> {
  const body = JSON.stringify({ ...TERMS, amount: 500, ...changes });
  const response = await call('/customer/payment/dmt-fino/otp', { method: 'POST', body });
  return (await response.json()) as EkoBody;
}

/** A transfer with an OTP of its own, answered however it is. */
export async function requestTransfer(changes: object = {}, init: RequestInit = {}): Promise<Response> {
  const { data } = await sendOtp(changes);
  const otp = { otp: '123456', otp_ref_id: data['otp_ref_id'] };
  const body = { ...TERMS, ...SEED_ONLY, amount: 500, client_ref_id: 'REQ-20260101-001', ...otp, ...changes };
  return call('/customer/payment/dmt-fino', { method: 'POST', body: JSON.stringify(body), ...init });
}

export async function transfer(changes: object = {}): Promise<EkoBody> {
  return (await (await requestTransfer(changes)).json()) as EkoBody;
}

export async function inquire(reference = 'client_ref_id:REQ-20260101-001'): Promise<EkoBody> {
  const response = await call(`/tools/reference/transaction/${reference}?initiator_id=9962981729`);
  return (await response.json()) as EkoBody;
}
