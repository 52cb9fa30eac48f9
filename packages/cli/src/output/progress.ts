/** So many of them. */
export function publicationsText(count: number): string {
  return `${count} ${count === 1 ? 'publication' : 'publications'}`;
}

/** Milliseconds between two lines about what was done. */
const INTERVAL = 5_000;

/** Tells every five seconds how far `task` is, until it ends. */
export async function withProgress<T>(write: (line: string) => void, told: () => string, task: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => { write(`${told()} so far`); }, INTERVAL);
  try {
    return await task();
  } finally {
    clearInterval(timer);
  }
}
