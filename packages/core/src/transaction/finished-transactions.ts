import { FinishedTable, type Finished } from './finished-table.js';
import type { ServerKey } from './server-key.js';

/**
 * The finished transactions of a service, in one table, or in two where memory is short: then the older half can be given up at once,
 * and what it took goes back to the system.
 */
export class FinishedTransactions {
  #newer = new FinishedTable();
  /** What finished before the last `part`. */
  #older: FinishedTable | undefined;

  get size(): number { return this.#newer.size + (this.#older?.size ?? 0); }
  /** Bytes of what is kept. */
  get bytes(): number { return this.#newer.bytes + (this.#older?.bytes ?? 0); }
  /** Bytes of memory that this takes. */
  get held(): number { return this.#newer.held + (this.#older?.held ?? 0); }

  find(call: string): Finished | undefined {
    return this.#newer.find(call) ?? this.#older?.find(call);
  }

  add(key: ServerKey, response: Uint8Array, deadline: number): void {
    this.#newer.add(key, response, deadline);
  }

  isOver(now: number): boolean {
    return (this.#older ?? this.#newer).isOver(now);
  }

  dropOldest(): void {
    if (this.#older === undefined) return this.#newer.dropOldest();
    this.#older.dropOldest();
    if (this.#older.size === 0) this.#older = undefined;
  }

  /** What there is becomes the older half, if there is none. */
  part(): void {
    if (this.#older !== undefined || this.#newer.size === 0) return;
    this.#older = this.#newer;
    this.#newer = new FinishedTable();
  }

  /** Gives up the oldest until so many bytes are free, or nothing is left. */
  release(bytes: number): void {
    const most = this.held - bytes;
    while (this.held > most && this.size > 0) {
      this.part();
      this.#older = undefined;
    }
  }

  clear(): void {
    this.#newer.clear();
    this.#older = undefined;
  }
}
