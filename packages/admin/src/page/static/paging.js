// Which page of a list is shown, and of which addresses: what the list of publications and that of registrations have in common.
import { pageOf } from './pages.js';

/** Rows of a page. */
export const size = 50;

/**
 * @typedef {object} Turning
 * @property {HTMLButtonElement} older turns to the next page
 * @property {HTMLButtonElement} newer turns to the first one
 * @property {() => Promise<void>} load reads and shows the page that is turned to
 * @property {(task: Promise<unknown>) => void} watched tells what fails
 */

/** @template Item */
export class Paging {
  /** How the addresses begin that are listed. */
  prefix = '';
  isLoading = false;
  /** Where the page begins; empty: it is the first. */
  #after = '';
  /** Where the next one begins; null: there is none. @type {string | null} */
  #next = null;
  #loading = new AbortController();
  #path;
  #turning;

  /** @param {string} path of the listing @param {Turning} turning */
  constructor(path, turning) {
    this.#path = path;
    this.#turning = turning;
    const { older, newer, watched } = turning;
    older.addEventListener('click', () => watched(this.#turn(this.#next ?? '')));
    newer.addEventListener('click', () => watched(this.#turn('')));
  }

  get isFirst() {
    return this.#after === '';
  }

  get isLast() {
    return this.#next === null;
  }

  /** From the first page on, addresses that begin with this. @param {string} text */
  async search(text) {
    this.prefix = text.trim();
    await this.#turn('');
  }

  /**
   * What is on the page, as the server has it now. Undefined: nobody waits for it any more.
   * @returns {Promise<readonly Item[] | undefined>}
   */
  async read() {
    this.#loading.abort();
    this.#loading = new AbortController();
    const { signal } = this.#loading;
    this.isLoading = true;
    try {
      /** @type {(import('./wire.js').Page<Item> & { isFirst: boolean }) | undefined} */
      const page = await pageOf({ path: this.#path, prefix: this.prefix, after: this.#after, size, signal });
      if (page === undefined || signal.aborted) return undefined;
      if (page.isFirst) this.#after = '';
      this.#next = page.next;
      return page.items;
    } finally {
      if (!signal.aborted) this.isLoading = false;
    }
  }

  /** There are no pages. */
  clear() {
    this.#after = '';
    this.#next = null;
  }

  /** The last rows had no room: another page follows, but where it begins only the server can say. */
  cutOff() {
    this.#next ??= '';
  }

  showButtons() {
    const { older, newer } = this.#turning;
    newer.disabled = this.isFirst;
    older.disabled = this.#next === null || this.#next === '';
  }

  /** @param {string} after */
  async #turn(after) {
    this.#after = after;
    await this.#turning.load();
  }
}
