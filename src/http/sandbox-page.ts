// The sandbox's start page: where everything is, and the OTPs that the simulator has "texted".

export interface SandboxOtp {
  readonly otpRefId: string;
  readonly customerId: string;
  readonly recipientId: string;
  readonly amount: number;
  readonly otp: string;
  readonly sentAtMs: number;
}

export interface SandboxPageOptions {
  readonly latestOtps: readonly SandboxOtp[];
  readonly magicAmounts: readonly (readonly [amount: string, happens: string])[];
  /** The example page was built. */
  readonly hasDemo: boolean;
}

/** No script and no outside address. */
export function renderSandboxPage({ latestOtps, magicAmounts, hasDemo }: SandboxPageOptions): string {
  const otps = latestOtps.map((otp) =>
    row([
      new Date(otp.sentAtMs).toISOString(),
      otp.customerId,
      otp.recipientId,
      `₹${otp.amount}`,
      otp.otp,
      otp.otpRefId,
    ]),
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Eko transfer gateway: sandbox</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; color: #1d2433; }
  h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
  table { border-collapse: collapse; width: 100%; display: block; overflow-x: auto; }
  th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid #dde2ea; white-space: nowrap; }
  td.wide { white-space: normal; } code { background: #f1f4f8; padding: .1rem .3rem; border-radius: .25rem; }
  .note { background: #fff7e0; border-left: 4px solid #e0a800; padding: .5rem 1rem; }
</style>
</head>
<body>
<h1>Eko transfer gateway: sandbox</h1>
<p class="note">Everything here is simulated. No money moves and no SMS is sent: the OTP is always <code>123456</code>.</p>
<ul>
  <li><a href="/graphql">Apollo Sandbox</a>: send an OTP, then start the transfer</li>
  <li><a href="/explorer">Explorer</a>: the same without the internet; press play in the five tabs, one after the other</li>
${hasDemo ? '  <li><a href="/demo/">A page that sends money</a>, as a frontend team would build it (examples/web)</li>\n' : ''}  <li><a href="/schema.graphql">The schema</a> with descriptions</li>
  <li><a href="/readyz">Readiness</a> · <a href="/livez">liveness</a> · <a href="/metrics">metrics</a></li>
</ul>
<h2>OTPs the simulator has sent</h2>
${table(['Sent at', 'Customer', 'Recipient', 'Amount', 'OTP', 'otpRefId'], otps, 'None yet. Send one with <code>sendTransferOtp</code>, then reload.')}
<h2>Amounts that make things happen</h2>
${table(
  ['Amount', 'What happens'],
  magicAmounts.map(([amount, happens]) => row([amount, happens])),
  '',
)}
<p>Customer <code>6222222222</code> and recipient <code>99999</code> are unknown; OTP <code>000000</code> is wrong,
<code>111111</code> expired, <code>222222</code> used already.</p>
</body>
</html>
`;
}

function table(headings: readonly string[], rows: readonly string[], whenEmpty: string): string {
  if (rows.length === 0) return `<p>${whenEmpty}</p>`;
  const head = headings.map((heading) => `<th>${escapeHtml(heading)}</th>`).join('');
  return `<table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function row(cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
