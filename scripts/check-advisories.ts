// Fails for a known hole of high severity in what runs in production. Where the registry cannot be asked, it says so.
import { execFile } from 'node:child_process';

interface AuditAnswer {
  readonly metadata?: { readonly vulnerabilities?: Readonly<Record<string, number>> };
}

const ASK = ['audit', '--omit=dev', '--json', '--loglevel=silent'];

execFile('npm', ASK, { maxBuffer: 1e8 }, (_error, stdout) => {
  const counts = parse(stdout).metadata?.vulnerabilities;
  if (counts === undefined) {
    process.stdout.write('The registry answered no question about known holes: nothing was checked.\n');
    return;
  }
  const { high = 0, critical = 0, total = 0 } = counts;
  process.stdout.write(
    `${total} known holes in production dependencies, ${high + critical} of them high or critical.\n`,
  );
  process.exitCode = high + critical > 0 ? 1 : 0;
});

function parse(text: string): AuditAnswer {
  try {
    return JSON.parse(text) as AuditAnswer;
  } catch {
    return {};
  }
}
