// Who is registered where: a page as the server gives it, read again when something changes.
import { addressLink, markRows } from './address-link.js';
import { Refused } from './api.js';
import { countdown, isOver } from './countdown.js';
import { byId, make, write } from './elements.js';
import { Paging } from './paging.js';
import { count, shown } from './text.js';

/**
 * @typedef {import('./wire.js').Registration} Registration
 * @typedef {{ registration: Registration, element: HTMLTableRowElement, link: HTMLAnchorElement, left: HTMLElement }} Row
 */

/** Milliseconds between two looks that nobody asked for. */
const pause = 2_000;

export class Registrations {
  /** @type {readonly Row[]} */
  #rows = [];
  /** @type {Paging<Registration>} */
  #paging;
  #looked = -Infinity;
  #panel = byId('registrations', HTMLElement);
  #body = byId('registered', HTMLTableSectionElement);
  #empty = byId('registered-empty', HTMLElement);
  /** @type {number | null | undefined} */
  #total;
  /** The address that is open. @type {string | undefined} */
  #marked;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #soon;
  #watched;

  /** @param {(task: Promise<unknown>) => void} watched tells what fails */
  constructor(watched) {
    this.#watched = watched;
    this.#paging = new Paging('/api/registrations', {
      older: byId('registered-older', HTMLButtonElement), newer: byId('registered-newer', HTMLButtonElement), load: () => this.load(), watched,
    });
  }

  /** From the first page on, addresses that begin with this. @param {string} text */
  async search(text) {
    await this.#paging.search(text);
  }

  /** Again, as the server has it now: while it is shown. */
  async load() {
    if (this.#panel.hidden) return;
    this.#looked = performance.now();
    try {
      const registrations = await this.#paging.read();
      if (registrations !== undefined) this.#showPage(registrations);
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 409) throw error;
      this.#paging.clear();
      this.#showPage([]);
      this.#empty.replaceChildren(make('p', {}, 'The store of this service cannot list what is registered.'), make('p', { class: 'quiet' }, 'Search for an address in full: sip:alice@example.com'));
    }
  }

  /** Something was registered or removed. Rows of a later page do not go from under the eyes. */
  touch() {
    if (this.#panel.hidden || !this.#paging.isFirst) return;
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      if (!this.#paging.isLoading) this.#watched(this.load());
    }, Math.max(200, this.#looked + pause - performance.now()));
  }

  /** Each second. @param {number | null | undefined} total of addresses */
  tell(total) {
    const isOther = this.#total !== total;
    this.#total = total;
    if (isOther || this.#rows.some(({ left }) => isOver(left))) this.touch();
  }

  /** Marks the address that is open. @param {string | undefined} uri */
  mark(uri) {
    this.#marked = uri;
    markRows(this.links, uri);
  }

  /** @returns {readonly HTMLAnchorElement[]} */
  get links() {
    return this.#rows.map(({ link }) => link);
  }

  /** @param {readonly Registration[]} registrations */
  #showPage(registrations) {
    const focused = this.#rows.find(({ link }) => link === document.activeElement)?.registration;
    this.#rows = registrations.map(rowOf);
    this.#body.replaceChildren(...this.#rows.map(({ element }) => element));
    if (focused !== undefined) (this.#rows.find(({ registration: { uri, contact } }) => uri === focused.uri && contact === focused.contact)?.link ?? byId('list-heading', HTMLElement)).focus();
    this.mark(this.#marked);
    this.#paging.showButtons();
    write(byId('registered-text', HTMLElement), this.#pageText(registrations.length));
    this.#showEmpty(registrations.length === 0);
  }

  /** @param {number} here */
  #pageText(here) {
    if (here === 0) return '';
    const contacts = `${here} ${here === 1 ? 'contact' : 'contacts'}`;
    if (this.#paging.prefix !== '') return `${contacts}${this.#paging.isLast ? '' : ' or more'}, of addresses that begin with ${shown(this.#paging.prefix)}`;
    return typeof this.#total === 'number' ? `${contacts} · ${count(this.#total)} ${this.#total === 1 ? 'address' : 'addresses'} in all` : contacts;
  }

  /** @param {boolean} isEmpty */
  #showEmpty(isEmpty) {
    this.#empty.hidden = !isEmpty;
    this.#body.closest('table')?.classList.toggle('none', isEmpty);
    if (this.#paging.prefix === '') this.#empty.replaceChildren(make('p', {}, 'Nobody is registered.'), make('p', { class: 'quiet' }, 'Who registers a contact stands here.'));
    else this.#empty.replaceChildren(make('p', {}, 'No contact of an address that begins with ', make('b', {}, shown(this.#paging.prefix))));
  }
}

/** @param {Registration} registration @returns {Row} */
function rowOf(registration) {
  const { uri, contact, expires_in: seconds } = registration;
  const way = wayOf(registration);
  const link = addressLink(uri);
  const left = countdown(seconds);
  const element = make('tr', {},
    make('td', {}, link), make('td', { class: 'mono cut', title: shown(contact) }, shown(contact)), make('td', { class: 'quiet wide-only cut', title: way }, way), make('td', {}, left));
  return { registration, element, link, left };
}

/** Which device it is, and by which proxies it is reached (RFC 5626, RFC 3327). @param {Registration} registration */
export function wayOf({ instance, reg_id: flow, path }) {
  const parts = [instance, flow === undefined ? undefined : `reg-id ${flow}`, path === undefined ? undefined : `path ${path.join(', ')}`];
  return parts.filter((part) => part !== undefined).map(shown).join(' · ');
}
