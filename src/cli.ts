// The program. Traces name the lines of our sources. The maps of the libraries are not read: without them, a start takes 0.88
// of the CPU.
const SERVERS = ['start', 'serve', 'worker', 'demo'];

const args = process.argv.slice(2);
if (SERVERS.includes(args[0] ?? '')) await import('./libraries.js');
process.setSourceMapsEnabled(true);
const { runCommandLine } = await import('./commands/main.js');
await runCommandLine(args);
