import { NONE } from './slab-cells.js';

/** What the wheel needs of its items, which are numbers from 1 up. The links are the wheel's. */
export interface Timed {
  /** Milliseconds, of whatever clock. */
  deadline(item: number): number;
  before(item: number): number;
  setBefore(item: number, before: number): void;
  after(item: number): number;
  setAfter(item: number, after: number): void;
}

/** Milliseconds; how late something may be found to have expired, at most. */
const TICK = 250;
const SLOTS = 256;
/** How many ticks a slot of each level takes. All levels together reach 34 years; what is farther goes round again. */
const SPANS = [1, SLOTS, SLOTS * SLOTS, SLOTS * SLOTS * SLOTS] as const;
const FARTHEST = SLOTS ** 4 - 1;

/**
 * Finds what has expired without a timer each (a legal Expires of 4294967295 seconds overflows setTimeout) and without looking at
 * what is not. Slots are lists of linked items: to add, to move and to remove take the same time however many there are. Items
 * that are far away stand in coarse slots and are dealt out to finer ones when their time comes nearer.
 */
export class ExpiryWheel {
  readonly #items: Timed;
  /** The first item of each slot. Before it, it has its slot's number less than 0: -1 for slot 0. */
  readonly #firsts = new Int32Array(SPANS.length * SLOTS);
  /** The next tick that `sweep` looks at; a tick is a number of TICKs of the clock. */
  #next = 0;
  #size = 0;

  constructor(items: Timed) {
    this.#items = items;
  }

  get size(): number {
    return this.#size;
  }

  /** `now`: milliseconds of the clock that deadlines are of. */
  add(item: number, now: number): void {
    if (this.#size === 0) this.#next = Math.floor(now / TICK);
    this.#size++;
    this.#place(item);
  }

  /** After its deadline has changed. */
  move(item: number): void {
    this.#unlink(item);
    this.#place(item);
  }

  remove(item: number): void {
    this.#unlink(item);
    this.#size--;
  }

  /** An item has this number from now on; it has its links already. */
  renumber(item: number): void {
    const after = this.#items.after(item);
    this.#setAfter(this.#items.before(item), item);
    if (after !== NONE) this.#items.setBefore(after, item);
  }

  /**
   * Removes what has expired at `now` and hands it to `expired`. Stops after `most` steps, an item or a tick each; returns whether
   * there is more to do at once.
   */
  sweep(now: number, most: number, expired: (item: number) => void): boolean {
    let steps = most;
    while (this.#size > 0 && this.#next * TICK <= now) {
      steps = this.#dealOut(steps);
      const slot = slotOf(0, this.#next);
      for (; steps > 0 && this.#first(slot) !== NONE; steps--) {
        const item = this.#first(slot);
        this.remove(item);
        expired(item);
      }
      if (steps-- <= 0) return true;
      this.#next++;
    }
    return false;
  }

  /** At the beginning of a coarse slot's time: its items go to finer slots. Returns the steps that are left. */
  #dealOut(steps: number): number {
    for (let level = SPANS.length - 1; level > 0; level--) {
      if (this.#next % spanOf(level) !== 0) continue;
      const slot = slotOf(level, this.#next);
      for (; steps > 0 && this.#first(slot) !== NONE; steps--) this.move(this.#first(slot));
    }
    return steps;
  }

  #place(item: number): void {
    const wait = Math.min(Math.max(Math.ceil(this.#items.deadline(item) / TICK) - this.#next, 0), FARTHEST);
    let level = 0;
    while (wait >= SLOTS * spanOf(level)) level++;
    const slot = slotOf(level, this.#next + wait);
    const after = this.#first(slot);
    this.#items.setAfter(item, after);
    this.#items.setBefore(item, -slot - 1);
    this.#firsts[slot] = item;
    if (after !== NONE) this.#items.setBefore(after, item);
  }

  #unlink(item: number): void {
    const before = this.#items.before(item);
    const after = this.#items.after(item);
    this.#setAfter(before, after);
    if (after !== NONE) this.#items.setBefore(after, before);
  }

  /** `before`: an item, or a slot's number less than 0. */
  #setAfter(before: number, item: number): void {
    if (before < 0) this.#firsts[-before - 1] = item;
    else this.#items.setAfter(before, item);
  }

  #first(slot: number): number {
    return this.#firsts[slot] ?? NONE;
  }
}

function slotOf(level: number, tick: number): number {
  return level * SLOTS + Math.floor(tick / spanOf(level)) % SLOTS;
}

function spanOf(level: number): number {
  return SPANS[level] ?? Infinity;
}
