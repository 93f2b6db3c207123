// `verify-audit`: whether the timelines are what was written. Reads only; exits 1 when one is not.
import { parseArgs } from 'node:util';
import pg from 'pg';
import { loadConfig } from '../config/config.js';
import { verifyAuditChain } from '../database/audit-chain.js';
import { toPlace, withDatabaseUrl } from './database-access.js';
import { UsageError } from './usage-error.js';

/** More than a screenful tells no more. */
const MAX_LINES = 50;

export async function runVerifyAudit(args: string[]): Promise<void> {
  parseArgs({ args, options: {} });
  const config = loadConfig();
  const report = await withDatabaseUrl(config, async (url) => {
    const client = new pg.Client({ connectionString: url, application_name: 'eko-transfer-gateway audit' });
    await client.connect();
    try {
      return await verifyAuditChain(client);
    } finally {
      await client.end();
    }
  });
  const { transfers, events, findings, digest } = report;
  const print = (line: string) => process.stdout.write(`${line}\n`);
  print(`${events} events of ${transfers} transfers in ${toPlace(config)}; digest ${digest}`);
  if (findings.length === 0) {
    print('Every timeline is what was written.');
    return;
  }
  for (const finding of findings.slice(0, MAX_LINES)) print(finding);
  throw new UsageError(
    `${findings.length} ${findings.length === 1 ? 'transfer is' : 'transfers are'} not what was written.`,
  );
}
