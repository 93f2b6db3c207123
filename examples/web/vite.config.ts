// Built into the server's own output, which serves it at /demo in the sandbox.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/demo/',
  build: { outDir: fileURLToPath(new URL('../../dist/demo', import.meta.url)), emptyOutDir: true },
  // `npx vite examples/web` while `npm start` runs: the page reloads as you change it.
  server: { proxy: { '/graphql': `http://localhost:${process.env['PORT'] ?? 4000}` } },
});
