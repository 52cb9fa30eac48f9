import { whenReady, type Chain } from '../callback/chain.js';
import { NksipError, reasonOf } from '../errors.js';
import type { DialogUpdate, Subscription, SubscriptionStatus } from './contract.js';
import { snapshotOf, type Entry } from './entry.js';
import type { SubscriptionRules } from './rules.js';

/** Tells whoever implements `sip_dialog_update` what became of a subscription. Nobody can refuse it: what one throws is a fault, and the others are told. */
export class Teller {
  constructor(private readonly rules: () => SubscriptionRules, private readonly fault: (error: unknown) => void) {}

  /** Its dialog begins, and so does it: of both the same is told. */
  began(entry: Entry): void {
    const chain = this.#listeners();
    if (chain === undefined) return;
    const subscription = snapshotOf(entry, performance.now());
    this.#callAll(chain, subscription, 'start');
    this.#callAll(chain, subscription, ['subscription_status', entry.status, subscription]);
  }

  tell(entry: Entry, update: 'target_update' | 'stop'): void {
    const chain = this.#listeners();
    if (chain !== undefined) this.#call(chain, entry, update);
  }

  /** The same of a subscription of ours. */
  told(subscription: Subscription, update: DialogUpdate): void {
    const chain = this.#listeners();
    if (chain !== undefined) this.#callAll(chain, subscription, update);
  }

  /** The status becomes that of the subscription, and is told. */
  status(entry: Entry, status: SubscriptionStatus): void {
    entry.status = status;
    const chain = this.#listeners();
    if (chain !== undefined) this.#call(chain, entry, ['subscription_status', status, snapshotOf(entry, performance.now())]);
  }

  #listeners(): Chain | undefined {
    const chain = this.rules().chains.get('sip_dialog_update');
    return chain !== undefined && chain.links.length > 1 ? chain : undefined;
  }

  /** The last link is core's own, and does nothing. */
  #call(chain: Chain, entry: Entry, update: DialogUpdate): void {
    this.#callAll(chain, typeof update === 'string' ? snapshotOf(entry, performance.now()) : update[2], update);
  }

  #callAll({ links }: Chain, subscription: Subscription, update: DialogUpdate): void {
    const call = { service: this.rules().service, callId: subscription.call_id };
    for (const { owner, fn } of links.slice(0, -1)) {
      const failed = (error: unknown): void => {
        this.fault(new NksipError('callback_failed', { callback: 'sip_dialog_update', plugin: owner, reason: reasonOf(error) }, { cause: error }));
      };
      try {
        void whenReady(fn(update, call, subscription), () => undefined, failed);
      } catch (error) {
        failed(error);
      }
    }
  }
}
