// What may be shown of what must not be shown.

/** `XXXXXX3456` of a mobile number, for logs. */
export function maskMobile(mobile: string): string {
  return 'X'.repeat(Math.max(0, mobile.length - 4)) + mobile.slice(-4);
}

/** `XXXXXXXX6789` of an account number: the last four, and never more than half of it. */
export function maskAccount(account: string): string {
  const shown = Math.min(4, Math.floor(account.length / 2));
  return 'X'.repeat(account.length - shown) + (shown === 0 ? '' : account.slice(-shown));
}

/**
 * Free text from Eko made fit to keep and show: bounded, without control characters, without the secrets
 * named (the OTP of this call), and with every run of nine digits or more (account, mobile) masked.
 */
export function scrubText(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  for (const secret of secrets) if (secret !== '') clean = clean.replaceAll(secret, '[redacted]');
  return clean
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .replace(/\d{9,}/g, (digits) => maskAccount(digits))
    .slice(0, 500);
}
