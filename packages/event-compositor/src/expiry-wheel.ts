/** Something that ends at a time. It is in one slot of one wheel at most; the links are the wheel's. */
export class Timed {
  before: Timed = this;
  after: Timed = this;
  /** Milliseconds since 1970. */
  deadline = 0;
}

/** Milliseconds; how late something may be found to be over, at most. */
const TICK = 250;
const SLOTS = 256;
/** How many ticks a slot of each level takes. All levels together reach 34 years; what is farther goes round again. */
const SPANS = [1, SLOTS, SLOTS ** 2, SLOTS ** 3] as const;
const FARTHEST = SLOTS ** 4 - 1;

/**
 * Finds what is over without a timer each (a legal Expires of 4294967295 seconds overflows setTimeout) and without looking at
 * what is not. Slots are rings of linked items: to add, to move and to remove take the same time however many there are. Items
 * that are far away stand in coarse slots and are dealt out to finer ones when their time comes nearer.
 */
export class ExpiryWheel<T extends Timed> {
  readonly #slots = Array.from({ length: SPANS.length * SLOTS }, () => new Timed());
  /** The next tick that `sweep` looks at; a tick is a number of TICKs since 1970. */
  #next = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** `now` in milliseconds since 1970. */
  add(item: T, now: number): void {
    if (this.#size === 0) this.#next = Math.floor(now / TICK);
    this.#size++;
    this.#place(item);
  }

  /** After its deadline has changed. */
  move(item: T): void {
    unlink(item);
    this.#place(item);
  }

  remove(item: T): void {
    unlink(item);
    this.#size--;
  }

  /**
   * Removes what is over at `now` and hands it to `expired`. Stops after `most` steps, an item or a tick each; answers whether
   * there is more to do at once.
   */
  sweep(now: number, most: number, expired: (item: T) => void): boolean {
    let steps = most;
    while (this.#size > 0 && this.#next * TICK <= now) {
      steps = this.#dealOut(steps);
      const slot = this.#slotOf(0, this.#next);
      for (; steps > 0 && slot.after !== slot; steps--) {
        const item = slot.after as T;
        this.remove(item);
        expired(item);
      }
      if (steps-- <= 0) return true;
      this.#next++;
    }
    return false;
  }

  /** At the beginning of a coarse slot's time: its items go to finer slots. Answers the steps that are left. */
  #dealOut(steps: number): number {
    for (let level = SPANS.length - 1; level > 0; level--) {
      if (this.#next % spanOf(level) !== 0) continue;
      const slot = this.#slotOf(level, this.#next);
      for (; steps > 0 && slot.after !== slot; steps--) this.move(slot.after as T);
    }
    return steps;
  }

  #place(item: T): void {
    const wait = Math.min(Math.max(Math.ceil(item.deadline / TICK) - this.#next, 0), FARTHEST);
    let level = 0;
    while (wait >= SLOTS * spanOf(level)) level++;
    linkBefore(this.#slotOf(level, this.#next + wait), item);
  }

  #slotOf(level: number, tick: number): Timed {
    const slot = this.#slots[level * SLOTS + Math.floor(tick / spanOf(level)) % SLOTS];
    if (slot === undefined) throw new RangeError(`No slot for tick ${tick}`);
    return slot;
  }
}

function spanOf(level: number): number {
  return SPANS[level] ?? Infinity;
}

function linkBefore(next: Timed, item: Timed): void {
  item.before = next.before;
  item.after = next;
  next.before.after = item;
  next.before = item;
}

function unlink(item: Timed): void {
  item.before.after = item.after;
  item.after.before = item.before;
  item.before = item;
  item.after = item;
}
