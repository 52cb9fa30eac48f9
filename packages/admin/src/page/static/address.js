// One address: what is published for it, who watches, where it is registered, and what watchers are sent.
import { get, Refused, under } from './api.js';
import { countdown, setLeft } from './countdown.js';
import { button, byId, drawAnew, keyed, make, write } from './elements.js';
import { wayOf } from './registrations.js';
import { decide, endWatcher, removeAddress, removePublication } from './removing.js';
import { bytes, count, hexLines, shown, shownLines, timeOfDay } from './text.js';

/**
 * @typedef {import('./wire.js').Address} Address
 * @typedef {import('./wire.js').Publication} Publication
 * @typedef {import('./wire.js').Watcher} Watcher
 * @typedef {import('./wire.js').Registration} Registration
 * @typedef {import('./wire.js').State} State
 */

/** Of each kind, and characters of a body: the command shows the rest. */
const most = 50;
const longest = 20_000;

/** What happens within this time is shown together, in milliseconds. */
const pause = 250;

export class AddressView {
  /** @type {string | undefined} */
  #uri;
  #drawer = byId('address', HTMLElement);
  #heading = byId('address-heading', HTMLElement);
  #body = byId('address-body', HTMLElement);
  /** All that is shown but the times. */
  #shown = '';
  /** @type {HTMLElement[]} */
  #lefts = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #soon;
  #watched;

  /** @param {(task: Promise<unknown>) => void} watched tells what fails */
  constructor(watched) {
    this.#watched = watched;
  }

  get uri() {
    return this.#uri;
  }

  /** @param {string} uri */
  open(uri) {
    this.#uri = uri;
    this.#shown = '';
    write(this.#heading, shown(uri));
    this.#body.replaceChildren(make('p', { class: 'quiet' }, 'Loading…'));
    this.#drawer.hidden = false;
    this.#heading.focus();
    this.#watched(this.load());
  }

  close() {
    this.#uri = undefined;
    this.#drawer.hidden = true;
    clearTimeout(this.#soon);
    this.#soon = undefined;
  }

  /**
   * Something happened to this address.
   * @param {string} uri
   */
  touch(uri) {
    if (uri !== this.#uri) return;
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      this.#watched(this.load());
    }, pause);
  }

  async load() {
    const uri = this.#uri;
    if (uri === undefined) return;
    /** @type {Address | undefined} */
    const address = await get(under('/api/addresses', uri)).catch((error) => {
      if (!(error instanceof Refused) || error.status !== 404) throw error;
    });
    if (uri === this.#uri) this.#show(address ?? { uri, publications: [], watchers: [], registrations: [], states: [] });
  }

  /** @param {Address} address */
  #show(address) {
    const text = JSON.stringify(address, (key, value) => key === 'expires_in' ? undefined : value);
    if (text === this.#shown) return this.#showTimes(address);
    this.#shown = text;
    this.#lefts = [];
    drawAnew(this.#body, this.#partsOf(address), this.#heading);
  }

  /** In the order in which they were made. @param {Address} address */
  #showTimes({ publications, watchers, registrations }) {
    const all = [...publications.slice(0, most), ...watchers.slice(0, most), ...registrations.slice(0, most)];
    this.#lefts.forEach((left, index) => setLeft(left, all[index]?.expires_in ?? 0));
  }

  /** @param {Address} address @returns {Node[]} */
  #partsOf({ uri, publications, watchers, registrations, states }) {
    const removeAll = publications.length > 0 ? keyed('all', button('plain small remove', 'Remove all', () => void removeAddress(uri, publications.length))) : '';
    return [
      section('Published', publications, (one) => this.#publication(one), removeAll, 'Nothing is published for this address.'),
      section('Watching', watchers, (one) => this.#watcher(one), '', `Nobody watches it. To try it: nksip-ts watch ${shown(uri)} --event EVENT`),
      section('Registered', registrations, (one) => this.#registration(one), '', 'Nothing is registered for it.'),
      section('What watchers are sent', states, stateOf, '', 'No document is composed: there is nothing to send.'),
    ];
  }

  /** @param {number} seconds */
  #left(seconds) {
    const element = countdown(seconds);
    this.#lefts.push(element);
    return element;
  }

  /** @param {Publication} publication */
  #publication(publication) {
    const { event, tag, type, size, since, source, body, encoding, expires_in: seconds } = publication;
    return make('article', { class: 'item' },
      make('div', { class: 'item-head' }, make('span', { class: 'badge' }, shown(event)), make('span', { class: 'quiet mono cut', title: `entity-tag ${shown(tag)}` }, shown(tag)), this.#left(seconds),
        keyed(`publication ${event} ${tag}`, button('plain small remove', 'Remove', () => void removePublication(publication), `Remove the publication for ${shown(event)}`))),
      facts([type, size === undefined ? undefined : bytes(size), since === undefined ? undefined : `since ${timeOfDay(since)}`, source === undefined ? undefined : `from ${source}`]),
      document_(body, encoding));
  }

  /** @param {Watcher} watcher */
  #watcher(watcher) {
    const { id, watcher: who, event, state, transport, source, notifies, expires_in: seconds } = watcher;
    const decisions = state !== 'pending' ? [] : [
      keyed(`allow ${id}`, button('plain small', 'Allow', () => void decide(watcher, 'allow'))),
      keyed(`deny ${id}`, button('plain small remove', 'Deny', () => void decide(watcher, 'deny'))),
    ];
    return make('article', { class: 'item' },
      make('div', { class: 'item-head' }, make('span', { class: 'badge' }, shown(event)), make('span', { class: 'mono cut', title: shown(who) }, shown(who)), this.#left(seconds)),
      make('div', { class: 'item-foot' },
        facts([`${transport ?? ''} ${source ?? ''}`.trim(), notifies === undefined ? undefined : `${count(notifies)} NOTIFY`], make('span', { class: `state ${state === 'pending' ? 'pending' : 'active'}` }, shown(state))),
        make('span', { class: 'buttons' }, ...decisions, keyed(`end ${id}`, button('plain small remove', 'End', () => void endWatcher(watcher), `End the subscription of ${shown(who)}`)))));
  }

  /** @param {Registration} registration */
  #registration(registration) {
    const { contact, q, source, expires_in: seconds } = registration;
    return make('article', { class: 'item' },
      make('div', { class: 'item-head' }, make('span', { class: 'mono cut', title: shown(contact) }, shown(contact)), this.#left(seconds)),
      facts([wayOf(registration), q === undefined ? undefined : `q ${q}`, source === undefined ? undefined : `from ${source}`]));
  }
}

/**
 * @template Item
 * @param {string} title
 * @param {readonly Item[]} items
 * @param {(item: Item) => Node} show
 * @param {Node | string} action
 * @param {string} none
 */
function section(title, items, show, action, none) {
  const rest = items.length - most;
  return make('section', {},
    make('div', { class: 'section-head' }, make('h3', {}, title, make('span', { class: 'count' }, count(items.length))), action),
    ...(items.length === 0 ? [make('p', { class: 'quiet' }, none)] : items.slice(0, most).map(show)),
    ...(rest > 0 ? [make('p', { class: 'quiet' }, `and ${count(rest)} more: the command shows all`)] : []));
}

/** @param {State} state */
function stateOf({ event, type, body, encoding, size }) {
  return make('article', { class: 'item' }, make('div', { class: 'item-head' }, make('span', { class: 'badge' }, shown(event))), facts([type, bytes(size)]), document_(body, encoding));
}

/**
 * @param {readonly (string | undefined)[]} texts
 * @param {readonly Node[]} first
 */
function facts(texts, ...first) {
  const rest = texts.flatMap((text) => text === undefined || text === '' ? [] : shown(text)).join(' · ');
  return make('p', { class: 'quiet facts' }, ...first, rest);
}

/** @param {string | undefined} body @param {string | undefined} encoding */
function document_(body, encoding) {
  if (body === undefined || body === '') return make('p', { class: 'quiet' }, 'no body');
  if (encoding === 'base64') return make('pre', { tabindex: '0', 'aria-label': 'body, as bytes' }, hexLines(body, 64));
  const more = body.length - longest;
  return make('pre', { tabindex: '0', 'aria-label': 'body' }, `${shownLines(body.slice(0, longest))}${more > 0 ? `\n… ${count(more)} characters more` : ''}`);
}
