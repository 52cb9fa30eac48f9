/** Rising numbers below 2^31 (RFC 3261 8.1.1.5), so that requests of one Call-ID stay in order; they start at the time of day for a restart. */
export function cseqNumbers(): () => number {
  let last = Math.floor(Date.now() / 1000) % 2 ** 30;
  return () => (last = (last + 1) % 2 ** 31);
}
