import { FinishedTable, type Finished } from './finished-table.js';
import type { CallName, ServerKey } from './server-key.js';

/**
 * The finished transactions of a service, in one table, or in two where memory is short: then the older half can be given up at once,
 * and what it took goes back to the system.
 */
export class FinishedTransactions {
  /** What a table takes with nothing in it. */
  readonly #empty: number;
  #newer = new FinishedTable();
  /** What finished before the last `part`. */
  #older: FinishedTable | undefined;

  /** `keptAtLeast`: bytes of the newest ones, which are never given up. */
  constructor(private readonly keptAtLeast: () => number) {
    this.#empty = this.#newer.held;
  }

  get size(): number { return this.#newer.size + (this.#older?.size ?? 0); }
  /** Bytes of what is kept. */
  get bytes(): number { return this.#newer.bytes + (this.#older?.bytes ?? 0); }
  /** Bytes of memory that this takes. */
  get held(): number { return this.#newer.held + (this.#older?.held ?? 0); }

  find(name: CallName): Finished | undefined {
    return this.#newer.find(name) ?? this.#older?.find(name);
  }

  add(key: ServerKey, response: Uint8Array, isLarge: boolean, deadline: number): void {
    this.#newer.add(key, response, isLarge, deadline);
  }

  isOver(now: number): boolean {
    return (this.#older ?? this.#newer).isOver(now);
  }

  dropOldest(): void {
    if (this.#older === undefined) return this.#newer.dropOldest();
    this.#older.dropOldest();
    if (this.#older.size === 0) this.#older = undefined;
  }

  /** What there is becomes the older half, if there is none, and enough to be given up. */
  part(): void {
    if (this.#older !== undefined || !this.#hasEnough) return;
    this.#older = this.#newer;
    this.#newer = new FinishedTable();
  }

  /** Gives up the oldest until so many bytes are free, or no more is worth it: a new table is made each time. */
  release(bytes: number): void {
    const most = this.held - bytes;
    while (this.held > most && this.#hasEnough) {
      this.part();
      this.#giveUpOlder();
    }
  }

  /** Whether as much could be given up as must be kept. */
  get #hasEnough(): boolean {
    return this.held > this.#empty + 2 * this.keptAtLeast();
  }

  /** All of it, but for what the newer half lacks of what is kept. */
  #giveUpOlder(): void {
    const [older, newer] = [this.#older, this.#newer];
    this.#older = undefined;
    const missing = this.keptAtLeast() - newer.bytes;
    if (older === undefined || missing <= 0) return;
    const kept = new FinishedTable();
    older.copyNewest(missing, kept);
    newer.copyNewest(newer.bytes, kept);
    this.#newer = kept;
  }

  clear(): void {
    this.#newer.clear();
    this.#older = undefined;
  }
}
