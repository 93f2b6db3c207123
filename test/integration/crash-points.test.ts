// The process killed at every named moment between an OTP's request and a transfer's answer: what it leaves behind,
// and what comes of it once a healthy server has taken over (docs/transfer-lifecycle.md 5).
import { describe, expect, test } from '@jest/globals';
import type { Milestone } from '../../src/shared/milestones.js';
import {
  CLIENT_REF_ID,
  initiateLost,
  inScene,
  remember,
  SCENE_MS,
  type Scene,
  type Server,
} from '../support/crash-scene.js';
import { becomes, expectGapFree, sourcesOf } from '../support/records.js';
import { sendOtp, tryInitiate, trySendOtp } from '../support/transfer-client.js';

async function repeat(server: Server, otpRefId: string) {
  const { data, errors } = await tryInitiate(server, { otpRefId, clientRefId: CLIENT_REF_ID });
  expect(errors).toBeUndefined();
  return data!.initiateTransfer!;
}

describe('crash while an OTP is asked for: the customer can be sent another', () => {
  test.each<[Milestone, string[], number]>([
    ['otp written', [], 0],
    ['otp committed', ['REQUESTED'], 0],
    ['otp answered', ['REQUESTED'], 1],
  ])(
    '%s',
    async (milestone, states, otpCount) => {
      await inScene(async ({ eko, sql, crash, recover }) => {
        await crash(milestone, (doomed) => trySendOtp(doomed).catch(() => null));
        expect(await sql('SELECT state FROM otp_challenges')).toEqual(states.map((state) => ({ state })));
        expect(eko.otpCount).toBe(otpCount);

        const otpRefId = await sendOtp(await recover());
        expect(otpRefId).toMatch(/^REF/);
        expect(eko.otpCount).toBe(otpCount + 1);
      });
    },
    SCENE_MS,
  );

  test(
    'otp stored: the same request gets the OTP that was sent',
    async () => {
      await inScene(async ({ eko, sql, crash, recover }) => {
        const input = { clientRefId: 'REQ-crash-otp-01' };
        await crash('otp stored', (doomed) => trySendOtp(doomed, input).catch(() => null));
        const [stored] = await sql<{ otp_ref_id: string }>('SELECT otp_ref_id FROM otp_challenges');

        const { data } = await trySendOtp(await recover(), input);
        expect(data?.sendTransferOtp?.transferOtp.otpRefId).toBe(stored?.otp_ref_id);
        expect(eko.otpCount).toBe(1);
      });
    },
    SCENE_MS,
  );
});

describe('crash before the intent commits: nothing is left, the caller tries again', () => {
  test(
    'intent ready',
    async () => {
      await inScene(async (scene) => {
        const { eko, crash, recover } = scene;
        remember(eko);
        let otpRefId = '';
        await crash('intent ready', async (doomed) => (otpRefId = await initiateLost(doomed)));
        expect(await scene.statuses()).toEqual([]);
        expect(eko.debits).toEqual([]);

        const { replayed, transaction } = await repeat(await recover(), otpRefId);
        expect({ replayed, status: transaction.status }).toEqual({ replayed: false, status: 'SUCCESS' });
        expect(eko.debits).toHaveLength(1);
      });
    },
    SCENE_MS,
  );
});

describe('crash after the commit, before or during the call: inquiry, never re-sent', () => {
  test(
    'intent committed: Eko never hears of it, in the end it is not received',
    async () => {
      await inScene(async (scene) => {
        const { eko, crash, recover } = scene;
        remember(eko);
        let otpRefId = '';
        await crash('intent committed', async (doomed) => (otpRefId = await initiateLost(doomed)));
        expect(await scene.statuses()).toEqual(['SUBMITTING']);

        const server = await recover();
        const { replayed, transaction } = await repeat(server, otpRefId);
        expect({ replayed, status: transaction.status }).toEqual({ replayed: true, status: 'AWAITED' });
        const settled = await becomes(server, transaction.id, 'FAILED', 60_000);
        expect(settled.statusReason?.code).toBe('NOT_RECEIVED');
        expectGapFree(settled);
        expect(sourcesOf(settled)).toEqual(['CLIENT', 'RECOVERY', 'EKO_INQUIRY']);
        expect((await repeat(server, otpRefId)).transaction.id).toBe(transaction.id);
        expect(eko.debits).toEqual([]);
      });
    },
    SCENE_MS,
  );

  test(
    'while Eko has the request: inquiry finds what Eko did',
    async () => {
      await inScene(async (scene) => {
        const { eko, crash, recover } = scene;
        remember(eko);
        let otpRefId = '';
        await crash(null, async (doomed) => {
          eko.onDebit = () => doomed.kill();
          otpRefId = await initiateLost(doomed);
        });
        await expectFoundByInquiry(scene, await recover(), otpRefId);
      });
    },
    SCENE_MS,
  );
});

async function expectFoundByInquiry(scene: Scene, server: Server, otpRefId: string): Promise<void> {
  expect(await scene.statuses()).toEqual(['SUBMITTING']);
  const { replayed, transaction } = await repeat(server, otpRefId);
  expect(replayed).toBe(true);
  const settled = await becomes(server, transaction.id, 'SUCCESS', 60_000);
  expectGapFree(settled);
  expect(sourcesOf(settled)).toEqual(['CLIENT', 'RECOVERY', 'EKO_INQUIRY']);
  expect(scene.eko.debits).toHaveLength(1);
}

describe('answer read, crash before it is stored: inquiry finds it', () => {
  test.each<Milestone>(['debit answered', 'EKO_RESPONSE ready'])(
    '%s',
    async (milestone) => {
      await inScene(async (scene) => {
        remember(scene.eko);
        let otpRefId = '';
        await scene.crash(milestone, async (doomed) => (otpRefId = await initiateLost(doomed)));
        await expectFoundByInquiry(scene, await scene.recover(), otpRefId);
      });
    },
    SCENE_MS,
  );
});

describe('stored, the caller’s answer lost in a crash: same key, same transaction, no call', () => {
  test(
    'EKO_RESPONSE committed',
    async () => {
      await inScene(async ({ eko, crash, recover }) => {
        remember(eko);
        let otpRefId = '';
        await crash('EKO_RESPONSE committed', async (doomed) => (otpRefId = await initiateLost(doomed)));

        const { replayed, transaction } = await repeat(await recover(), otpRefId);
        expect({ replayed, status: transaction.status }).toEqual({ replayed: true, status: 'SUCCESS' });
        expect(sourcesOf(transaction)).toEqual(['CLIENT', 'EKO_RESPONSE']);
        expect(eko.debits).toHaveLength(1);
        expect(eko.inquiries).toEqual([]);
      });
    },
    SCENE_MS,
  );
});
