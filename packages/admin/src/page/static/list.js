// The list of publications: a page as the server gives it, and what is published meanwhile on top of the first one. At most `size` rows.
import { countdown, setLeft } from './countdown.js';
import { button, byId, make, write } from './elements.js';
import { pageOf } from './pages.js';
import { removePublication } from './removing.js';
import { bytes, count, shown } from './text.js';

/**
 * @typedef {import('./wire.js').Publication} Publication
 * @typedef {import('./wire.js').PublicationEvent} PublicationEvent
 * @typedef {{ publication: Publication, element: HTMLTableRowElement, left: HTMLElement }} Row
 */

/** Rows of a page. */
const size = 50;

/** How long a row stays that is over, in milliseconds. */
const farewell = 1_600;

/** @param {{ uri: string, event: string, tag: string }} publication */
const keyOf = ({ uri, event, tag }) => JSON.stringify([uri, event, tag]);

export class List {
  /** @type {Map<string, Row>} */
  #rows = new Map();
  /** Published while somebody reads or walks through the list: shown when asked for. @type {Map<string, Publication>} */
  #held = new Map();
  #heldMore = 0;
  #prefix = '';
  #after = '';
  /** @type {string | null} */
  #next = null;
  /** @type {AbortController} */
  #loading = new AbortController();
  #body = byId('rows', HTMLTableSectionElement);
  #fresh = byId('fresh', HTMLButtonElement);
  #empty = byId('list-empty', HTMLElement);
  #older = byId('older', HTMLButtonElement);
  #newer = byId('newer', HTMLButtonElement);
  #where = '127.0.0.1:5060';
  /** @type {number | null | undefined} */
  #total;
  #isLoaded = false;
  #isLoading = false;
  /** More happened than was told, while somebody read. */
  #isStale = false;
  #watched;

  /** @param {(task: Promise<unknown>) => void} watched tells what fails */
  constructor(watched) {
    this.#watched = watched;
    this.#fresh.addEventListener('click', () => {
      this.#showHeld();
      this.links[0]?.focus();
    });
    this.#older.addEventListener('click', () => watched(this.#turn(this.#next ?? '')));
    this.#newer.addEventListener('click', () => watched(this.#turn('')));
    this.#body.addEventListener('pointerleave', () => this.#showHeldIfIdle());
    this.#body.addEventListener('focusout', () => setTimeout(() => this.#showHeldIfIdle()));
  }

  /**
   * From the first page on, addresses that begin with this.
   * @param {string} text
   */
  async search(text) {
    this.#prefix = text.trim();
    await this.#turn('');
  }

  /** Again, as the server has it now. */
  async load() {
    this.#loading.abort();
    this.#loading = new AbortController();
    const { signal } = this.#loading;
    this.#isLoading = true;
    try {
      write(byId('page-text', HTMLElement), this.#prefix === '' ? '' : 'searching…');
      /** @type {(import('./wire.js').Page<Publication> & { isFirst: boolean }) | undefined} */
      const page = await pageOf({ path: '/api/publications', prefix: this.#prefix, after: this.#after, size, signal });
      if (page !== undefined && !signal.aborted) this.#showPage(page);
    } finally {
      if (!signal.aborted) this.#isLoading = false;
    }
  }

  /** The same where nobody reads, for rows do not go from under the eyes, and nobody waits for what was asked before. */
  async loadAgain() {
    this.#isStale = this.#after === '' && this.#isRead;
    if (this.#after === '' && !this.#isRead && !this.#isLoading) await this.load();
  }

  /**
   * What happened meanwhile, the oldest first.
   * @param {readonly PublicationEvent[]} events
   */
  apply(events) {
    for (const event of events) this.#applyOne(event);
    this.#trim();
    this.#showState();
  }

  /** @param {number | null | undefined} total of all publications @param {string} [where] the server listens */
  tell(total, where = this.#where) {
    this.#total = total;
    this.#where = where;
    this.#showState();
  }

  /**
   * Marks the address that is open.
   * @param {string | undefined} uri
   */
  mark(uri) {
    for (const { publication, element } of this.#rows.values()) {
      if (publication.uri === uri) element.setAttribute('aria-current', 'true');
      else element.removeAttribute('aria-current');
    }
  }

  /** @returns {readonly HTMLAnchorElement[]} */
  get links() {
    return [...this.#body.querySelectorAll('a')];
  }

  /** @param {string} after */
  async #turn(after) {
    this.#after = after;
    await this.load();
  }

  /** @param {import('./wire.js').Page<Publication> & { isFirst: boolean }} page */
  #showPage({ items, next, isFirst }) {
    if (isFirst) this.#after = '';
    this.#next = next;
    this.#isLoaded = true;
    this.#forgetHeld();
    const rows = items.map((publication) => [keyOf(publication), rowOf(publication)]);
    this.#rows = new Map(/** @type {[string, Row][]} */ (rows));
    this.#body.replaceChildren(...[...this.#rows.values()].map(({ element }) => element));
    this.#showState();
  }

  /** @param {PublicationEvent} event */
  #applyOne(event) {
    const row = this.#rows.get(keyOf(event)) ?? this.#renewed(event);
    if (event.kind === 'removed' || event.kind === 'expired') return this.#end(event, row);
    if (row !== undefined) return this.#refresh(row, event);
    if (event.kind === 'published' && this.#after === '' && this.#fits(event.uri)) this.#hold(event);
  }

  /** As the server looks for it: how the URI begins, or the user in it. @param {string} uri */
  #fits(uri) {
    return uri.startsWith(this.#prefix) || uri.slice(uri.indexOf(':') + 1).startsWith(this.#prefix);
  }

  /**
   * The row of a publication that has another tag now.
   * @param {PublicationEvent} event
   */
  #renewed({ uri, event, tag, old_tag: before }) {
    if (before === undefined) return undefined;
    const key = keyOf({ uri, event, tag: before });
    const row = this.#rows.get(key);
    if (row === undefined) return undefined;
    this.#rows.delete(key);
    row.publication = { ...row.publication, tag };
    this.#rows.set(keyOf(row.publication), row);
    return row;
  }

  /** @param {Row} row @param {PublicationEvent} event */
  #refresh(row, event) {
    setLeft(row.left, event.expires_in);
    if (event.kind !== 'modified') return;
    row.publication = { ...row.publication, ...event };
    const [, , type, length] = row.element.cells;
    if (type !== undefined && event.type !== undefined) write(type, shown(event.type));
    if (length !== undefined && event.size !== undefined) write(length, bytes(event.size));
    flash(row.element);
  }

  /** @param {PublicationEvent} event @param {Row | undefined} row */
  #end(event, row) {
    this.#held.delete(keyOf(event));
    if (row === undefined) return;
    this.#rows.delete(keyOf(event));
    row.element.classList.add('gone');
    write(row.left, event.kind === 'expired' ? 'expired' : 'removed');
    row.left.className = 'over';
    setTimeout(() => {
      row.element.remove();
      this.#showState();
    }, farewell);
  }

  /** @param {Publication} publication */
  #hold(publication) {
    const key = keyOf(publication);
    this.#held.delete(key);
    this.#held.set(key, publication);
    if (this.#held.size <= size) return;
    const [oldest] = this.#held.keys();
    if (oldest !== undefined) this.#held.delete(oldest);
    this.#heldMore++;
  }

  /** Somebody reads here, or walks through it. */
  get #isRead() {
    return this.#body.matches(':hover') || this.#body.contains(document.activeElement);
  }

  #showHeldIfIdle() {
    if (this.#isRead) return;
    if (this.#isStale) this.#watched(this.loadAgain());
    else this.#showHeld();
  }

  #showHeld() {
    for (const publication of this.#held.values()) {
      const row = rowOf(publication);
      this.#rows.set(keyOf(publication), row);
      row.element.classList.add('flash');
      this.#body.prepend(row.element);
    }
    this.#forgetHeld();
    this.#trim();
    this.#showState();
  }

  #forgetHeld() {
    this.#held.clear();
    this.#heldMore = 0;
  }

  /** What is too much goes from the end: it is on the next page. */
  #trim() {
    while (this.#body.childElementCount > size) {
      const last = this.#body.lastElementChild;
      for (const [key, { element }] of this.#rows) if (element === last) this.#rows.delete(key);
      last?.remove();
      this.#next ??= '';
    }
  }

  #showState() {
    if (this.#held.size > 0 && !this.#isRead) return this.#showHeld();
    const held = this.#held.size + this.#heldMore;
    this.#fresh.hidden = held === 0;
    write(this.#fresh, held === 1 ? 'Show 1 new publication' : `Show ${count(held)} new publications`);
    this.#newer.disabled = this.#after === '';
    this.#older.disabled = this.#next === null || this.#next === '';
    write(byId('page-text', HTMLElement), this.#pageText());
    this.#showEmpty();
  }

  #pageText() {
    const here = this.#body.childElementCount;
    if (here === 0) return '';
    if (this.#prefix !== '') return `${here}${this.#next === null ? '' : ' or more'} that begin with ${shown(this.#prefix)}`;
    return this.#total === undefined || this.#total === null || this.#total <= here ? `${here} of ${here}` : `${here} of ${count(this.#total)}`;
  }

  #showEmpty() {
    const isEmpty = this.#isLoaded && this.#body.childElementCount === 0;
    this.#empty.hidden = !isEmpty;
    this.#body.closest('table')?.classList.toggle('none', isEmpty);
    if (!isEmpty) return;
    const example = `nksip-ts publish sip:lamp@${this.#where} --event nkpublish --body on`;
    if (this.#prefix === '') this.#empty.replaceChildren(make('p', {}, 'Nothing is published.'), make('p', { class: 'quiet' }, 'Publish something, and see it appear here:'), make('code', {}, example));
    else this.#empty.replaceChildren(make('p', {}, 'No publication of an address that begins with ', make('b', {}, shown(this.#prefix))));
  }
}

/** @param {Publication} publication @returns {Row} */
function rowOf(publication) {
  const { uri, event, type, size: length, expires_in: seconds } = publication;
  const left = countdown(seconds);
  /** @type {Row} */
  const row = {
    publication, left,
    element: make('tr', {},
      make('td', {}, make('a', { href: hrefOf(uri), class: 'mono cut', title: shown(uri) }, shown(uri))),
      make('td', {}, make('span', { class: 'badge' }, shown(event))),
      make('td', { class: 'quiet wide-only cut' }, shown(type ?? '')),
      make('td', { class: 'number wide-only' }, length === undefined ? '' : bytes(length)),
      make('td', {}, left),
      make('td', {}, button('plain small remove', 'Remove', () => void removePublication(row.publication), `Remove the publication of ${shown(uri)} for ${shown(event)}`))),
  };
  return row;
}

/** @param {string} uri */
export function hrefOf(uri) {
  return `#/address/${encodeURIComponent(uri)}`;
}

/** @param {HTMLElement} element */
function flash(element) {
  element.classList.remove('flash');
  // Read, so that the animation begins again.
  void element.offsetWidth;
  element.classList.add('flash');
}
