// After all tests: lets the server process clean up and waits for its end.
import { once } from 'node:events';
import type { TestServerHolder } from './global-setup.js';

export default async function globalTeardown(): Promise<void> {
  const server = (globalThis as TestServerHolder).testServer;
  if (!server?.connected) return;
  server.disconnect();
  await once(server, 'exit');
}
