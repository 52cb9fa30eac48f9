/** Seconds until a NOTIFY that was not taken goes again: after the first failure, the second one and so on. */
const pauses = [5, 10, 20, 40, 60] as const;

/** Seconds; no more is waited for, whatever Retry-After says. */
const longestPause = 3600;

/** Milliseconds until a document goes again that was not taken; `retryAfter` (seconds) is what the response said. */
export function pauseAfter(failures: number, retryAfter: number | undefined): number {
  const usual = pauses[Math.min(failures, pauses.length) - 1] ?? pauses[0];
  return 1000 * Math.min(Math.max(retryAfter ?? usual, 1), longestPause);
}
