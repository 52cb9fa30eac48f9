import { setImmediate as nextTurn } from 'node:timers/promises';
import { Sweeper } from '@nksip-ts/memory';
import { parseAor, type Aor } from '@nksip-ts/sip';
import type { RegContact, Registered, RegistrarStore, StoredContacts } from '../store/contract.js';
import { RamRegistrations } from './registrations.js';

/** Addresses of one stretch of a list, before other work gets its turn. */
const STRETCH = 500;

/**
 * The built-in store: in the memory of this process, and synchronous. Nothing is found from the moment it expires;
 * its memory is freed by a sweep in short steps. Close it to stop its timer, which does not keep the process alive.
 */
export class RamStore implements RegistrarStore {
  readonly #ofServices = new Map<string, RamRegistrations>();
  readonly #sweeper = new Sweeper((steps) => this.#sweep(steps));

  get(srvId: string, aor: Aor): StoredContacts | undefined {
    const contacts = this.#ofServices.get(srvId)?.get(aor);
    return contacts === undefined ? undefined : { contacts };
  }

  put(srvId: string, aor: Aor, contacts: readonly RegContact[], ttl: number): void {
    let registrations = this.#ofServices.get(srvId);
    if (registrations === undefined) this.#ofServices.set(srvId, registrations = new RamRegistrations());
    registrations.put(aor, contacts, ttl);
    this.#sweeper.start();
  }

  del(srvId: string, aor: Aor): boolean {
    return this.#ofServices.get(srvId)?.del(aor) ?? false;
  }

  delAll(srvId: string): void {
    this.#ofServices.delete(srvId);
  }

  async *list(srvId: string): AsyncIterable<Registered> {
    const registrations = this.#ofServices.get(srvId);
    let steps = 0;
    for (const keys of registrations?.keys() ?? []) {
      for (const key of keys) {
        const aor = parseAor(key);
        const contacts = aor === undefined ? undefined : this.#ofServices.get(srvId)?.get(aor);
        if (aor !== undefined && contacts !== undefined) yield { aor, contacts };
        if (++steps % STRETCH === 0) await nextTurn();
      }
      if (++steps % STRETCH === 0) await nextTurn();
    }
  }

  count(srvId: string): number {
    return this.#ofServices.get(srvId)?.size ?? 0;
  }

  /** Bytes of the registrations of a service. */
  used(srvId: string): number {
    return this.#ofServices.get(srvId)?.used ?? 0;
  }

  /** By how many bytes that grows at most when an address gets these contacts; negative if it shrinks. */
  growth(srvId: string, aor: Aor, contacts: readonly RegContact[]): number {
    return this.#ofServices.get(srvId)?.growth(aor, contacts) ?? 0;
  }

  /** Stops the sweep and forgets everything. */
  close(): void {
    this.#ofServices.clear();
    this.#sweeper.stop();
  }

  #sweep(steps: number): 'more' | 'later' | 'nothing' {
    let more = false;
    let held = 0;
    for (const registrations of this.#ofServices.values()) {
      more = registrations.sweep(steps) || more;
      held += registrations.size;
    }
    return held === 0 ? 'nothing' : more ? 'more' : 'later';
  }
}
