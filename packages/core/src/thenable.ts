/** Whether a value is a promise, of this language or of somebody's library. The only place that asks. */
export function isThenable<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** How deep and how wide promises are looked for: what a callback returns is small, unless it is wrong: then it may be anything. */
const depth = 3, width = 16;

/** Whether a promise stands somewhere in a list or an object. */
export function holdsPromise(value: unknown, left = depth): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return isThenable(value) || (left > 0 && Object.values(value).slice(0, width).some((one) => holdsPromise(one, left - 1)));
}
