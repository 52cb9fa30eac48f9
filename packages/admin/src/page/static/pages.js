// A page of a listing, as the server gives it.
import { get, pathOf, Refused } from './api.js';

/**
 * @template Item
 * @typedef {import('./wire.js').Page<Item>} Page
 */

/**
 * @typedef {object} Wanted
 * @property {string} path of the listing
 * @property {string} prefix how the address begins
 * @property {string} after next of the page before; empty: the first
 * @property {number} size items of a page
 * @property {AbortSignal} signal
 */

/**
 * As much as fills it: in one answer of the server there may be little that fits, and more behind it. Undefined: nobody waits for it any more.
 * The server holds a listing open for a while; behind that, the first page is where to go on.
 * @template Item
 * @param {Wanted} wanted
 * @returns {Promise<(Page<Item> & { isFirst: boolean }) | undefined>}
 */
export async function pageOf(wanted) {
  try {
    return { ...await filled(wanted), isFirst: wanted.after === '' };
  } catch (error) {
    if (wanted.signal.aborted) return undefined;
    if (!(error instanceof Refused) || error.code !== 'cursor_expired' || wanted.after === '') throw error;
    return await pageOf({ ...wanted, after: '' });
  }
}

/**
 * @template Item
 * @param {Wanted} wanted
 * @returns {Promise<Page<Item>>}
 */
async function filled(wanted) {
  const { path, prefix, after, size, signal } = wanted;
  /** @type {Page<Item> | undefined} */
  const exact = await exactly(wanted);
  if (exact !== undefined) return exact;
  /** @type {Item[]} */
  const items = [];
  /** @type {string | null} */
  let next = after;
  do {
    /** @type {Page<Item>} */
    const part = await patiently(() => get(pathOf(path, { prefix, after: next ?? '', limit: String(size - items.length) }), signal));
    items.push(...part.items);
    next = part.next;
  } while (next !== null && items.length < size);
  return { items, next };
}

/**
 * Of an address that is written in full: to look for it by its beginning would be to look at all. Undefined: it has nothing.
 * @template Item
 * @param {Wanted} wanted
 * @returns {Promise<Page<Item> | undefined>}
 */
async function exactly({ path, prefix, after, size, signal }) {
  if (after !== '' || !prefix.includes('@')) return undefined;
  const uri = /^[a-z][a-z0-9+.-]*:/i.test(prefix) ? prefix : `sip:${prefix}`;
  /** @type {Page<Item>} */
  const page = await patiently(() => get(pathOf(path, { uri, limit: String(size) }), signal));
  return page.items.length === 0 ? undefined : page;
}

/**
 * Asks again where the server has too much to do: a few times, with a pause of two seconds.
 * @template Answer
 * @param {() => Promise<Answer>} ask
 */
async function patiently(ask, times = 5) {
  try {
    return await ask();
  } catch (error) {
    if (times === 0 || !(error instanceof Refused) || (error.status !== 503 && error.code !== 'busy')) throw error;
  }
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  return await patiently(ask, times - 1);
}
