// JSON lines on standard output. Redaction by path is the second net; the first is not to log what is secret.
import { pino, type Logger } from 'pino';

export type { Logger };

const REDACTED_PATHS = [
  'otp',
  '*.otp',
  'authorization',
  '*.authorization',
  'headers',
  '*.headers',
  'accessKey',
  '*.accessKey',
  'developerKey',
  '*.developerKey',
  'variables',
  '*.variables',
];

export function createLogger(level: string): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
    serializers: { err: toLoggedError },
  });
}

/** Name, code and place of an error; PostgreSQL's `detail` and `parameters`, which hold values of rows, are left out. */
function toLoggedError(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error };
  const { name, message, stack, cause } = error;
  const code = 'code' in error ? error.code : undefined;
  return { name, message, code, stack, ...(cause === undefined ? {} : { cause: toLoggedError(cause) }) };
}
