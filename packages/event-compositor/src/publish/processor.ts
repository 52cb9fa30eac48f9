import { isThenable, Refused, whenReady, type MaybePromise, type SipReply } from '@nksip-ts/core';
import type { Aor } from '@nksip-ts/sip';
import type { BodyChecks } from './body-check.js';
import { decide, granted, unmatched, type Decision } from './decide.js';
import type { PublicationReason } from '../events.js';
import type { Policy } from './policy.js';
import { logOf, type PublishKind } from './log-fields.js';
import { Moments } from './moments.js';
import { addressFull, changedMeanwhile, outOfMemory, serviceFull } from './overload-replies.js';
import type { CallbackStore } from '../store/callback-store.js';
import type { RegPublish, StoredPublish } from '../store/contract.js';
import { kept, type PublishRequest } from './request.js';
import { takePlace, type GivingWay } from './who-gives-way.js';

type Create = Extract<Decision, { step: 'create' }>;
export type Change = Extract<Decision, { step: 'change' }>;
type Remove = Extract<Decision, { step: 'remove' }>;

/** How often a request is decided at most, where others change what it has read before it writes. */
const MOST_DECISIONS = 4;

export interface ProcessorParts {
  readonly store: CallbackStore;
  policy(): Policy;
  /** The tag that the request, and any repeat of it, leaves behind. */
  tagOf(request: PublishRequest): string;
  readonly checks: BodyChecks;
  /** Whether there is memory for a change. */
  hasRoom(aor: Aor, change: Change): boolean;
  /** Whether what is stored may be looked at where it is: nobody else will have it, and it is in the memory of this process. */
  mayPeek(): boolean;
  /** Whether anybody reads in the log what was done. */
  isLogged(): boolean;
  /** Told after the store has said yes. */
  done(reason: PublicationReason, request: PublishRequest, newTag: string | undefined, record: RegPublish): void;
  /** Told of what has made room for another publication. */
  gone(leaving: GivingWay): void;
}

/**
 * A PUBLISH whose turn it is: get, decide, the operation, the response. The response is a 200 only after the store has said so;
 * whatever the store does wrong is thrown. Synchronous where the store is.
 */
export class PublishProcessor {
  readonly #parts: ProcessorParts;
  readonly #store: CallbackStore;
  readonly #moments = new Moments();

  constructor(parts: ProcessorParts) {
    this.#parts = parts;
    this.#store = parts.store;
  }

  /** `decisions`: how often it may still be decided. */
  process(request: PublishRequest, decisions = MOST_DECISIONS): MaybePromise<SipReply> {
    const policy = this.#parts.policy();
    const { aor, ifMatch } = request;
    if (ifMatch === undefined) return this.#carryOut(policy, request, undefined, this.#parts.tagOf(request), decisions);
    const stored = this.#parts.mayPeek() ? this.#store.peek(aor, ifMatch, policy.grace) : this.#store.get(aor, ifMatch, policy.grace);
    return isThenable(stored) ? this.#foundLater(stored, policy, request, ifMatch, decisions) : this.#found(stored, policy, request, ifMatch, decisions);
  }

  /** Apart, as others are, so that a store that returns at once takes no closure. */
  async #foundLater(stored: Promise<StoredPublish | undefined>, policy: Policy, request: PublishRequest, ifMatch: string, decisions: number): Promise<SipReply> {
    return this.#found(await stored, policy, request, ifMatch, decisions);
  }

  #found(stored: StoredPublish | undefined, policy: Policy, request: PublishRequest, ifMatch: string, decisions: number): MaybePromise<SipReply> {
    const tag = policy.renew ? this.#parts.tagOf(request) : ifMatch;
    return stored === undefined && policy.renew ? this.#repeated(request, tag) : this.#carryOut(policy, request, stored, tag, decisions);
  }

  #carryOut(policy: Policy, request: PublishRequest, stored: StoredPublish | undefined, tag: string, decisions: number): MaybePromise<SipReply> {
    const decision = decide(policy, request, stored, this.#moments.now(), tag, this.#parts.checks.all);
    if (decision instanceof Refused) return decision.reply;
    switch (decision.step) {
      case 'nothing': return this.#granted('initial', request, tag, 0);
      case 'create': return this.#create(policy, request, decision, decisions);
      case 'change': return this.#change(request, decision, stored?.version, decisions);
      case 'remove': return this.#remove(request, decision, stored?.version, decisions);
    }
  }

  #change(request: PublishRequest, change: Change, version: string | undefined, decisions: number): MaybePromise<SipReply> {
    if (!this.#parts.hasRoom(request.aor, change)) return outOfMemory;
    if (change.tag !== change.oldTag) return this.#replace(request, change);
    return version === undefined ? this.#put(request, change, change.kind) : this.#putOver(request, change, version, decisions);
  }

  /** Somebody else has changed what was read, and nothing was written: what is there now is read, and decides. */
  #again(request: PublishRequest, decisions: number): MaybePromise<SipReply> {
    return decisions > 1 ? this.process(request, decisions - 1) : changedMeanwhile;
  }

  /**
   * The old tag is gone. If the tag that this very request would leave is there, the request has been carried out already, by
   * this process or by another: it gets its 200 again, with the time that remains. Else, and for a removal, it is 412.
   */
  #repeated(request: PublishRequest, tag: string): MaybePromise<SipReply> {
    if (request.expires === 0) return unmatched.reply;
    return whenReady(this.#store.get(request.aor, tag), (own) => own?.event === request.event
      ? this.#grantedAgain(request, own, tag)
      : unmatched.reply);
  }

  /**
   * A publication that is there under the tag of this very request was made by it: a repeat gets its 200 again and undoes no
   * newer state. It is looked for only where the address has any, as far as the store can count. Looking and writing are two steps: of
   * a repeat that two processes carry out at once, the later put is over what the other has just put, or what was made of that.
   */
  #create(policy: Policy, request: PublishRequest, create: Create, decisions: number): MaybePromise<SipReply> {
    const ofAor = this.#store.countOf(request.aor, policy.maxPerAor);
    if (ofAor === 0) return this.#createNew(policy, request, create);
    return whenReady(ofAor, (others) => others === 0 ? this.#createNew(policy, request, create) : this.#createBeside(others, policy, request, create, decisions));
  }

  #createBeside(others: number, policy: Policy, request: PublishRequest, create: Create, decisions: number): MaybePromise<SipReply> {
    return whenReady(this.#store.get(request.aor, create.tag), (own): MaybePromise<SipReply> => {
      if (own?.event === request.event) return this.#grantedAgain(request, own, create.tag);
      return others >= policy.maxPerAor ? this.#createAtCap(policy, request, create, decisions) : this.#createNew(policy, request, create);
    });
  }

  /** From can be forged: only who has signed in has publications that can be told from those of others. */
  #createAtCap(policy: Policy, request: PublishRequest, create: Create, decisions: number): MaybePromise<SipReply> {
    const user = policy.replacesOldest ? request.user : undefined;
    // Nothing is listed where nothing can give way: it would cost more than all else that is done for a request that is refused.
    if (user === undefined && policy.grace === 0) return addressFull;
    const lasting = kept(request);
    return this.#inPlaceOfAnother(policy, lasting, { ...create, record: { ...create.record, data: lasting.content?.data ?? create.record.data } }, user, decisions);
  }

  #inPlaceOfAnother(policy: Policy, request: PublishRequest, create: Create, user: string | undefined, decisions: number): MaybePromise<SipReply> {
    return whenReady(takePlace(this.#store, request.aor, policy.maxPerAor, { ...create, user, now: Date.now() }), (taken): MaybePromise<SipReply> => {
      switch (taken) {
        case 'room': return this.#createNew(policy, request, create);
        case 'full': return addressFull;
        case 'changed': return this.#again(request, decisions);
      }
      this.#parts.gone(taken);
      return this.#stored(request, create, 'initial');
    });
  }

  #createNew(policy: Policy, request: PublishRequest, create: Create): MaybePromise<SipReply> {
    const all = this.#store.countAll();
    return isThenable(all) ? this.#createLater(all, policy, request, create) : this.#createAmong(all, policy, request, create);
  }

  async #createLater(all: Promise<number>, policy: Policy, request: PublishRequest, create: Create): Promise<SipReply> {
    return this.#createAmong(await all, policy, request, create);
  }

  #createAmong(all: number, policy: Policy, request: PublishRequest, create: Create): MaybePromise<SipReply> {
    return all >= policy.maxPublications ? serviceFull : this.#put(request, create, 'initial');
  }

  #put(request: PublishRequest, put: Create | Change, reason: Change['kind'] | 'initial'): MaybePromise<SipReply> {
    const result = this.#store.put(request.aor, put.tag, put.record, put.ttl);
    return isThenable(result) ? this.#storedLater(result, request, put, reason) : this.#stored(request, put, reason);
  }

  async #storedLater(result: Promise<'ok'>, request: PublishRequest, put: Create | Change, reason: Change['kind'] | 'initial'): Promise<SipReply> {
    await result;
    return this.#stored(request, put, reason);
  }

  /** A change is written only over what has been read. */
  #putOver(request: PublishRequest, change: Change, version: string, decisions: number): MaybePromise<SipReply> {
    return whenReady(this.#store.putOver(request.aor, change.tag, change.record, change.ttl, version), (written) => written === 'ok'
      ? this.#stored(request, change, change.kind)
      : this.#again(request, decisions));
  }

  /** Of several processes that hold the old tag one wins the new one, and the others find that it is gone. */
  #replace(request: PublishRequest, change: Change): MaybePromise<SipReply> {
    const { oldTag, tag, record, ttl } = change;
    return whenReady(this.#store.replace(request.aor, oldTag, tag, record, ttl), (replaced) => replaced
      ? this.#stored(request, change, change.kind)
      : this.#repeated(request, tag));
  }

  #remove(request: PublishRequest, { oldTag, tag, record }: Remove, version: string | undefined, decisions: number): MaybePromise<SipReply> {
    return whenReady(this.#store.del(request.aor, oldTag, version), (deleted): MaybePromise<SipReply> => {
      if (deleted === 'not_found') return version === undefined ? unmatched.reply : this.#again(request, decisions);
      this.#parts.done('remove', request, undefined, record);
      return this.#granted('remove', request, tag, 0);
    });
  }

  #stored(request: PublishRequest, { tag, record, lifetime }: Create | Change, reason: Change['kind'] | 'initial'): SipReply {
    this.#parts.done(reason, request, tag, record);
    return this.#granted(reason, request, tag, lifetime);
  }

  /** With the time that remains, in whole seconds. */
  #grantedAgain(request: PublishRequest, { expires }: RegPublish, tag: string): SipReply {
    return this.#granted('repeat', request, tag, Math.max(1, Math.floor(expires - Date.now() / 1000)));
  }

  #granted(kind: PublishKind, request: PublishRequest, tag: string, expires: number): SipReply {
    return granted(expires, tag, this.#parts.isLogged() ? logOf(kind, request, tag, expires) : undefined);
  }
}
