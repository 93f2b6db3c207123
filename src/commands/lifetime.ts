// Runs until told to stop: the first signal drains, the second one leaves at once.

/** After the debits' deadline, what the contract gives a draining server to end. */
const EXIT_MARGIN_MS = 5_000;

/** Resolves when everything has stopped. `stop` is cut short after the transfer timeout and 5 s. */
export async function runUntilSignal(options: {
  stop: () => Promise<void>;
  transferTimeoutMs: number;
  onSignal: (signal: string) => void;
}): Promise<void> {
  const signal = await new Promise<string>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, resolve);
  });
  options.onSignal(signal);
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => process.exit(1));
  const timer = setTimeout(() => process.exit(1), options.transferTimeoutMs + EXIT_MARGIN_MS);
  await options.stop();
  clearTimeout(timer);
}
