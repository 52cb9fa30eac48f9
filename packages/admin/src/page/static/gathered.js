// What comes faster than anybody reads is shown a few times a second.

/** In milliseconds. */
const pause = 200;

/** More than this of one kind between two times is not kept: `onTooMany` instead. */
const most = 2_000;

/** @template Item */
export class Gathered {
  /** @type {Item[]} */
  #items = [];
  #isTooMany = false;
  #show;
  #onTooMany;

  /**
   * @param {(items: readonly Item[]) => void} show
   * @param {() => void} onTooMany
   */
  constructor(show, onTooMany) {
    this.#show = show;
    this.#onTooMany = onTooMany;
  }

  /** @param {Item} item */
  add(item) {
    if (this.#items.length === 0 && !this.#isTooMany) setTimeout(() => this.#flush(), pause);
    if (this.#items.length < most) this.#items.push(item);
    else this.#isTooMany = true;
  }

  #flush() {
    const items = this.#items;
    const isTooMany = this.#isTooMany;
    this.#items = [];
    this.#isTooMany = false;
    this.#show(items);
    if (isTooMany) this.#onTooMany();
  }
}
