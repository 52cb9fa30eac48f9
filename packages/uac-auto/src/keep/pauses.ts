/** Milliseconds between two requests for one id that nobody asked for, whatever a server grants. */
export const leastPause = 1000;

/** Milliseconds: a day. A Retry-After of years, or a lifetime of years, is not waited for. */
const longestPause = 86_400_000;

/**
 * Milliseconds from the request to its refresh, when so many seconds were granted: 85 to 90 % of them, so that a refresh that is lost can be sent
 * again, and those that began together do not stay together. `random`: 0 to 1.
 */
export function refreshAfter(granted: number, random: number): number {
  return within(1000 * granted * (0.85 + 0.05 * random));
}

/**
 * The same where many are kept, after a request that did not come at its own time: the first one, one with a new body, one after a failure. Many may have gone
 * out within the same second; so it is anywhere in the time
 * between two refreshes, and from then on they come evenly.
 */
export function firstRefreshAfter(granted: number, random: number): number {
  return within(1000 * granted * 0.875 * random);
}

/** Seconds of the options. */
export interface RetryLimits {
  readonly first: number;
  readonly longest: number;
}

/** Milliseconds from the last of so many failures to the next attempt: twice as long each time, more or less a quarter. */
export function retryAfter(failures: number, { first, longest }: RetryLimits, random: number): number {
  const doubled = first * 2 ** Math.min(failures - 1, 30);
  return within(1000 * Math.min(doubled, longest) * (0.75 + 0.5 * random));
}

/** Milliseconds for a Retry-After (RFC 3261 20.33), and up to a tenth more: others were told the same. `failures`: so that one of 0 makes no loop. */
export function askedPause(seconds: number, failures: number, limits: RetryLimits, random: number): number {
  return seconds === 0 ? retryAfter(failures, limits, random) : within(1000 * seconds * (1 + 0.1 * random));
}

function within(milliseconds: number): number {
  return Math.min(Math.max(milliseconds, leastPause), longestPause);
}
