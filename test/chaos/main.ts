// `npm run test:chaos`: runs a campaign, or the sensitivity check, and prints the figures. Exits 0 only without a violation.
import { runCampaign, type CampaignResult } from './campaign.js';
import { countViolations } from './auditor.js';
import { runSensitivity } from './sensitivity.js';
import { WRONG_DESIGNS } from './wrong-designs.js';
import { CAMPAIGN_HELP, parseCampaignOptions } from './options.js';

const args = process.argv.slice(2);
if (args.includes('--help')) {
  say(CAMPAIGN_HELP);
  process.exit(0);
}
const options = parseCampaignOptions(args);
if (options.isSensitivity) {
  say(
    `Sensitivity: each of ${WRONG_DESIGNS.length} wrong designs has to be caught within 2000 transfers (seed ${options.seed})`,
  );
  const catches = await runSensitivity(options, ({ name, transfers, violation }) =>
    say(
      `  ${name.padEnd(42)} ${transfers === null ? 'NOT CAUGHT' : `caught within ${transfers}: ${violation}`}`,
    ),
  );
  const missed = catches.filter((one) => one.transfers === null).length;
  say(`${catches.length - missed} of ${catches.length} caught`);
  process.exit(missed === 0 ? 0 : 1);
}
say(
  `Campaign: seed ${options.seed}, ${options.transfers} transfers, ${options.faults * 100} % faults, ` +
    `${options.servers} server(s), ${options.workers} worker(s)`,
);
const result = await runCampaign(options, (line) => say(line));
say(toTable(result));
const violations = countViolations(result) + result.deaths.length;
if (violations === 0) {
  say(
    `No violation in ${result.transfers} transfers: at 95 % confidence fewer than ${toBound(result.transfers)} of transfers.`,
  );
} else {
  say(`${violations} violations. Again with: npm run test:chaos -- ${args.join(' ')} --seed ${options.seed}`);
}
process.exit(violations === 0 ? 0 : 1);

/** 0 in n independent trials: the rule of three. */
function toBound(transfers: number): string {
  return `${((3 / transfers) * 100).toPrecision(2)} %`;
}

function toTable(result: CampaignResult): string {
  const rows: [string, string | number][] = [
    ['transfers', result.transfers],
    ['debit requests at Eko', result.debitRequests],
    [
      'kills · freezes · outages · restarts',
      `${result.kills} · ${result.freezes} · ${result.outages} · ${result.dbRestarts}`,
    ],
    ['faults that struck', Object.values(result.faults).reduce((sum, count) => sum + count, 0)],
    ['kinds of faults that struck', Object.values(result.faults).filter((count) => count > 0).length],
    ['double debits', result.doubleDebits.length],
    ['lost', result.lost.length],
    ['wrong final states', result.wrongStates.length],
    ['answers that were not true', result.untrueAnswers.length],
    ['broken timelines', result.brokenTimelines.length],
    ['more than 10 inquiries after the end', result.tooManyInquiries.length],
    ['false answers that went unnoticed', result.unnoticed.length],
    ['processes that ended by themselves', result.deaths.length],
    ['difference', `₹${result.differenceRupees}.00`],
    ['in review', result.inReview],
    ['seconds', result.seconds],
  ];
  const details = [
    ...result.doubleDebits,
    ...result.lost.map((ref) => `${ref} is at Eko but not here`),
    ...result.wrongStates,
    ...result.untrueAnswers,
    ...result.brokenTimelines.map((ref) => `${ref} has a broken timeline`),
    ...result.tooManyInquiries,
    ...result.deaths,
    ...result.unnoticed.map((ref) => `${ref} was told something false, and nobody looks`),
  ];
  const states = [...result.byStatus]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([status, count]) => `  ${status.padEnd(36)} ${count}`);
  return [
    '',
    ...rows.map(([name, value]) => `  ${name.padEnd(36)} ${value}`),
    '',
    ...states,
    '',
    ...details.slice(0, 20).map((detail) => `  ! ${detail}`),
  ].join('\n');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
