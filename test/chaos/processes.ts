// The processes of a campaign: real ones, started, killed, stopped and continued.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

export interface ManagedProcess {
  readonly name: string;
  /** kill -9, then a new one. Resolves when the new one is up. */
  restart(): Promise<void>;
  /** SIGSTOP, and SIGCONT after `forMs`. */
  freeze(forMs: number): Promise<void>;
  /** SIGTERM, and the exit code; kills after `withinMs`. */
  stop(withinMs: number): Promise<number | null>;
  /** The last lines it wrote. */
  output(): string;
  /** What it wrote before each end that nobody asked for; it is started again then, as a supervisor does. */
  readonly deaths: readonly string[];
}

export interface ProcessSpec {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Resolves to true when it is ready for work. */
  readonly isUp: () => Promise<boolean>;
}

const START_WITHIN_MS = 30_000;
const KEPT_OUTPUT = 8_000;
const RESTART_AFTER_MS = 500;

export async function startProcess(spec: ProcessSpec): Promise<ManagedProcess> {
  let output = '';
  let child: ChildProcess;
  let isWanted = true;
  const deaths: string[] = [];
  const start = async () => {
    child = spawn(process.execPath, [spec.program, ...spec.args], {
      env: { PATH: process.env['PATH'], ...spec.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-KEPT_OUTPUT)));
    }
    child.once('exit', (code, signal) => {
      if (!isWanted) return;
      deaths.push(`${spec.name} ended by itself (${code ?? signal}): ${output.slice(-1_500)}`);
      setTimeout(() => isWanted && void start(), RESTART_AFTER_MS);
    });
    const deadlineMs = performance.now() + START_WITHIN_MS;
    while (!(await spec.isUp().catch(() => false))) {
      if (child.exitCode !== null || child.signalCode !== null || performance.now() > deadlineMs) {
        throw new Error(`${spec.name} did not start:\n${output}`);
      }
      await delay(50);
    }
  };
  await start();
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  return {
    name: spec.name,
    output: () => output,
    deaths,
    restart: async () => {
      isWanted = false;
      if (!hasEnded()) {
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      }
      isWanted = true;
      await start();
    },
    freeze: async (forMs) => {
      child.kill('SIGSTOP');
      await delay(forMs);
      child.kill('SIGCONT');
    },
    stop: async (withinMs) => {
      isWanted = false;
      if (hasEnded()) return child.exitCode;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), withinMs);
      await ended;
      clearTimeout(timer);
      return child.exitCode;
    },
  };
}
