// A token or an agent that was revoked moves no money from that moment on, on any server.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { tmpdir } from 'node:os';
import { SignJWT } from 'jose';
import {
  AGENT,
  eventually,
  JWT_SECRET,
  startGateway,
  type Gateway,
  type GraphQLAnswer,
} from '../support/gateway.js';
import { watchOverHttp } from '../support/live-status.js';
import { runProcess } from '../support/real-process.js';
import { storeTransfers } from '../support/stored-transfers.js';
import { readTransaction, sendOtp, tryInitiate, trySendOtp } from '../support/transfer-client.js';

const OTHER = '99990000';

let first: Gateway;
let second: Gateway;
beforeAll(async () => {
  first = await startGateway({ isSandbox: false, parts: { api: true, worker: false } });
  second = await startGateway({
    isSandbox: false,
    parts: { api: true, worker: false },
    databaseUrl: first.databaseUrl,
  });
});
afterAll(async () => {
  await second.stop();
  await first.stop();
});

async function revoke(...args: string[]) {
  return runProcess(['revoke', ...args], { cwd: tmpdir(), env: { DATABASE_URL: first.databaseUrl } });
}
const codeOf = ({ errors }: GraphQLAnswer<unknown>) => errors?.[0]?.extensions.code ?? 'none';

describe('an agent', () => {
  test('moves no money from that moment on, over two servers, and hears nothing more; then is good again', async () => {
    const token = await first.token('agent');
    const other = await first.token('agent', OTHER);
    const otpRefId = await sendOtp(first, 500, token);
    const [row] = await storeTransfers(first.databaseUrl, [{ status: 'AWAITED', isSimulated: false }]);

    const said = await revoke('--agent', AGENT, '--reason', 'a stolen phone');
    expect(said).toMatchObject({
      code: 0,
      output: `agent ${AGENT} is revoked: no money operation from now on, on any server.\n`,
    });
    // Asked of the database each time, so there is nothing to wait for.
    for (const gateway of [first, second]) {
      expect(codeOf(await tryInitiate(gateway, { otpRefId }, token))).toBe('UNAUTHENTICATED');
      expect(codeOf(await trySendOtp(gateway, {}, token))).toBe('UNAUTHENTICATED');
      expect(codeOf(await trySendOtp(gateway, {}, other))).toBe('none');
    }
    // The rest within moments: each server is told.
    const read = (gateway: Gateway) => gateway.request('{ transactions { totalCount } }', {}, { token });
    for (const gateway of [first, second]) {
      await eventually(async () => (codeOf(await read(gateway)) === 'UNAUTHENTICATED' ? true : null), 1_000);
      const live = await watchOverHttp(
        gateway,
        { id: row!.id },
        { headers: { authorization: `Bearer ${token}` } },
      );
      await live.ended;
      expect(live.messages).toMatchObject([{ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] }]);
    }

    expect((await revoke('--agent', AGENT, '--reinstate')).output).toBe(`agent ${AGENT} is good again.\n`);
    await eventually(async () => (codeOf(await read(second)) === 'none' ? true : null));
    expect(codeOf(await tryInitiate(second, { otpRefId }, token))).toBe('none');
  }, 60_000);
});

describe('a token', () => {
  const sign = async (jti: string) => {
    const claims = { user_code: AGENT, roles: ['agent'], jti };
    const sample = JSON.parse(
      Buffer.from((await first.token('agent')).split('.')[1]!, 'base64url').toString(),
    ) as object;
    return new SignJWT({ ...sample, ...claims })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(Buffer.from(JWT_SECRET));
  };

  test('is refused by its jti, and no other of the same agent', async () => {
    const [stolen, kept] = [await sign('stolen-1'), await sign('kept-1')];
    const said = await revoke('--token', 'stolen-1', '--reason', 'found in a log');
    expect(said.code).toBe(0);
    expect(said.output).not.toContain('stolen-1');
    expect(codeOf(await trySendOtp(second, {}, stolen))).toBe('UNAUTHENTICATED');
    expect(codeOf(await trySendOtp(second, {}, kept))).toBe('none');
    const [row] = await storeTransfers(first.databaseUrl, [{ isSimulated: false }]);
    expect((await readTransaction(second, row!.id, kept))?.id).toBe(row!.id);
  });
});

test.each([
  [[]],
  [['--agent', AGENT]],
  [['--agent', AGENT, '--token', 'x', '--reason', 'y']],
  [['--agent', AGENT, '--reason', 'y', '--reinstate']],
  [['--agent', '', '--reason', 'y']],
  [['--token', 'x', '--reason', ' ']],
])('%j is told how it is used', async (args) => {
  const { code, output } = await revoke(...args);
  expect(code).toBe(1);
  expect(output).toMatch(/^Usage: npm run revoke/);
});
