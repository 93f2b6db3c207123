// What a campaign is told: sizes, rates and the seed it can be replayed by.
import { parseArgs } from 'node:util';

export interface CampaignOptions {
  readonly seed: number;
  readonly transfers: number;
  /** Share of requests that go wrong at Eko, 0 to 1. */
  readonly faults: number;
  /** Servers killed with -9, each at a moment of its own. */
  readonly kills: number;
  /** Immediate restarts of PostgreSQL. */
  readonly dbRestarts: number;
  readonly servers: number;
  readonly workers: number;
  /** Transfers under way at once. */
  readonly concurrency: number;
  /** Seconds that everything has to converge in, once the faults have stopped. */
  readonly patience: number;
}

export const CAMPAIGN_HELP = `Usage: npm run test:chaos -- [OPTIONS]

  --seed 42           the faults, the amounts and the moments of the kills follow from it
  --transfers 2000    how many
  --faults 0.3        share of requests that go wrong at Eko
  --kills 10          kill -9 of a server or worker, and as many SIGSTOPs
  --db-restarts 2     immediate restarts of PostgreSQL
  --servers 1         API processes on one database
  --workers 1         reconciliation workers on one database
  --concurrency 128   transfers under way at once
  --patience 120      seconds that everything has to converge in, once the faults have stopped
  --sensitivity       instead: each wrong design in turn must be caught
  --from 1            the first wrong design to try
`;

/** Throws with a sentence for the person at the terminal. */
export function parseCampaignOptions(
  args: string[],
): CampaignOptions & { readonly isSensitivity: boolean; readonly from: number } {
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: 'string', default: '42' },
      transfers: { type: 'string', default: '2000' },
      faults: { type: 'string', default: '0.3' },
      kills: { type: 'string', default: '10' },
      'db-restarts': { type: 'string', default: '2' },
      servers: { type: 'string', default: '1' },
      workers: { type: 'string', default: '1' },
      concurrency: { type: 'string', default: '128' },
      patience: { type: 'string', default: '120' },
      sensitivity: { type: 'boolean', default: false },
      from: { type: 'string', default: '1' },
    },
  });
  const whole = (
    name:
      | 'seed'
      | 'transfers'
      | 'kills'
      | 'db-restarts'
      | 'servers'
      | 'workers'
      | 'concurrency'
      | 'patience'
      | 'from',
    min: number,
  ) => {
    const value = Number(values[name]);
    if (!Number.isSafeInteger(value) || value < min)
      throw new Error(`--${name} is a whole number of at least ${min}`);
    return value;
  };
  const faults = Number(values.faults);
  if (!(faults >= 0 && faults <= 1)) throw new Error('--faults is a number from 0 to 1');
  return {
    seed: whole('seed', 0),
    transfers: whole('transfers', 1),
    faults,
    kills: whole('kills', 0),
    dbRestarts: whole('db-restarts', 0),
    servers: whole('servers', 1),
    workers: whole('workers', 1),
    concurrency: whole('concurrency', 1),
    patience: whole('patience', 1),
    isSensitivity: values.sensitivity,
    from: whole('from', 1),
  };
}
