// The real program in a process of its own: started as a user starts it, watched by what it prints, killed as it may be.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { eventually } from './gateway.js';

const toProgram = (name: string) => join(process.env['TEST_BUILD_DIR'] ?? '', 'src', name);
/** What `src/cli.ts` was compiled to for this test run, bundled (global-setup.ts). */
export const CLI = toProgram('cli.js');
/** The same as users run it: in as many files as the sources. */
export const UNBUNDLED_CLI = toProgram('cli-unbundled.js');

function toModule(name: string): string {
  return join(process.env['TEST_BUILD_DIR'] ?? '', 'test', 'support', `${name}.js`);
}

export interface RealProcess {
  readonly pid: number;
  /** Everything printed so far, standard output and error. */
  output(): string;
  /** Resolves to the first match in the output; fails when the process ends without it. */
  prints(pattern: RegExp, withinMs?: number): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): void;
  /** The exit code; null when a signal ended it. */
  exited(): Promise<number | null>;
}

export interface ProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** What stands before `node`, e.g. to become another user. */
  readonly prefix?: readonly string[];
  /** A module of test/support that is loaded first, e.g. `crash-at`. */
  readonly preload?: string;
  /** Default: `CLI`. */
  readonly program?: string;
}

/** Nothing of this test run's environment but the path: settings are those given, and no other. */
export function startProcess(
  args: readonly string[],
  { env = {}, cwd, prefix = [], preload, program = CLI }: ProcessOptions,
): RealProcess {
  const imports = preload === undefined ? [] : ['--import', toModule(preload)];
  const [command = '', ...rest] = [...prefix, process.execPath, ...imports, program, ...args];
  const child: ChildProcess = spawn(command, rest, {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', TZ: 'UTC', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const collect = (chunk: string) => void (output += chunk);
  child.stdout?.setEncoding('utf8').on('data', collect);
  child.stderr?.setEncoding('utf8').on('data', collect);
  // `close` comes after the last of the output.
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  let isClosed = false;
  void closed.then(() => (isClosed = true));
  return {
    pid: child.pid ?? 0,
    output: () => output,
    prints: (pattern, withinMs = 25_000) =>
      eventually(() => {
        const match = pattern.exec(output);
        if (match === null && isClosed)
          throw new Error(`it ended without printing ${String(pattern)}:\n${output}`);
        return match;
      }, withinMs).catch((error: unknown) => {
        throw new Error(`waiting for ${String(pattern)}, it printed:\n${output}`, { cause: error });
      }),
    kill: (signal) => void child.kill(signal),
    exited: async () => (await closed)[0],
  };
}

const ENDS_WITHIN_MS = 25_000;

/** Runs to its end. */
export async function runProcess(
  args: readonly string[],
  options: ProcessOptions,
): Promise<{ code: number | null; output: string }> {
  const running = startProcess(args, options);
  // One that was to end at once and did not is not left behind.
  const timer = setTimeout(() => running.kill('SIGKILL'), ENDS_WITHIN_MS);
  const code = await running.exited();
  clearTimeout(timer);
  return { code, output: running.output() };
}
