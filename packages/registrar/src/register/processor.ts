import { isThenable, Refused, whenReady, type MaybePromise, type SipReply } from '@nksip-ts/core';
import { aorKey, type Aor } from '@nksip-ts/sip';
import type { CallbackStore } from '../store/callback-store.js';
import type { RegContact, StoredContacts } from '../store/contract.js';
import { decide, type Decision } from './decide.js';
import { changedMeanwhile, outOfMemory } from './overload-replies.js';
import type { Policy } from './policy.js';
import { registered } from './registered.js';
import type { RegisterRequest } from './request.js';

/** How often a request is decided at most, if others keep changing the contacts between its read and its write. */
const MOST_DECISIONS = 8;

export interface ProcessorParts {
  readonly store: CallbackStore;
  policy(): Policy;
  /** Whether there is memory for these contacts. */
  hasRoom(aor: Aor, contacts: readonly RegContact[]): boolean;
  /** The store has these contacts now. */
  changed(aor: Aor, contacts: readonly RegContact[]): void;
  /** Whether the log level includes what was done. */
  isLogged(): boolean;
}

/**
 * Processes a REGISTER whose turn it is: get, decide, write, reply. The reply is a 200 only once the store has written; a failure of the store
 * is thrown. Synchronous if the store is.
 */
export class RegisterProcessor {
  constructor(private readonly parts: ProcessorParts) {}

  /** `decisions`: how often the request may still be decided. */
  process(request: RegisterRequest, decisions = MOST_DECISIONS): MaybePromise<SipReply> {
    const found = this.parts.store.get(request.aor);
    return isThenable(found) ? found.then((later) => this.#decided(request, later, decisions)) : this.#decided(request, found, decisions);
  }

  #decided(request: RegisterRequest, found: StoredContacts | undefined, decisions: number): MaybePromise<SipReply> {
    const now = Date.now();
    const decision = decide(this.parts.policy(), request, found?.contacts ?? [], now);
    if (decision instanceof Refused) return decision.reply;
    const { contacts, isChanged } = decision;
    if (!isChanged) return this.#done(request, decision, now);
    if (contacts.length > 0 && !this.parts.hasRoom(request.aor, contacts)) return outOfMemory;
    return whenReady(this.#write(request.aor, contacts, found, now), (written) => {
      // 'not_found': another process has changed the contacts, and nothing was written. They are read and decided again.
      if (written === 'ok') {
        this.parts.changed(request.aor, contacts);
        return this.#done(request, decision, now);
      }
      return decisions > 1 ? this.process(request, decisions - 1) : changedMeanwhile;
    });
  }

  #write(aor: Aor, contacts: readonly RegContact[], found: StoredContacts | undefined, now: number): MaybePromise<'ok' | 'not_found'> {
    if (contacts.length > 0) return this.parts.store.put(aor, contacts, ttlOf(contacts, now), found === undefined ? '' : found.version);
    if (found?.version !== undefined) return this.parts.store.del(aor, found.version);
    // Without versions there is no other process: what is gone meanwhile has expired.
    return whenReady(this.parts.store.del(aor), () => 'ok');
  }

  #done(request: RegisterRequest, { contacts }: Decision, now: number): SipReply {
    return registered(contacts, request.path, now, this.parts.isLogged() ? { aor: aorKey(request.aor), contacts: contacts.length } : undefined);
  }
}

/** Seconds until the last one has expired. */
function ttlOf(contacts: readonly RegContact[], now: number): number {
  let last = 0;
  for (const { expires } of contacts) if (expires > last) last = expires;
  return Math.max(1, Math.ceil(Math.round(last * 1000 - now) / 1000));
}
