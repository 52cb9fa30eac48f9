/** Something that is called at a certain time. */
export interface Scheduled {
  /** The tick of its time; 0: it has none. */
  due: number;
}

/** Milliseconds; no timer waits longer, so that after a suspension of the machine nothing is later than this. */
const LONGEST = 60_000;

/**
 * Calls things at their times with one timer for all of them. Times are rounded up to whole ticks, and what is due at the same tick is in one
 * set, so that to set, to move and to cancel take the same time however many there are.
 */
export class Timetable<T extends Scheduled> {
  readonly #ticks = new Map<number, Set<T>>();
  /** The ticks that have a set, as a heap: each is less than those at twice its place. */
  readonly #heap: number[] = [];
  #timer: NodeJS.Timeout | undefined;
  #armedFor = Infinity;

  /** `tick` in milliseconds. `call` is told each item when its time has come; it may set it again. */
  constructor(private readonly tick: number, private readonly call: (item: T) => void) {}

  /** `at`: a moment of performance.now(). Replaces any earlier setting. */
  set(item: T, at: number): void {
    const due = Math.max(1, Math.ceil(at / this.tick));
    if (item.due === due) return;
    this.cancel(item);
    item.due = due;
    const there = this.#ticks.get(due);
    if (there === undefined) {
      this.#ticks.set(due, new Set([item]));
      this.#pushTick(due);
    } else {
      there.add(item);
    }
    this.#arm();
  }

  cancel(item: T): void {
    if (item.due === 0) return;
    this.#ticks.get(item.due)?.delete(item);
    item.due = 0;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#ticks.clear();
    this.#heap.length = 0;
    this.#armedFor = Infinity;
  }

  #arm(): void {
    const first = this.#heap[0];
    if (first === undefined || first >= this.#armedFor) return;
    clearTimeout(this.#timer);
    this.#armedFor = first;
    this.#timer = setTimeout(() => { this.#run(); }, Math.min(Math.max(first * this.tick - performance.now(), 0), LONGEST));
    this.#timer.unref();
  }

  #run(): void {
    this.#armedFor = Infinity;
    // A timer may be early by less than a millisecond.
    const now = (performance.now() + 1) / this.tick;
    for (let first = this.#heap[0]; first !== undefined && first <= now; first = this.#heap[0]) {
      const due = this.#ticks.get(first);
      this.#ticks.delete(first);
      this.#popTick();
      for (const item of due ?? []) {
        // What was called before it has cancelled or moved it.
        if (item.due !== first) continue;
        item.due = 0;
        this.call(item);
      }
    }
    this.#arm();
  }

  #pushTick(tick: number): void {
    const heap = this.#heap;
    let at = heap.push(tick) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const other = heap[above] ?? 0;
      if (other <= tick) break;
      heap[at] = other;
      at = above;
    }
    heap[at] = tick;
  }

  #popTick(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const below = (heap[left + 1] ?? Infinity) < (heap[left] ?? Infinity) ? left + 1 : left;
      const other = heap[below] ?? Infinity;
      if (other >= last) break;
      heap[at] = other;
      at = below;
    }
    heap[at] = last;
  }
}
