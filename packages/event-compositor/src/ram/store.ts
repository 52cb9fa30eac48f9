import { setImmediate as nextTurn } from 'node:timers/promises';
import { Sweeper } from '@nksip-ts/memory';
import type { Aor } from '@nksip-ts/sip';
import { RecordIndex } from './record-index.js';
import type { EventStateStore, Publication, RegPublish } from '../store/contract.js';

/** Records of one stretch of a list, before other work gets its turn. */
const STRETCH = 500;

export interface RamStoreOptions {
  /** Told of each publication that has expired, within half a second. `publication()` makes a copy, for who wants it at once. */
  readonly onExpired?: (srvId: string, publication: () => Publication) => void;
}

/**
 * The built-in store: in the memory of this process, all of its results at once. A record is found no more from the moment it expires;
 * its memory is freed by a sweep in short stretches. Close it to stop its timer, which alone does not keep a process alive.
 */
export class RamStore implements EventStateStore {
  readonly #indexes = new Map<string, RecordIndex>();
  readonly #onExpired: RamStoreOptions['onExpired'];
  readonly #sweeper = new Sweeper((steps) => this.#sweep(steps));

  constructor(options: RamStoreOptions = {}) {
    this.#onExpired = options.onExpired;
  }

  get(srvId: string, aor: Aor, tag: string): RegPublish | undefined {
    return this.#indexes.get(srvId)?.get(aor, tag);
  }

  /** As `get`, but `data` is a view that is good until something is stored or removed. */
  peek(srvId: string, aor: Aor, tag: string): RegPublish | undefined {
    return this.#indexes.get(srvId)?.get(aor, tag, 'view');
  }

  put(srvId: string, aor: Aor, tag: string, record: RegPublish, ttl: number): void {
    this.#indexFor(srvId).put(aor, tag, record, ttl);
    this.#sweeper.start();
  }

  replace(srvId: string, aor: Aor, previousTag: string, tag: string, record: RegPublish, ttl: number): boolean {
    return this.#indexes.get(srvId)?.replace(aor, previousTag, tag, record, ttl) ?? false;
  }

  del(srvId: string, aor: Aor, tag: string): boolean {
    return this.#indexes.get(srvId)?.del(aor, tag) ?? false;
  }

  delAll(srvId: string): void {
    this.#indexes.delete(srvId);
  }

  async *list(srvId: string, aor?: Aor): AsyncIterable<Publication> {
    const index = this.#indexes.get(srvId);
    if (index === undefined) return;
    let steps = 0;
    for (const keys of index.keys(aor)) {
      for (const key of keys) {
        if (this.#indexes.get(srvId) !== index) return;
        const publication = index.publication(key);
        if (publication !== undefined) yield publication;
        if (++steps % STRETCH === 0) await nextTurn();
      }
      if (++steps % STRETCH === 0) await nextTurn();
    }
  }

  /** As many as a stretch, which few addresses have more than. */
  listNow(srvId: string, aor: Aor): readonly Publication[] | undefined {
    const index = this.#indexes.get(srvId);
    return index === undefined ? [] : index.publications(aor, STRETCH);
  }

  count(srvId: string, aor?: Aor): number {
    const index = this.#indexes.get(srvId);
    if (index === undefined) return 0;
    return aor === undefined ? index.size : index.count(aor);
  }

  /** Bytes that the publications of a service cost. */
  used(srvId: string): number {
    return this.#indexes.get(srvId)?.used ?? 0;
  }

  /** By how many bytes that grows when a publication is replaced so; less than 0 where it shrinks, and 0 where it is not in this store. */
  growth(srvId: string, aor: Aor, previousTag: string, tag: string, record: RegPublish): number {
    return this.#indexes.get(srvId)?.growth(aor, previousTag, tag, record) ?? 0;
  }

  /** Stops the sweep and forgets everything. */
  async close(): Promise<void> {
    this.#indexes.clear();
    this.#sweeper.stop();
  }

  #indexFor(srvId: string): RecordIndex {
    let index = this.#indexes.get(srvId);
    if (index === undefined) this.#indexes.set(srvId, index = new RecordIndex());
    return index;
  }

  #sweep(steps: number): 'more' | 'later' | 'nothing' {
    let more = false;
    let held = 0;
    for (const [srvId, index] of this.#indexes) {
      more = index.sweep(steps, (publication) => this.#onExpired?.(srvId, publication)) || more;
      held += index.size;
    }
    return held === 0 ? 'nothing' : more ? 'more' : 'later';
  }
}
