// Runs until told to stop: the first signal drains, the second one leaves at once.

/** After the debits' deadline, what the contract gives a draining server to end. */
const EXIT_MARGIN_MS = 5_000;
/** Much longer than npm takes to pass a signal on, shorter than anybody takes to lose patience. */
const ECHO_MS = 700;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Starts, and resolves when everything has stopped again. A signal that comes while it is starting is kept until it
 * has started: half a system cannot be stopped. `stop` is cut short after the transfer timeout and 5 s.
 */
export async function runUntilSignal(options: {
  start: () => Promise<{ stop: () => Promise<void> }>;
  transferTimeoutMs: number;
  onSignal: (signal: string) => void;
}): Promise<void> {
  const signalled = nextSignal();
  const { stop } = await options.start();
  options.onSignal(await signalled);
  leaveAtSecondSignal();
  const timer = setTimeout(() => process.exit(1), options.transferTimeoutMs + EXIT_MARGIN_MS);
  await stop();
  clearTimeout(timer);
}

/**
 * One Ctrl-C may arrive twice, from the terminal and from npm, which passes it on: the second signal counts when it
 * was sent by hand. The hang-up of a terminal is never more than the first.
 */
function leaveAtSecondSignal(): void {
  const countsFromMs = performance.now() + ECHO_MS;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (performance.now() >= countsFromMs) process.exit(1);
    });
  }
  process.on('SIGHUP', () => {});
}

/** Resolves to the first signal from now on; further ones are left to whoever listens next. */
export function nextSignal(): Promise<string> {
  return new Promise((resolve) => {
    const tell = (signal: string) => {
      for (const name of SIGNALS) process.removeListener(name, tell);
      resolve(signal);
    };
    for (const name of SIGNALS) process.on(name, tell);
  });
}
