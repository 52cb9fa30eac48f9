import { aorKey, type Aor } from '@nksip-ts/sip';
import type { RegContact, RegistrarStore, StoredContacts } from '../store/contract.js';
import { RamRegistrations } from './registrations.js';

/** Milliseconds between two sweeps. */
const SWEEP_EVERY = 250;
/** Steps of one sweep, before other work gets its turn. */
const STRETCH = 500;

/**
 * The built-in store: in the memory of this process, all of its results at once. Nothing is found any more from the moment it expires;
 * its memory is freed by a sweep in short stretches. Close it to stop its timer, which alone does not keep a process alive.
 */
export class RamStore implements RegistrarStore {
  readonly #ofServices = new Map<string, RamRegistrations>();
  #interval: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;

  get(srvId: string, aor: Aor): StoredContacts | undefined {
    const contacts = this.#ofServices.get(srvId)?.get(aorKey(aor));
    return contacts === undefined ? undefined : { contacts };
  }

  put(srvId: string, aor: Aor, contacts: readonly RegContact[], ttl: number): void {
    let registrations = this.#ofServices.get(srvId);
    if (registrations === undefined) this.#ofServices.set(srvId, registrations = new RamRegistrations());
    registrations.put(aorKey(aor), contacts, ttl);
    this.#interval ??= setInterval(() => this.#sweep(), SWEEP_EVERY).unref();
  }

  del(srvId: string, aor: Aor): boolean {
    return this.#ofServices.get(srvId)?.del(aorKey(aor)) ?? false;
  }

  delAll(srvId: string): void {
    this.#ofServices.delete(srvId);
  }

  /** Bytes that the registrations of a service cost. */
  used(srvId: string): number {
    return this.#ofServices.get(srvId)?.used ?? 0;
  }

  /** By how many bytes that grows at most when an address gets these contacts; less than 0 where it shrinks. */
  growth(srvId: string, aor: Aor, contacts: readonly RegContact[]): number {
    return this.#ofServices.get(srvId)?.growth(aorKey(aor), contacts) ?? 0;
  }

  /** Stops the sweep and forgets everything. */
  close(): void {
    this.#ofServices.clear();
    this.#rest();
  }

  #sweep(): void {
    clearImmediate(this.#immediate);
    this.#immediate = undefined;
    let more = false;
    let held = 0;
    for (const registrations of this.#ofServices.values()) {
      more = registrations.sweep(STRETCH) || more;
      held += registrations.size;
    }
    if (held === 0) return this.#rest();
    if (more) this.#immediate = setImmediate(() => this.#sweep()).unref();
  }

  #rest(): void {
    clearInterval(this.#interval);
    clearImmediate(this.#immediate);
    this.#interval = undefined;
    this.#immediate = undefined;
  }
}
