// Who watches: those first that wait for a decision.
import { hrefOf } from './address-link.js';
import { get, Refused } from './api.js';
import { countdown } from './countdown.js';
import { button, byId, drawAnew, keyed, make, write } from './elements.js';
import { decide } from './removing.js';
import { count, shown } from './text.js';

/** @typedef {import('./wire.js').Watcher} Watcher */

/** Shown at most: of those that wait, and of all. */
const mostPending = 20;
const most = 6;

/** Milliseconds between two looks. */
const pause = 2_000;

export class Watchers {
  #card = byId('watchers-card', HTMLElement);
  #list = byId('watchers', HTMLOListElement);
  #empty = byId('watchers-empty', HTMLElement);
  #watched;
  #looked = -Infinity;
  #where = '127.0.0.1:5060';
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #soon;

  /** @param {(task: Promise<unknown>) => void} watched tells what fails */
  constructor(watched) {
    this.#watched = watched;
  }

  async load() {
    this.#looked = performance.now();
    const pages = await Promise.all([pageOf(`state=pending&limit=${mostPending}`), pageOf(`state=active&limit=${most}`)])
      .catch((error) => { if (!(error instanceof Refused) || error.status !== 409) throw error; });
    // Without the plugin event-notifier nobody can watch.
    this.#card.hidden = pages === undefined;
    if (pages !== undefined) this.#show(pages[0], pages[1].slice(0, Math.max(most - pages[0].length, 0)));
  }

  /** Somebody begins, ends or waits. */
  touch() {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      this.#watched(this.load());
    }, Math.max(200, this.#looked + pause - performance.now()));
  }

  /** @param {number | undefined} total of all watchers @param {string} [where] the server listens */
  tell(total, where = this.#where) {
    this.#where = where;
    const more = (total ?? 0) - this.#list.childElementCount;
    write(byId('watchers-more', HTMLElement), more > 0 ? `and ${count(more)} more` : '');
  }

  /** @param {readonly Watcher[]} pending @param {readonly Watcher[]} active */
  #show(pending, active) {
    drawAnew(this.#list, [...pending, ...active].map(entryOf), byId('watchers-heading', HTMLElement));
    this.#empty.hidden = this.#list.childElementCount > 0;
    if (!this.#empty.hidden) this.#empty.replaceChildren(make('p', {}, 'Nobody watches.'), make('p', { class: 'quiet' }, 'Who subscribes to an address stands here. To try it:'), make('code', {}, `nksip-ts watch sip:lamp@${this.#where} --event nkpublish`));
  }
}

/** @param {string} query @returns {Promise<Watcher[]>} */
async function pageOf(query) {
  return (await get(`/api/watchers?${query}`)).items;
}

/** @param {Watcher} watcher */
function entryOf(watcher) {
  const { id, watcher: who, uri, event, state, expires_in: seconds } = watcher;
  const answers = state !== 'pending' ? [] : [
    make('span', { class: 'state pending' }, 'waits for you'),
    make('span', { class: 'buttons' },
      keyed(`allow ${id}`, button('plain small', 'Allow', () => void decide(watcher, 'allow'), `Let ${shown(who)} watch ${shown(uri)}`)),
      keyed(`deny ${id}`, button('plain small remove', 'Deny', () => void decide(watcher, 'deny'), `Refuse ${shown(who)}, who wants to watch ${shown(uri)}`))),
  ];
  return make('li', {},
    make('div', { class: 'item-head' }, make('span', { class: 'mono cut', title: shown(who) }, shown(who)), countdown(seconds)),
    make('p', { class: 'cut' }, make('span', { class: 'badge' }, shown(event)), make('span', { class: 'quiet' }, ' of '), make('a', { class: 'mono', href: hrefOf(uri), title: shown(uri) }, shown(uri))),
    ...(answers.length === 0 ? [] : [make('div', { class: 'item-foot' }, ...answers)]));
}
