// Attacks of our own on a server as it is in production, by an agent with a good token: each gains nothing, and costs little.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DOCUMENT_PROBES } from '../support/attack-documents.js';
import { expectDefeated, post, type Answer, type Probe, type Target } from '../support/attack-probe.js';
import { REQUEST_PROBES } from '../support/attack-requests.js';
import { SUBSCRIPTION_PROBES } from '../support/attack-subscriptions.js';
import { PRODUCTION, startGateway, type Gateway } from '../support/gateway.js';
import { sendOtp, tryInitiate } from '../support/transfer-client.js';

/** For how long after its end a token is good (src/auth/token-verifier.ts). */
const CLOCK_TOLERANCE_SECONDS = 30;
/** Of the whole process: the server, this client, and the collection of both their garbage. */
const MAX_CPU_MS = 50;
/** Another load on the machine makes a try dearer, never cheaper: the least of them counts, and none after a good one. */
const TRIES = 5;

const PROBES = [...DOCUMENT_PROBES, ...REQUEST_PROBES, ...SUBSCRIPTION_PROBES];

let gateway: Gateway;
let target: Target;
const readTraces = async () => ({
  rows: await gateway.sql(
    'SELECT (SELECT count(*) FROM otp_challenges) AS otps, (SELECT count(*) FROM transfers) AS transfers',
  ),
  calls: gateway.simulator.requests().length,
});

beforeAll(async () => {
  gateway = await startGateway({
    isSandbox: false,
    settings: PRODUCTION,
    parts: { api: true, worker: false },
  });
  const token = await gateway.token('agent');
  const otpRefId = await sendOtp(gateway, 500, token);
  const { data } = await tryInitiate(gateway, { otpRefId }, token);
  const transactionId = data?.initiateTransfer?.transaction.id ?? '';
  target = {
    url: gateway.url,
    token,
    transactionId,
    createShortToken: async () => ({
      token: await gateway.token('agent', undefined, 2 - CLOCK_TOLERANCE_SECONDS),
      endsAtMs: Date.now() + 2_100,
    }),
  };
  await warmUp();
}, 60_000);
afterAll(() => gateway.stop());

test('there are sixty attacks and more, each with a name of its own', () => {
  expect(PROBES.length).toBeGreaterThanOrEqual(60);
  expect(new Set(PROBES.map(({ name }) => name)).size).toBe(PROBES.length);
});

test('what is refused below is the attack: the caller is good, and what it may read can be read', async () => {
  const query = 'query($id:ID!){transaction(id:$id){id status}}';
  const { data } = await gateway.request(query, { id: target.transactionId }, { token: target.token });
  expect(data).toEqual({ transaction: { id: target.transactionId, status: 'SUCCESS' } });
});

describe.each([
  ['a document', DOCUMENT_PROBES],
  ['a request', REQUEST_PROBES],
  ['a subscription', SUBSCRIPTION_PROBES],
])('by %s:', (_kind, probes) => {
  test.each(probes.map((probe) => [probe.name, probe.gain, probe] as const))(
    'gains nothing by %s; success would be %s',
    async (_name, _gain, probe) => {
      const before = await readTraces();
      const { answers, cpuMs } = await attack(probe);
      for (const answer of answers) expectDefeated(answer, probe);
      expect(await readTraces()).toEqual(before);
      expect(cpuMs).toBeLessThan(MAX_CPU_MS);
    },
  );
});

async function attack(probe: Probe): Promise<{ answers: Answer[]; cpuMs: number }> {
  const answers: Answer[] = [];
  const triesMs: number[] = [];
  while (triesMs.length < TRIES && !triesMs.some((tryMs) => tryMs < MAX_CPU_MS)) {
    const before = process.cpuUsage();
    answers.push(await probe.send(target));
    const { user, system } = process.cpuUsage(before);
    triesMs.push((user + system) / 1_000);
  }
  return { answers, cpuMs: Math.min(...triesMs) };
}

/** Every rule and both transports have run, so that no attack pays for the compiler. */
async function warmUp(): Promise<void> {
  const fields = Array.from({ length: 200 }, (_, n) => `a${n}`).join(' ');
  const names = Array.from({ length: 20 }, (_, n) => `F${n}`);
  const fragments = names.map((name) => `fragment ${name} on Query { __typename unknownField }`).join(' ');
  for (let round = 0; round < 30; round += 1) {
    await post(target, {
      query: `{ ${names.map((name) => `...${name}`).join(' ')} } ${fragments} # ${round}`,
    });
    await post(target, {
      query: `query($x:Int){transactions(first:$x){edges{node{${fields}}}}}`,
      variables: { x: 1 },
    });
    await SUBSCRIPTION_PROBES.find(({ name }) => name === 'aliases over a WebSocket')!.send(target);
  }
}
