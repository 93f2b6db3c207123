// Log lines that anybody can cause, without a token: so many in a time, and then one that says how many were left out.

export interface BoundedLinesOptions {
  readonly maxLines: number;
  readonly perMs: number;
  /** Told at the end of a time in which lines were left out. */
  readonly onLeftOut: (count: number) => void;
}

/** Returns what writes a line, or leaves it out. */
export function createBoundedLines({
  maxLines,
  perMs,
  onLeftOut,
}: BoundedLinesOptions): (write: () => void) => void {
  let count = 0;
  return (write) => {
    if (count === 0) {
      const end = () => {
        if (count > maxLines) onLeftOut(count - maxLines);
        count = 0;
      };
      setTimeout(end, perMs).unref();
    }
    count += 1;
    if (count <= maxLines) write();
  };
}
