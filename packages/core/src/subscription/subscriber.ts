import { parseNameAddr, type Message } from '@nksip-ts/sip';
import type { CameFrom } from '../dialog/came-from.js';
import type { Dialog } from '../dialog/dialog.js';
import { NksipError } from '../errors.js';
import { readOptions, resubscribeOptions, subscribeOptions } from '../uac/request-options.js';
import { readUri } from '../uac/uac.js';
import { ClientAttempt, localTagIn } from './client-attempt.js';
import type { ClientSubscription, SubscriberParts } from './client-subscription.js';
import type { Subscribed } from './contract.js';
import type { NotifyRefusal } from './refuse-notify.js';

/** The subscriptions of one service at others (RFC 6665 4.1). */
export class Subscriber {
  /** By our tag, under which a NOTIFY finds its subscription. */
  readonly #attempts = new Map<string, ClientAttempt>();

  /** Subscriptions beyond the first of each SUBSCRIBE. */
  #forks = 0;

  constructor(private readonly parts: SubscriberParts) {}

  /** How many there are, and may come of a SUBSCRIBE under way. */
  get size(): number {
    return this.#attempts.size + this.#forks;
  }

  /** To a URI a new one; to a handle a SUBSCRIBE in its dialog. */
  async subscribe(target: string, options: unknown = {}): Promise<Subscribed> {
    if (!isHandle(target)) return await this.#begin(target, options);
    const found = this.find(target);
    const read = readOptions(resubscribeOptions, options);
    if (found === undefined) throw new NksipError('subscription_not_found', { subscription: target });
    return await found.subscribe(read);
  }

  /** Why a NOTIFY cannot be taken; undefined: it can. */
  refusal(notify: Message): NotifyRefusal | undefined {
    const attempt = this.#attempts.get(notify.toTag);
    return attempt === undefined ? 'none' : attempt.refusal(notify);
  }

  /** The subscription that a NOTIFY belongs to, or makes; it has not been refused. */
  take(notify: Message, way: CameFrom): ClientSubscription | undefined {
    return this.#attempts.get(notify.toTag)?.take(notify, way);
  }

  /** The dialog that a NOTIFY belongs to, if it is there. */
  dialogOf(notify: Message): Dialog | undefined {
    return this.#attempts.get(notify.toTag)?.dialogOf(notify);
  }

  find(handle: string): ClientSubscription | undefined {
    const attempt = this.#attempts.get(localTagIn(handle) ?? '');
    for (const one of attempt?.subscriptions ?? []) if (one.handle === handle) return one;
    return undefined;
  }

  /** All, or those of one Call-ID. */
  *all(callId?: string): Generator<ClientSubscription> {
    for (const attempt of [...this.#attempts.values()]) {
      if (callId === undefined || attempt.callId === callId) yield* [...attempt.subscriptions];
    }
  }

  /** Ends all of them: no timer is left. */
  close(): void {
    for (const attempt of [...this.#attempts.values()]) attempt.close();
  }

  async #begin(target: string, options: unknown): Promise<Subscribed> {
    const read = readOptions(subscribeOptions, options);
    const uri = readUri(target);
    const host = this.parts.host();
    const limit = this.parts.limit();
    if (this.size >= limit) throw new NksipError('queue_full', { what: 'notifications: end a subscription', limit });
    const localTag = this.#tagIn(read.from ?? host.identity.from) ?? host.randomHex(8);
    const attempt = new ClientAttempt(read.call_id ?? host.randomHex(16), localTag, uri, read, {
      ...this.parts,
      mayFork: () => this.size < this.parts.limit(),
      forked: (by) => { this.#forks += by; },
      over: () => { this.#attempts.delete(localTag); },
    });
    // Before the SUBSCRIBE leaves: RFC 6665 4.1.2.4 has a NOTIFY taken that is here before its 2xx.
    this.#attempts.set(localTag, attempt);
    return await attempt.send();
  }

  /** That of a From which has one: nobody else may have it. */
  #tagIn(from: string): string | undefined {
    const tag = parseNameAddr(from)?.params.get('tag');
    if (tag !== undefined && this.#attempts.has(tag)) throw new NksipError('invalid_option', { option: 'from', given: from, reason: 'another subscription of this service has its tag' });
    return tag;
  }
}

function isHandle(target: unknown): target is string {
  return typeof target === 'string' && /^[CU]_/.test(target);
}
