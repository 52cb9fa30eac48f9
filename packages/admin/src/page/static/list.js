// The list of publications: a page as the server gives it, and what is published meanwhile on top of the first one. At most `size` rows.
import { markRows } from './address-link.js';
import { byId, make, write } from './elements.js';
import { Paging, size } from './paging.js';
import { endRow, refreshRow, rowOf } from './publication-row.js';
import { count, shown } from './text.js';

/**
 * @typedef {import('./wire.js').Publication} Publication
 * @typedef {import('./wire.js').PublicationEvent} PublicationEvent
 * @typedef {import('./publication-row.js').Row} Row
 */

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
  /** @type {Paging<Publication>} */
  #paging;
  #body = byId('rows', HTMLTableSectionElement);
  #fresh = byId('fresh', HTMLButtonElement);
  #empty = byId('list-empty', HTMLElement);
  #where = '127.0.0.1:5060';
  /** @type {number | null | undefined} */
  #total;
  #isLoaded = false;
  /** More happened than was told, while somebody read. */
  #isStale = false;
  #watched;

  /** @param {(task: Promise<unknown>) => void} watched tells what fails */
  constructor(watched) {
    this.#watched = watched;
    this.#paging = new Paging('/api/publications', { older: byId('older', HTMLButtonElement), newer: byId('newer', HTMLButtonElement), load: () => this.load(), watched });
    this.#fresh.addEventListener('click', () => {
      this.#showHeld();
      this.links[0]?.focus();
    });
    this.#body.addEventListener('pointerleave', () => this.#showHeldIfIdle());
    this.#body.addEventListener('focusout', () => setTimeout(() => this.#showHeldIfIdle()));
  }

  /**
   * From the first page on, addresses that begin with this.
   * @param {string} text
   */
  async search(text) {
    await this.#paging.search(text);
  }

  /** Again, as the server has it now. */
  async load() {
    write(byId('page-text', HTMLElement), this.#paging.prefix === '' ? '' : 'searching…');
    const publications = await this.#paging.read();
    if (publications !== undefined) this.#showPage(publications);
  }

  /** The same where nobody reads, for rows do not go from under the eyes, and nobody waits for what was asked before. */
  async loadAgain() {
    const { isFirst, isLoading } = this.#paging;
    this.#isStale = isFirst && this.#isRead;
    if (isFirst && !this.#isRead && !isLoading) await this.load();
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
    markRows(this.links, uri);
  }

  /** @returns {readonly HTMLAnchorElement[]} */
  get links() {
    return [...this.#body.querySelectorAll('a')];
  }

  /** @param {readonly Publication[]} publications */
  #showPage(publications) {
    this.#isLoaded = true;
    this.#forgetHeld();
    const rows = publications.map((publication) => [keyOf(publication), rowOf(publication)]);
    this.#rows = new Map(/** @type {[string, Row][]} */ (rows));
    this.#body.replaceChildren(...[...this.#rows.values()].map(({ element }) => element));
    this.#showState();
  }

  /** @param {PublicationEvent} event */
  #applyOne(event) {
    const row = this.#rows.get(keyOf(event)) ?? this.#renewed(event);
    if (event.kind === 'removed' || event.kind === 'expired') return this.#end(event, row);
    if (row !== undefined) return refreshRow(row, event);
    if (event.kind === 'published' && this.#paging.isFirst && this.#fits(event.uri)) this.#hold(event);
  }

  /** As the server looks for it: how the URI begins, or the user in it. @param {string} uri */
  #fits(uri) {
    return uri.startsWith(this.#paging.prefix) || uri.slice(uri.indexOf(':') + 1).startsWith(this.#paging.prefix);
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

  /** @param {PublicationEvent} event @param {Row | undefined} row */
  #end(event, row) {
    this.#held.delete(keyOf(event));
    if (row === undefined) return;
    this.#rows.delete(keyOf(event));
    endRow(row, event);
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
      this.#paging.cutOff();
    }
  }

  #showState() {
    if (this.#held.size > 0 && !this.#isRead) return this.#showHeld();
    const held = this.#held.size + this.#heldMore;
    this.#fresh.hidden = held === 0;
    write(this.#fresh, held === 1 ? 'Show 1 new publication' : `Show ${count(held)} new publications`);
    this.#paging.showButtons();
    write(byId('page-text', HTMLElement), this.#pageText());
    this.#showEmpty();
  }

  #pageText() {
    const here = this.#body.childElementCount;
    if (here === 0) return '';
    if (this.#paging.prefix !== '') return `${here}${this.#paging.isLast ? '' : ' or more'} that begin with ${shown(this.#paging.prefix)}`;
    return this.#total === undefined || this.#total === null || this.#total <= here ? `${here} of ${here}` : `${here} of ${count(this.#total)}`;
  }

  #showEmpty() {
    const isEmpty = this.#isLoaded && this.#body.childElementCount === 0;
    this.#empty.hidden = !isEmpty;
    this.#body.closest('table')?.classList.toggle('none', isEmpty);
    if (!isEmpty) return;
    const example = `nksip-ts publish sip:lamp@${this.#where} --event nkpublish --body on`;
    if (this.#paging.prefix === '') this.#empty.replaceChildren(make('p', {}, 'Nothing is published.'), make('p', { class: 'quiet' }, 'Publish something, and see it appear here:'), make('code', {}, example));
    else this.#empty.replaceChildren(make('p', {}, 'No publication of an address that begins with ', make('b', {}, shown(this.#paging.prefix))));
  }
}
