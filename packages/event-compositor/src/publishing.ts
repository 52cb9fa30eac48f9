import { isThenable, whenReady, type MaybePromise, type SipReply } from '@nksip-ts/core';
import { decide, granted, unmatched, type Decision } from './decide.js';
import type { PublicationReason } from './events.js';
import { RETRY_AFTER } from './faults.js';
import type { Policy } from './policy.js';
import type { ServiceStore } from './service-store.js';
import type { RegPublish, StoredPublish } from './store.js';
import { Refused, type Wanted } from './wanted.js';

type Create = Extract<Decision, { step: 'create' }>;
type Change = Extract<Decision, { step: 'change' }>;
type Remove = Extract<Decision, { step: 'remove' }>;

/** How often a request is decided at most, where others change what it has read before it writes. */
const MOST_DECISIONS = 4;

export interface PublishingParts {
  readonly store: ServiceStore;
  policy(): Policy;
  /** The tag that the request, and any repeat of it, leaves behind. */
  tagOf(wanted: Wanted): string;
  /** Whether there is memory for so many bytes more. */
  hasRoom(bytes: number): boolean;
  /** Told after the store has said yes. */
  done(reason: PublicationReason, wanted: Wanted, newTag: string | undefined, record: RegPublish): void;
}

/**
 * A PUBLISH whose turn it is: get, decide, the operation, the answer. The answer is a 200 only after the store has said so;
 * whatever the store does wrong is thrown. Synchronous where the store is.
 */
export class Publishing {
  readonly #parts: PublishingParts;
  readonly #store: ServiceStore;

  constructor(parts: PublishingParts) {
    this.#parts = parts;
    this.#store = parts.store;
  }

  /** `decisions`: how often it may still be decided. */
  process(wanted: Wanted, decisions = MOST_DECISIONS): MaybePromise<SipReply> {
    const policy = this.#parts.policy();
    const { aor, ifMatch } = wanted;
    if (ifMatch === undefined) return this.#carryOut(policy, wanted, undefined, this.#parts.tagOf(wanted), decisions);
    const stored = this.#store.get(aor, ifMatch);
    return isThenable(stored) ? this.#foundLater(stored, policy, wanted, ifMatch, decisions) : this.#found(stored, policy, wanted, ifMatch, decisions);
  }

  /** Apart, as others are, so that a store that answers at once takes no closure. */
  async #foundLater(stored: Promise<StoredPublish | undefined>, policy: Policy, wanted: Wanted, ifMatch: string, decisions: number): Promise<SipReply> {
    return this.#found(await stored, policy, wanted, ifMatch, decisions);
  }

  #found(stored: StoredPublish | undefined, policy: Policy, wanted: Wanted, ifMatch: string, decisions: number): MaybePromise<SipReply> {
    const tag = policy.renew ? this.#parts.tagOf(wanted) : ifMatch;
    return stored === undefined && policy.renew ? this.#repeated(wanted, tag) : this.#carryOut(policy, wanted, stored, tag, decisions);
  }

  #carryOut(policy: Policy, wanted: Wanted, stored: StoredPublish | undefined, tag: string, decisions: number): MaybePromise<SipReply> {
    const decision = decide(policy, wanted, stored, Date.now(), tag);
    if (decision instanceof Refused) return decision.reply;
    switch (decision.step) {
      case 'nothing': return granted(0, tag);
      case 'create': return this.#create(policy, wanted, decision);
      case 'change': return this.#change(wanted, decision, stored?.version, decisions);
      case 'remove': return this.#remove(wanted, decision, stored?.version, decisions);
    }
  }

  #change(wanted: Wanted, change: Change, version: string | undefined, decisions: number): MaybePromise<SipReply> {
    if (change.growth > 0 && !this.#parts.hasRoom(change.growth)) return ['service_unavailable', RETRY_AFTER];
    if (change.tag !== change.oldTag) return this.#replace(wanted, change);
    return version === undefined ? this.#put(wanted, change, change.kind) : this.#putOver(wanted, change, version, decisions);
  }

  /** Somebody else has changed what was read, and nothing was written: what is there now is read, and decides. */
  #again(wanted: Wanted, decisions: number): MaybePromise<SipReply> {
    return decisions > 1 ? this.process(wanted, decisions - 1) : ['service_unavailable', RETRY_AFTER];
  }

  /**
   * The old tag is gone. If the tag that this very request would leave is there, the request has been carried out already, by
   * this process or by another: it gets its 200 again, with the time that remains. Else, and for a removal, it is 412.
   */
  #repeated(wanted: Wanted, tag: string): MaybePromise<SipReply> {
    if (wanted.expires === 0) return unmatched.reply;
    return whenReady(this.#store.get(wanted.aor, tag), (own) => own?.event === wanted.event
      ? grantedAgain(own, tag, Date.now())
      : unmatched.reply);
  }

  /**
   * A publication that is there under the tag of this very request was made by it: a repeat gets its 200 again and undoes no
   * newer state. It is looked for only where the address has any, as far as the store can count. Looking and writing are two steps: of
   * a repeat that two processes carry out at once, the later put is over what the other has just put, or what was made of that.
   */
  #create(policy: Policy, wanted: Wanted, create: Create): MaybePromise<SipReply> {
    const ofAor = this.#store.countOf(wanted.aor, policy.maxPerAor);
    if (ofAor === 0) return this.#createNew(policy, wanted, create);
    return whenReady(ofAor, (others) => others === 0 ? this.#createNew(policy, wanted, create) : this.#createBeside(others, policy, wanted, create));
  }

  #createBeside(others: number, policy: Policy, wanted: Wanted, create: Create): MaybePromise<SipReply> {
    return whenReady(this.#store.get(wanted.aor, create.tag), (own): MaybePromise<SipReply> => {
      if (own?.event === wanted.event) return grantedAgain(own, create.tag, Date.now());
      return others >= policy.maxPerAor ? 'forbidden' : this.#createNew(policy, wanted, create);
    });
  }

  #createNew(policy: Policy, wanted: Wanted, create: Create): MaybePromise<SipReply> {
    const all = this.#store.countAll();
    return isThenable(all) ? this.#createLater(all, policy, wanted, create) : this.#createAmong(all, policy, wanted, create);
  }

  async #createLater(all: Promise<number>, policy: Policy, wanted: Wanted, create: Create): Promise<SipReply> {
    return this.#createAmong(await all, policy, wanted, create);
  }

  #createAmong(all: number, policy: Policy, wanted: Wanted, create: Create): MaybePromise<SipReply> {
    return all >= policy.maxPublications ? ['service_unavailable', RETRY_AFTER] : this.#put(wanted, create, 'initial');
  }

  #put(wanted: Wanted, put: Create | Change, reason: PublicationReason): MaybePromise<SipReply> {
    const answer = this.#store.put(wanted.aor, put.tag, put.record, put.ttl);
    return isThenable(answer) ? this.#storedLater(answer, wanted, put, reason) : this.#stored(wanted, put, reason);
  }

  async #storedLater(answer: Promise<'ok'>, wanted: Wanted, put: Create | Change, reason: PublicationReason): Promise<SipReply> {
    await answer;
    return this.#stored(wanted, put, reason);
  }

  /** A change is written only over what has been read. */
  #putOver(wanted: Wanted, change: Change, version: string, decisions: number): MaybePromise<SipReply> {
    return whenReady(this.#store.putOver(wanted.aor, change.tag, change.record, change.ttl, version), (written) => written === 'ok'
      ? this.#stored(wanted, change, change.kind)
      : this.#again(wanted, decisions));
  }

  #replace(wanted: Wanted, change: Change): MaybePromise<SipReply> {
    const { oldTag, tag, record, ttl } = change;
    return whenReady(this.#store.replace(wanted.aor, oldTag, tag, record, ttl), (answer) => {
      switch (answer) {
        case 'replaced': return this.#stored(wanted, change, change.kind);
        case 'not_found': return this.#repeated(wanted, tag);
        case 'ok': return this.#claim(wanted, change);
      }
    });
  }

  /**
   * A simple store has written the new tag and still has the old one. Of several processes that hold the old tag one deletes it,
   * and that is who has won it. A crash before leaves both until their time is over: never less than was stored. A repeat that
   * two processes carry out at the same time is a rival of itself here, which only an atomic store can tell apart.
   */
  #claim(wanted: Wanted, change: Change): MaybePromise<SipReply> {
    return whenReady(this.#store.del(wanted.aor, change.oldTag), (won): MaybePromise<SipReply> => won === 'ok'
      ? this.#stored(wanted, change, change.kind)
      : whenReady(this.#store.del(wanted.aor, change.tag), () => unmatched.reply));
  }

  #remove(wanted: Wanted, { oldTag, tag, record }: Remove, version: string | undefined, decisions: number): MaybePromise<SipReply> {
    return whenReady(this.#store.del(wanted.aor, oldTag, version), (deleted): MaybePromise<SipReply> => {
      if (deleted === 'not_found') return version === undefined ? unmatched.reply : this.#again(wanted, decisions);
      this.#parts.done('remove', wanted, undefined, record);
      return granted(0, tag);
    });
  }

  #stored(wanted: Wanted, { tag, record, ttl }: Create | Change, reason: PublicationReason): SipReply {
    this.#parts.done(reason, wanted, tag, record);
    return granted(ttl, tag);
  }
}

/** With the time that remains, in whole seconds. `now` in milliseconds. */
function grantedAgain({ expires }: RegPublish, tag: string, now: number): SipReply {
  return granted(Math.max(1, Math.floor(expires - now / 1000)), tag);
}
