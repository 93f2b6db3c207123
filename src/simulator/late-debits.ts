// Debits that are booked some time after their caller was turned away. Not kept over a restart: then they never were.

export interface LateDebits {
  /** Books after `afterMs`. */
  add(book: () => void, afterMs: number): void;
  /** Those not booked yet. */
  waiting(): number;
  /** Books all that wait now; returns how many. */
  hurry(): number;
  stop(): void;
}

export function createLateDebits(): LateDebits {
  const waiting = new Map<NodeJS.Timeout, () => void>();
  return {
    add: (book, afterMs) => {
      const timer = setTimeout(() => {
        waiting.delete(timer);
        book();
      }, afterMs);
      waiting.set(timer, book);
    },
    waiting: () => waiting.size,
    hurry: () => {
      const books = [...waiting];
      waiting.clear();
      for (const [timer, book] of books) {
        clearTimeout(timer);
        book();
      }
      return books.length;
    },
    stop: () => {
      for (const timer of waiting.keys()) clearTimeout(timer);
      waiting.clear();
    },
  };
}
