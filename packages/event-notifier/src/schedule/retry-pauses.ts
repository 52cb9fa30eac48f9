/** Seconds until a document that was not accepted is sent again: after the first failure, the second one and so on. */
const pauses = [5, 10, 20, 40, 60] as const;

/** Seconds; the longest pause, even if Retry-After asks for more. */
const longestPause = 3600;

/** Milliseconds until a document that was not accepted is sent again; `retryAfter` (seconds) is that of the response. */
export function pauseAfter(failures: number, retryAfter: number | undefined): number {
  const usual = pauses[Math.min(failures, pauses.length) - 1] ?? pauses[0];
  return 1000 * Math.min(Math.max(retryAfter ?? usual, 1), longestPause);
}
