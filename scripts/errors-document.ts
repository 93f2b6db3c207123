// docs/errors.md, out of the table of error codes.
import { ERROR_CODES, ERRORS, RETRY_ADVICE } from '../src/shared/errors.js';

export function toErrorsDocument(): string {
  const rows = ERROR_CODES.map((code) => {
    const { meaning, screenMessage, retry, raisedBy } = ERRORS[code];
    return `| \`${code}\` | ${meaning} | ${screenMessage} | \`${retry}\` | ${raisedBy.map((field) => `\`${field}\``).join(', ')} |`;
  });
  const advice = Object.entries(RETRY_ADVICE).map(([name, text]) => `| \`${name}\` | ${text} |`);
  return `# Errors

Generated from \`src/shared/errors.ts\`; \`errorCatalogue\` returns the same. Do not edit.

An error from \`initiateTransfer\` means: no debit was attempted. Data means: the transfer exists, and its status says
what became of it. An unknown outcome is data with status \`AWAITED\`, a decline is data with status \`FAILED\`.

Every error has \`extensions.code\` and \`extensions.retry\`, and where they apply \`fields\` (\`path\`, \`message\`),
\`retryAfterMs\` and \`requestId\`. Read the JSON whatever the HTTP status is: what is wrong with a request comes with 400 or 200, by
what it accepts.

For an error the sentence of this table goes on the screen, for a transaction its own \`statusReason.message\`. Where an error's
\`retry\` is not the table's, its \`message\` goes there instead: the same code may mean "send a new OTP" and "it has been made already".

| Code | Meaning | For the screen | Retry | Raised by |
| --- | --- | --- | --- | --- |
${rows.join('\n')}

## Retry advice

| Advice | What to do |
| --- | --- |
${advice.join('\n')}
`;
}
