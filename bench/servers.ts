// The servers under test, each in a process of its own, started and measured alike.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export interface BenchServer {
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** User and system time of the process so far, milliseconds. */
  cpuMs(): number;
  rssMb(): number;
  stop(): Promise<void>;
}

export interface ServerSpec {
  readonly name: string;
  /** Compiled, beside this file. */
  readonly program: string;
  readonly args?: readonly string[] | ((port: number) => readonly string[]);
  /** Default: true. */
  readonly listens?: boolean;
  /** Default: /graphql. */
  readonly path?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

const CLOCK_TICK_MS = 10;
const NANOSECONDS_PER_MS = 1e6;
const START_WITHIN_MS = 20_000;

export async function startServer({
  name,
  program,
  args = [],
  listens = true,
  path = '/graphql',
  env,
  headers = {},
}: ServerSpec): Promise<BenchServer> {
  const port = await findFreePort();
  const file = fileURLToPath(new URL(program, import.meta.url));
  const given = typeof args === 'function' ? args(port) : args;
  const child = spawn(process.execPath, [file, ...given], {
    env: { PATH: process.env['PATH'], NODE_ENV: 'production', PORT: String(port), ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}${path}`;
  if (listens) await untilListening(child, port, name);
  return {
    name,
    url,
    headers,
    cpuMs: () => readThreadsCpuMs(child.pid!),
    rssMb: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const killer = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await ended;
      clearTimeout(killer);
    },
  };
}

/** Of a process whose threads live as long as it does: to the nanosecond, where ticks are a tenth of what is measured. */
function readThreadsCpuMs(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  try {
    const spent = readdirSync(tasks).map((task) =>
      parseInt(readFileSync(`${tasks}/${task}/schedstat`, 'utf8'), 10),
    );
    return spent.reduce((sum, ns) => sum + ns, 0) / NANOSECONDS_PER_MS;
  } catch {
    return readCpuMs(pid, 'own'); // a kernel without these figures
  }
}

/** User and system time so far. 0 for a process that has ended. */
export function readCpuMs(pid: number, whose: 'own' | 'ended children'): number {
  try {
    const [, rest = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
    const [user, system] = rest.split(' ').slice(whose === 'own' ? 11 : 13);
    return (Number(user) + Number(system)) * CLOCK_TICK_MS;
  } catch {
    return 0;
  }
}

async function untilListening(child: ChildProcess, port: number, name: string): Promise<void> {
  const deadlineMs = performance.now() + START_WITHIN_MS;
  for (;;) {
    const socket = net.connect({ port, host: '127.0.0.1' });
    const isOpen = await once(socket, 'connect').then(
      // Where nobody listens yet, a connection may happen to come from the port that it goes to: it meets itself.
      () => socket.localPort !== port,
      () => false,
    );
    socket.destroy();
    if (isOpen) return;
    if (child.exitCode !== null || performance.now() > deadlineMs) throw new Error(`${name} did not start`);
    await delay(50);
  }
}

export async function findFreePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
