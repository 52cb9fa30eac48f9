import { isThenable, whenReady, type MaybePromise, type SipReply } from '@nksip-ts/core';
import type { Aor } from '@nksip-ts/sip';
import type { BodyCheck } from './body-check.js';
import { decide, granted, unmatched, type Decision } from './decide.js';
import type { PublicationReason } from '../events.js';
import type { Policy } from './policy.js';
import { logOf, type PublishKind } from './request-log.js';
import { addressFull, changedMeanwhile, outOfMemory, serviceFull } from './refusals.js';
import type { ServiceStore } from '../store/service-store.js';
import type { RegPublish, StoredPublish } from '../store/contract.js';
import { Refused, type Wanted } from './wanted.js';
import { takePlace, type GivingWay } from './who-gives-way.js';

type Create = Extract<Decision, { step: 'create' }>;
export type Change = Extract<Decision, { step: 'change' }>;
type Remove = Extract<Decision, { step: 'remove' }>;

/** How often a request is decided at most, where others change what it has read before it writes. */
const MOST_DECISIONS = 4;

export interface PublishingParts {
  readonly store: ServiceStore;
  policy(): Policy;
  /** The tag that the request, and any repeat of it, leaves behind. */
  tagOf(wanted: Wanted): string;
  /** Looks into bodies; undefined: nobody wants to. */
  readonly check: BodyCheck | undefined;
  /** Whether there is memory for a change. */
  hasRoom(aor: Aor, change: Change): boolean;
  /** Whether anybody reads in the log what was done. */
  isLogged(): boolean;
  /** Told after the store has said yes. */
  done(reason: PublicationReason, wanted: Wanted, newTag: string | undefined, record: RegPublish): void;
  /** Told of what has made room for another publication. */
  gone(leaving: GivingWay): void;
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
    const stored = this.#store.get(aor, ifMatch, policy.grace);
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
    const decision = decide(policy, wanted, stored, Date.now(), tag, this.#parts.check);
    if (decision instanceof Refused) return decision.reply;
    switch (decision.step) {
      case 'nothing': return this.#granted('initial', wanted, tag, 0);
      case 'create': return this.#create(policy, wanted, decision, decisions);
      case 'change': return this.#change(wanted, decision, stored?.version, decisions);
      case 'remove': return this.#remove(wanted, decision, stored?.version, decisions);
    }
  }

  #change(wanted: Wanted, change: Change, version: string | undefined, decisions: number): MaybePromise<SipReply> {
    if (!this.#parts.hasRoom(wanted.aor, change)) return outOfMemory;
    if (change.tag !== change.oldTag) return this.#replace(wanted, change);
    return version === undefined ? this.#put(wanted, change, change.kind) : this.#putOver(wanted, change, version, decisions);
  }

  /** Somebody else has changed what was read, and nothing was written: what is there now is read, and decides. */
  #again(wanted: Wanted, decisions: number): MaybePromise<SipReply> {
    return decisions > 1 ? this.process(wanted, decisions - 1) : changedMeanwhile;
  }

  /**
   * The old tag is gone. If the tag that this very request would leave is there, the request has been carried out already, by
   * this process or by another: it gets its 200 again, with the time that remains. Else, and for a removal, it is 412.
   */
  #repeated(wanted: Wanted, tag: string): MaybePromise<SipReply> {
    if (wanted.expires === 0) return unmatched.reply;
    return whenReady(this.#store.get(wanted.aor, tag), (own) => own?.event === wanted.event
      ? this.#grantedAgain(wanted, own, tag)
      : unmatched.reply);
  }

  /**
   * A publication that is there under the tag of this very request was made by it: a repeat gets its 200 again and undoes no
   * newer state. It is looked for only where the address has any, as far as the store can count. Looking and writing are two steps: of
   * a repeat that two processes carry out at once, the later put is over what the other has just put, or what was made of that.
   */
  #create(policy: Policy, wanted: Wanted, create: Create, decisions: number): MaybePromise<SipReply> {
    const ofAor = this.#store.countOf(wanted.aor, policy.maxPerAor);
    if (ofAor === 0) return this.#createNew(policy, wanted, create);
    return whenReady(ofAor, (others) => others === 0 ? this.#createNew(policy, wanted, create) : this.#createBeside(others, policy, wanted, create, decisions));
  }

  #createBeside(others: number, policy: Policy, wanted: Wanted, create: Create, decisions: number): MaybePromise<SipReply> {
    return whenReady(this.#store.get(wanted.aor, create.tag), (own): MaybePromise<SipReply> => {
      if (own?.event === wanted.event) return this.#grantedAgain(wanted, own, create.tag);
      return others >= policy.maxPerAor ? this.#createAtCap(policy, wanted, create, decisions) : this.#createNew(policy, wanted, create);
    });
  }

  /** From can be forged: only who has signed in has publications that can be told from those of others. */
  #createAtCap(policy: Policy, wanted: Wanted, create: Create, decisions: number): MaybePromise<SipReply> {
    const user = policy.replacesOldest && wanted.digestUsers.size > 0 ? wanted.publisher : undefined;
    // Nothing is listed where nothing can give way: it would cost more than all else that is done for a request that is refused.
    if (user === undefined && policy.grace === 0) return addressFull;
    return whenReady(takePlace(this.#store, wanted.aor, policy.maxPerAor, { ...create, user, now: Date.now() }), (taken): MaybePromise<SipReply> => {
      switch (taken) {
        case 'room': return this.#createNew(policy, wanted, create);
        case 'full': return addressFull;
        case 'changed': return this.#again(wanted, decisions);
      }
      this.#parts.gone(taken);
      return this.#stored(wanted, create, 'initial');
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
    return all >= policy.maxPublications ? serviceFull : this.#put(wanted, create, 'initial');
  }

  #put(wanted: Wanted, put: Create | Change, reason: Change['kind'] | 'initial'): MaybePromise<SipReply> {
    const answer = this.#store.put(wanted.aor, put.tag, put.record, put.ttl);
    return isThenable(answer) ? this.#storedLater(answer, wanted, put, reason) : this.#stored(wanted, put, reason);
  }

  async #storedLater(answer: Promise<'ok'>, wanted: Wanted, put: Create | Change, reason: Change['kind'] | 'initial'): Promise<SipReply> {
    await answer;
    return this.#stored(wanted, put, reason);
  }

  /** A change is written only over what has been read. */
  #putOver(wanted: Wanted, change: Change, version: string, decisions: number): MaybePromise<SipReply> {
    return whenReady(this.#store.putOver(wanted.aor, change.tag, change.record, change.ttl, version), (written) => written === 'ok'
      ? this.#stored(wanted, change, change.kind)
      : this.#again(wanted, decisions));
  }

  /** Of several processes that hold the old tag one wins the new one, and the others find that it is gone. */
  #replace(wanted: Wanted, change: Change): MaybePromise<SipReply> {
    const { oldTag, tag, record, ttl } = change;
    return whenReady(this.#store.replace(wanted.aor, oldTag, tag, record, ttl), (replaced) => replaced
      ? this.#stored(wanted, change, change.kind)
      : this.#repeated(wanted, tag));
  }

  #remove(wanted: Wanted, { oldTag, tag, record }: Remove, version: string | undefined, decisions: number): MaybePromise<SipReply> {
    return whenReady(this.#store.del(wanted.aor, oldTag, version), (deleted): MaybePromise<SipReply> => {
      if (deleted === 'not_found') return version === undefined ? unmatched.reply : this.#again(wanted, decisions);
      this.#parts.done('remove', wanted, undefined, record);
      return this.#granted('remove', wanted, tag, 0);
    });
  }

  #stored(wanted: Wanted, { tag, record, lifetime }: Create | Change, reason: Change['kind'] | 'initial'): SipReply {
    this.#parts.done(reason, wanted, tag, record);
    return this.#granted(reason, wanted, tag, lifetime);
  }

  /** With the time that remains, in whole seconds. */
  #grantedAgain(wanted: Wanted, { expires }: RegPublish, tag: string): SipReply {
    return this.#granted('repeat', wanted, tag, Math.max(1, Math.floor(expires - Date.now() / 1000)));
  }

  #granted(kind: PublishKind, wanted: Wanted, tag: string, expires: number): SipReply {
    return granted(expires, tag, this.#parts.isLogged() ? logOf(kind, wanted, tag, expires) : undefined);
  }
}
