// The process killed at every named moment of an inquiry and of a callback, and what comes of it once a healthy server
// has taken over (docs/transfer-lifecycle.md 5).
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
import { eventually } from '../support/gateway.js';
import { becomes, expectGapFree, sourcesOf } from '../support/records.js';
import { toTid } from '../support/scripted-eko.js';
import { sendOtp, tryInitiate } from '../support/transfer-client.js';

describe('crash of a worker: another one asks again', () => {
  test.each<[Milestone, string]>([
    ['inquiry claimed', 'SUBMITTING'],
    ['RECOVERY ready', 'SUBMITTING'],
    ['RECOVERY committed', 'AWAITED'],
  ])(
    '%s, of a transfer that was left behind',
    async (milestone, left) => {
      await inScene(async (scene) => {
        const { eko, crash, recover } = scene;
        remember(eko);
        await crash('debit answered', initiateLost);
        // Its worker finds the transfer by itself, and dies over it.
        await crash(milestone, () => Promise.resolve());
        expect(await scene.statuses()).toEqual([left]);
        await scene.letHalfAMinutePass();
        await expectSettled(scene, await recover(), ['CLIENT', 'RECOVERY', 'EKO_INQUIRY']);
      });
    },
    SCENE_MS,
  );

  test.each<[Milestone, string]>([
    ['inquiry answered', 'AWAITED'],
    ['EKO_INQUIRY ready', 'AWAITED'],
    ['EKO_INQUIRY committed', 'SUCCESS'],
  ])(
    '%s, of a transfer that is awaited',
    async (milestone, left) => {
      await inScene(async (scene) => {
        const { eko, crash, recover } = scene;
        remember(eko, { isAwaited: true });
        await crash(milestone, initiateLost);
        expect(await scene.statuses()).toEqual([left]);
        await scene.letHalfAMinutePass();
        await expectSettled(scene, await recover(), ['CLIENT', 'EKO_RESPONSE', 'EKO_INQUIRY']);
        expect(eko.inquiries).toHaveLength(left === 'SUCCESS' ? 1 : 2);
      });
    },
    SCENE_MS,
  );
});

async function expectSettled(scene: Scene, server: Server, sources: string[]): Promise<void> {
  const [row] = await scene.sql<{ id: string }>('SELECT id FROM transfers');
  const settled = await becomes(server, row!.id, 'SUCCESS', 60_000);
  expectGapFree(settled);
  expect(sourcesOf(settled)).toEqual(sources);
  expect(scene.eko.debits).toHaveLength(1);
}

describe('crash while a callback is taken in: Eko sends it again, one inquiry answers', () => {
  test.each<[Milestone, number]>([
    ['callback written', 0],
    ['callback committed', 1],
  ])(
    '%s',
    async (milestone, stored) => {
      await inScene(async ({ eko, sql, crash, letHalfAMinutePass, recover }) => {
        remember(eko);
        const body = JSON.stringify({
          client_ref_id: CLIENT_REF_ID,
          tx_status: '3',
          tid: toTid(CLIENT_REF_ID),
        });
        const deliver = ({ callbackUrl }: Server) =>
          fetch(callbackUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
        await crash(milestone, async (doomed) => {
          await tryInitiate(doomed, { otpRefId: await sendOtp(doomed), clientRefId: CLIENT_REF_ID });
          await deliver(doomed).catch(() => null);
        });
        expect(await sql('SELECT 1 FROM webhook_deliveries')).toHaveLength(stored);
        await letHalfAMinutePass();

        const server = await recover();
        expect((await deliver(server)).status).toBe(200);
        expect(await sql('SELECT delivery_count FROM webhook_deliveries')).toEqual([
          { delivery_count: stored + 1 },
        ]);
        const [row] = await sql<{ id: string }>('SELECT id FROM transfers');
        // Eko still says success: that is believed, not the callback.
        await eventually(() => eko.inquiries[0], 30_000);
        expect(eko.inquiries).toHaveLength(1);
        expect((await becomes(server, row!.id, 'SUCCESS')).events).toHaveLength(2);
      });
    },
    SCENE_MS,
  );
});
