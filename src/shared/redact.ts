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
 * Free text from Eko made fit to keep and show: bounded, without control characters or halves of surrogate pairs
 * (jsonb refuses both), without the secrets named (the OTP of this call), and with every run of nine digits or
 * more (account, mobile) masked, also one that is grouped with spaces or hyphens.
 */
export function scrubText(text: string, secrets: readonly string[] = []): string {
  // Invisible characters go first, or they would hide a secret from the replacements below.
  let clean = text.replace(/\s+/gu, ' ').replace(/[\p{Cc}\p{Cf}]+/gu, '');
  for (const secret of secrets) if (secret !== '') clean = clean.replaceAll(secret, '[redacted]');
  return maskLongNumbers(clean)
    .slice(0, 500)
    .replace(/\p{Cs}/gu, '\ufffd');
}

/** Every run of nine digits or more masked, also one that is grouped with spaces or hyphens; not those `spared`. */
export function maskLongNumbers(text: string, spared: ReadonlySet<string> = new Set()): string {
  return text.replace(/\d(?:[ -]?\d){8,}/g, (run) => {
    const digits = run.replace(/[ -]/g, '');
    return spared.has(digits) ? run : maskAccount(digits);
  });
}
