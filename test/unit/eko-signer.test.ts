// The signature of Eko's requests, against golden vectors that two independent parties computed.
import { createHmac, randomInt } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { EkoSigner, signTimestamp } from '../../src/eko/signer.js';

const ACCESS_KEY = 'TEST_ACCESS_KEY_DO_NOT_USE';
const NOW_MS = 1_700_000_000_000;

/** Chance picks the lane first, then what is scripted, then anything. */
function createSigner(lane = 0, script: number[] = []) {
  const clock = { ms: NOW_MS, nowMs: () => clock.ms };
  const picks = [lane, ...script];
  const bounds: number[] = [];
  const pickBelow = (bound: number) => {
    bounds.push(bound);
    return picks.shift() ?? randomInt(bound);
  };
  const signer = new EkoSigner({ developerKey: 'dev-key', accessKey: ACCESS_KEY }, clock, pickBelow);
  return { signer, clock, bounds };
}

const toTimestamp = (signer: EkoSigner) => Number(signer.signRequest()['secret-key-timestamp']);

describe('secret-key', () => {
  test.each([
    [ACCESS_KEY, '1700000000000', 'u30ak/iOGwKCaspqCeiYng8fd98QDx7kF3DBBOadQHk='],
    ['test-access-key-123', '1700000000000', '88lqTf9ew69XbVbeczjxVL8/B4vibfp1MvTi1mIj2Xo='],
  ])('is the golden vector of %s at %s', (accessKey, timestamp, secretKey) => {
    expect(signTimestamp(accessKey, timestamp)).toBe(secretKey);
  });

  test('is not made with the raw access key', () => {
    const raw = createHmac('sha256', ACCESS_KEY).update('1700000000000').digest('base64');
    expect(raw).toBe('GxF3Pm81zvVbFPbQzDWcPXU+v9tKaMHsjtTxjdwDR9w=');
    expect(signTimestamp(ACCESS_KEY, '1700000000000')).not.toBe(raw);
  });

  test('is not made from seconds', () => {
    const seconds = 'r7oU5Fxiv4cMkRGH2Lf0EAcGOwBuMSiMGLJVZ0SDuVk=';
    expect(signTimestamp(ACCESS_KEY, '1700000000')).toBe(seconds);
    expect(createSigner().signer.signRequest()['secret-key']).not.toBe(seconds);
  });
});

describe('a signed request', () => {
  test('carries the four headers, and signs the timestamp that it shows', () => {
    expect(createSigner().signer.signRequest()).toEqual({
      developer_key: 'dev-key',
      'secret-key': 'u30ak/iOGwKCaspqCeiYng8fd98QDx7kF3DBBOadQHk=',
      'secret-key-timestamp': '1700000000000',
      'content-type': 'application/json',
    });
  });

  test('is signed anew each time, also within one millisecond', () => {
    const { signer } = createSigner();
    const signed = Array.from({ length: 5_000 }, () => signer.signRequest());
    expect(new Set(signed.map((headers) => headers['secret-key-timestamp'])).size).toBe(5_000);
    expect(new Set(signed.map((headers) => headers['secret-key'])).size).toBe(5_000);
  });

  test('never repeats a timestamp after Eko’s time was learnt', () => {
    const { signer, clock } = createSigner();
    const timestamps = [toTimestamp(signer), toTimestamp(signer)];
    signer.learnServerTime(NOW_MS - 10_000);
    clock.ms = NOW_MS + 10_000; // in Eko's time: NOW_MS again
    timestamps.push(toTimestamp(signer), toTimestamp(signer));
    expect(new Set(timestamps).size).toBe(4);
  });

  test('never repeats a timestamp when our clock is set back', () => {
    const { signer, clock } = createSigner();
    const timestamps = Array.from({ length: 100 }, () => toTimestamp(signer));
    clock.ms -= 60_000;
    timestamps.push(toTimestamp(signer));
    clock.ms = NOW_MS;
    timestamps.push(...Array.from({ length: 100 }, () => toTimestamp(signer)));
    expect(new Set(timestamps).size).toBe(201);
  });

  test('follows our clock when it is set right after having been an hour ahead', () => {
    const { signer, clock } = createSigner();
    clock.ms = NOW_MS + 3_600_000;
    toTimestamp(signer);
    clock.ms = NOW_MS;
    expect(toTimestamp(signer)).toBe(NOW_MS);
  });

  test('is in the last millisecond of its process’s lane, never in the future', () => {
    for (const ms of [0, 1, 7, 8, 9, 1_001]) {
      const { signer, clock } = createSigner(7);
      clock.ms += ms;
      const timestamp = toTimestamp(signer);
      expect(timestamp % 8).toBe(7);
      expect(NOW_MS + ms - timestamp).toBeGreaterThanOrEqual(0);
      expect(NOW_MS + ms - timestamp).toBeLessThan(8);
    }
  });

  test('shares no timestamp with another process in a burst of 600 each', () => {
    const signers = [3, 4].map((lane) => createSigner(lane).signer);
    const timestamps = signers.flatMap((signer) => Array.from({ length: 600 }, () => toTimestamp(signer)));
    expect(new Set(timestamps).size).toBe(1_200);
    expect(Math.min(...timestamps)).toBeGreaterThan(NOW_MS - 5_100);
  });

  test('is in Eko’s time once that is known', () => {
    const { signer, clock } = createSigner();
    expect(signer.offsetMs).toBe(0);
    expect(signer.learnServerTime(NOW_MS - 600_000)).toBe(-600_000);
    expect(signer.offsetMs).toBe(-600_000);
    clock.ms += 3_200;
    expect(toTimestamp(signer)).toBe(NOW_MS - 596_800);
  });

  test('walks down its lane for five seconds, then takes what chance picks', () => {
    // NOW_MS is in lane 0, and so is the millisecond five seconds before it.
    const { signer, bounds } = createSigner(0, [17]);
    const lane = Array.from({ length: 626 }, (_, step) => NOW_MS - 8 * step);
    expect(lane.at(-1)).toBe(NOW_MS - 5_000);
    expect(lane.map(() => toTimestamp(signer))).toEqual(lane);
    expect(toTimestamp(signer)).toBe(NOW_MS - 17);
    expect(bounds).toEqual([8, 5_000]);
  });

  test('looks for a free millisecond further and further back, a minute at most', () => {
    const { signer, bounds } = createSigner(5, [17, ...Array<number>(13).fill(17), 18]);
    for (let taken = 0; taken < 627; taken += 1) toTimestamp(signer);
    expect(toTimestamp(signer)).toBe(NOW_MS - 18);
    const growing = Array.from({ length: 12 }, (_, tries) => 5_000 * (tries + 1));
    expect(bounds).toEqual([8, 5_000, ...growing, 60_000, 60_000]);
  });

  test('forgets a timestamp when 24,000 others have been used since', () => {
    const { signer, clock } = createSigner(0, [1]);
    toTimestamp(signer);
    for (let taken = 1; taken < 24_000; taken += 1) {
      clock.ms += 8;
      toTimestamp(signer);
    }
    clock.ms = NOW_MS;
    expect(toTimestamp(signer)).toBe(NOW_MS - 8); // the 24,001st
    expect(toTimestamp(signer)).toBe(NOW_MS);
    expect(toTimestamp(signer)).toBe(NOW_MS - 16);
  });

  test('is in the lane that the process was given since', () => {
    const { signer } = createSigner(0);
    expect(toTimestamp(signer)).toBe(NOW_MS);
    signer.useLane(3);
    expect(toTimestamp(signer)).toBe(NOW_MS - 5);
    expect(toTimestamp(signer)).toBe(NOW_MS - 13);
  });

  test('has a lane by chance until then', () => {
    const clock = { nowMs: () => NOW_MS };
    const lanes = Array.from({ length: 200 }, () => {
      const signer = new EkoSigner({ developerKey: 'dev-key', accessKey: ACCESS_KEY }, clock);
      return toTimestamp(signer) % 8;
    });
    expect(new Set(lanes).size).toBe(8);
  });
});
