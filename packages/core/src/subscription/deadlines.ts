import { ExpiryWheel, Sweeper } from '@nksip-ts/memory';

/** What has a deadline. The links are the wheel's. */
export interface Due {
  /** Milliseconds by performance.now(). */
  dueAt: number;
  /** Its number in the wheel; 0: it is not in it. */
  slot: number;
  before: number;
  after: number;
}

/** The deadlines of a service's subscriptions: one timer for all of them, and none where there are none. */
export class Deadlines<T extends Due> {
  /** From 1 on, without gaps: the last one takes the place of one that goes, so that V8 gives back what the array no longer needs. */
  readonly #items: (T | undefined)[] = [undefined];
  readonly #wheel: ExpiryWheel;
  readonly #sweeper = new Sweeper((steps) => this.#sweep(steps));

  /** `due` is called when the deadline of an item has passed; the item is out of the wheel then. */
  constructor(private readonly due: (item: T) => void) {
    const at = (slot: number): T => this.#at(slot);
    this.#wheel = new ExpiryWheel({
      deadline: (slot) => at(slot).dueAt,
      before: (slot) => at(slot).before,
      setBefore: (slot, before) => { at(slot).before = before; },
      after: (slot) => at(slot).after,
      setAfter: (slot, after) => { at(slot).after = after; },
    });
  }

  /** Adds an item, or moves it. */
  set(item: T, dueAt: number): void {
    item.dueAt = Math.ceil(dueAt);
    if (item.slot > 0) return this.#wheel.move(item.slot);
    item.slot = this.#items.push(item) - 1;
    this.#wheel.add(item.slot, performance.now());
    this.#sweeper.start();
  }

  remove(item: T): void {
    if (item.slot === 0) return;
    this.#wheel.remove(item.slot);
    this.#forget(item);
  }

  close(): void {
    this.#sweeper.stop();
  }

  #sweep(steps: number): 'more' | 'later' | 'nothing' {
    const isMore = this.#wheel.sweep(performance.now(), steps, (slot) => {
      const item = this.#at(slot);
      this.#forget(item);
      this.due(item);
    });
    return this.#wheel.size === 0 ? 'nothing' : isMore ? 'more' : 'later';
  }

  #forget(item: T): void {
    const { slot } = item;
    const last = this.#items.pop();
    if (last !== undefined && last !== item) {
      this.#items[slot] = last;
      last.slot = slot;
      this.#wheel.renumber(slot);
    }
    item.slot = 0;
  }

  #at(slot: number): T {
    const item = this.#items[slot];
    if (item === undefined) throw new RangeError(`There is no deadline ${slot}`);
    return item;
  }
}
