// What a server says of callers that it refuses, as it stands in its log.
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { killRealServers, startRealServer, type RealServer } from '../support/real-server.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const LISTED =
  'mutation Send($input: SendTransferOtpInput!) { sendTransferOtp(input: $input) { transferOtp { otpRefId } } }';

let database: TestDatabase;
let server: RealServer;
beforeAll(async () => {
  database = await createTestDatabase();
  const list = join(await mkdtemp(join(tmpdir(), 'trusted-')), 'list.json');
  await writeFile(list, JSON.stringify({ abc: LISTED }));
  const settings = { LOG_LEVEL: 'info', TRUSTED_DOCUMENTS: list };
  server = await startRealServer({ databaseUrl: database.url, ekoUrl: 'http://127.0.0.1:1', settings });
}, 60_000);
afterAll(async () => {
  await killRealServers();
  await database.drop();
});

const count = (line: string) => server.process.output().split(line).length - 1;

test('a document that is not on the list is called that, and no breach of a role', async () => {
  const { errors } = await server.request('{ __typename }');
  expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  await server.process.prints(/a document that is not on the list was refused/);
  expect(count('a caller was refused what its role may not do')).toBe(0);
});

test('a header that no trusted proxy sent is told of once, without what it says', async () => {
  for (let index = 0; index < 3; index += 1)
    await server.request('{ __typename }', {}, { headers: { 'x-forwarded-for': 'CANARY' } });
  await server.process.prints(/TRUSTED_PROXIES may be missing/);
  await server.request('{ __typename }', {}, { token: 'nonsense' });
  await server.process.prints(/a caller could not be identified/);
  expect(count('TRUSTED_PROXIES may be missing')).toBe(1);
  expect(server.process.output()).not.toContain('CANARY');
});
