// The last refusals, the newest first.
import { get } from './api.js';
import { byId, make, write } from './elements.js';
import { count, shown, timeOfDay } from './text.js';

/** @typedef {import('./wire.js').Refusal} Refusal */

/** Shown at most. */
const most = 40;

export class Refusals {
  #list = byId('refusals', HTMLOListElement);
  #empty = byId('refusals-empty', HTMLElement);

  async load() {
    /** @type {{ items: Refusal[], dropped?: number }} */
    const { items, dropped = 0 } = await get('/api/refusals');
    const newest = items.toSorted((one, other) => other.time.localeCompare(one.time)).slice(0, most);
    this.#list.replaceChildren(...newest.map(entryOf));
    write(byId('refusals-dropped', HTMLElement), dropped === 0 ? '' : `and ${count(dropped)} before these`);
    this.#showEmpty();
  }

  /** @param {readonly Refusal[]} refusals the oldest first */
  add(refusals) {
    for (const refusal of refusals.slice(-most)) this.#list.prepend(entryOf(refusal));
    while (this.#list.childElementCount > most) this.#list.lastElementChild?.remove();
    this.#showEmpty();
  }

  #showEmpty() {
    this.#empty.hidden = this.#list.childElementCount > 0;
    if (!this.#empty.hidden) this.#empty.replaceChildren(make('p', {}, 'Nothing was refused.'), make('p', { class: 'quiet' }, 'What is refused from now on stands here, with the reason and where it came from.'));
  }
}

/** @param {Refusal} refusal */
function entryOf({ time, method, uri, event, code, reason, source, user_agent: agent }) {
  const about = [uri ?? '', event ?? ''].filter((text) => text !== '').map(shown).join(' · ');
  const from = [source ?? '', agent ?? ''].filter((text) => text !== '').map(shown).join(' · ');
  return make('li', {},
    make('div', { class: 'refusal-head' }, make('b', { class: `code code-${Math.floor(code / 100)}` }, String(code)), make('span', {}, shown(method)), make('time', { datetime: time, class: 'quiet' }, timeOfDay(time))),
    make('p', { class: 'mono cut', title: about }, about),
    make('p', {}, shown(reason ?? '')),
    make('p', { class: 'quiet cut', title: from }, from));
}
