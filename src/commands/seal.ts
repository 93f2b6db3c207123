// `seal`: what mobile numbers are stored as, for statements that a person writes. They come in by standard input, so that
// no list of commands keeps them.
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { loadConfig } from '../config/config.js';
import { MOBILE_NUMBER } from '../shared/identifiers.js';
import { Sealer } from '../shared/sealing.js';
import { UsageError } from './usage-error.js';

export async function runSeal(args: string[]): Promise<void> {
  parseArgs({ args, options: {} });
  const sealer = new Sealer(loadConfig().sealing);
  for await (const line of createInterface({ input: process.stdin })) {
    const number = line.trim();
    if (!MOBILE_NUMBER.test(number)) throw new UsageError('A mobile number has ten digits; one a line.');
    process.stdout.write(`${sealer.sealToFind(number, 'customer_id')}\n`);
  }
}
