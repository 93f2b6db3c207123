// The command line: which command, and how one that fails ends. Each is loaded when it is called, so that `token` does not
// wait for a GraphQL schema.
import { parseArgs } from 'node:util';
import { ConfigError } from '../config/config.js';
import { DataDirInUseError } from '../database/embedded-postgres.js';
import { NotMigratedError } from '../database/not-migrated-error.js';
import { UnsealableError } from '../shared/sealing.js';
import { UsageError } from './usage-error.js';

const COMMANDS: Readonly<Record<string, (args: string[]) => Promise<void>>> = {
  start: async (args) => refuseOptions(args, (await import('./start.js')).start),
  serve: async (args) => refuseOptions(args, (await import('./start.js')).serve),
  worker: async (args) => refuseOptions(args, (await import('./start.js')).work),
  migrate: async (args) => (await import('./migrate.js')).runMigrate(args),
  simulator: async (args) => (await import('./simulator.js')).runSimulator(args),
  token: async (args) => (await import('./token.js')).printToken(args),
  demo: async (args) => refuseOptions(args, (await import('./demo.js')).runDemo),
  inspect: async (args) => (await import('./inspect.js')).runInspect(args),
  revoke: async (args) => (await import('./revoke.js')).runRevoke(args),
  reseal: async (args) => (await import('./reseal.js')).runReseal(args),
  seal: async (args) => (await import('./seal.js')).runSeal(args),
  'data-keys': async (args) => (await import('./data-keys.js')).runDataKeys(args),
  'verify-audit': async (args) => (await import('./verify-audit.js')).runVerifyAudit(args),
};

const HELP = `Usage: npm start, or npm run COMMAND [-- OPTIONS]

  start                        the whole system; without settings, a sandbox with its own database and Eko simulator
  demo                         the main job, seen: a throw-away system sends an OTP and moves (simulated) money
  serve                        the API alone
  worker                       the reconciliation worker alone
  migrate [--serve-role NAME] [--read-role NAME]
                               brings the database up to date; roles that exist are given what they need
  simulator --port 4010 --dialect seed|live [--callback-url URL] [--ledger FILE]
            [--faults 0.3 --seed 42] [--no-limits] [--no-replay-check]
                               the Eko simulator alone; with faults, it goes wrong by a plan that the seed names
  token --user-code 20810200 --role agent|support|admin [--hours 24]
                               a signed token for development
  inspect ID|CLIENT_REF_ID|TID [--json]
                               all that is known of one transfer, and what happens next; reads only
  revoke --agent USER_CODE | --token JTI, and --reason TEXT | --reinstate
                               refuses an agent, or one token, on all servers; or takes it back
  reseal                       seals mobile numbers and names with the first of DATA_ENCRYPTION_KEYS
  seal                         reads mobile numbers, one a line, and prints what is stored for each
  data-keys                    prints the keys in use as settings; keep them as secret as they are
  verify-audit                 whether all timelines are what was written; reads only, exits 1 when one is not

Settings are environment variables: see .env.example.
`;

/** Alone behind a command; among other options it would hide that nothing was done. */
function isHelp(arg: string | undefined): boolean {
  return arg === '--help' || arg === '-h';
}

/** For commands that have none: one that was mistyped must not start a server. */
function refuseOptions(args: string[], run: () => Promise<void>): Promise<void> {
  parseArgs({ args, options: {} });
  return run();
}

async function run([name = '', ...args]: readonly string[]): Promise<void> {
  if (name === 'help' || isHelp(name) || (args.length === 1 && isHelp(args[0]))) {
    process.stdout.write(HELP);
    return;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined)
    throw new UsageError(`${name === '' ? 'which command?' : `no command ${name}`}\n\n${HELP}`);
  await command(args);
}

/** A port that is taken, a database that is not there: the system's own sentence names the address. */
function isAddressProblem(error: Error): boolean {
  return 'syscall' in error && /^(listen|connect|getaddrinfo)$/.test(String(error.syscall));
}

/** PostgreSQL refuses the user, the password or the name of the database (classes 28 and 3D). */
function isDatabaseRefusal(error: Error): boolean {
  return 'code' in error && /^(28|3D)[0-9A-Z]{3}$/.test(String(error.code));
}

/** Whoever read the output has gone, as in `npm run demo | head`: once, that is a signal to stop for what listens to signals. */
function stopWithoutReader(): void {
  let isTold = false;
  const onError = (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    if (!isTold && process.listenerCount('SIGTERM') > 0) process.kill(process.pid, 'SIGTERM');
    isTold = true;
  };
  process.stdout.on('error', onError);
  process.stderr.on('error', onError);
}

/** Something to do about it is all there is to say; anything else is told with its trace. */
function isExpected(error: Error): boolean {
  return (
    error instanceof UsageError ||
    error instanceof ConfigError ||
    error instanceof DataDirInUseError ||
    error instanceof NotMigratedError ||
    error instanceof UnsealableError ||
    isAddressProblem(error) ||
    isDatabaseRefusal(error) ||
    (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
  );
}

/** Runs the command that is asked for and ends the process: 0, or 1 after a sentence on standard error. */
export async function runCommandLine(args: readonly string[]): Promise<never> {
  try {
    stopWithoutReader();
    await run(args);
    process.exit(0);
  } catch (error) {
    const text =
      error instanceof Error
        ? isExpected(error)
          ? error.message
          : (error.stack ?? error.message)
        : 'unknown failure';
    process.stderr.write(`${text}\n`);
    process.exit(1);
  }
}
