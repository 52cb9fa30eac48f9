import type { Message } from '@nksip-ts/sip';
import { bytesOf, InjectedSource, senderOf, type InjectedFrom } from './injected-source.js';
import type { SipResponse } from '../callback/request.js';
import type { Source } from '../transport/transport.js';
import { responseOf } from '../uac/results.js';

/** The injected requests of one service that wait for their answer. */
export class Injections {
  readonly #underWay = new Set<() => void>();

  /** `take` gets the message, and tells whether an answer is or will be sent; `patience`: milliseconds after which none is. */
  async inject(bytes: unknown, from: unknown, patience: number, take: (bytes: Uint8Array, source: Source) => boolean): Promise<SipResponse | undefined> {
    const [message, sender]: [Uint8Array, InjectedFrom] = [bytesOf(bytes), senderOf(from)];
    return await new Promise((resolve) => {
      const settle = (response?: Message): void => {
        clearTimeout(deadline);
        this.#underWay.delete(settle);
        resolve(response === undefined ? undefined : responseOf(response));
      };
      const deadline = setTimeout(settle, patience);
      this.#underWay.add(settle);
      if (!take(message, new InjectedSource(sender, settle))) settle();
    });
  }

  /** Each ends without an answer. */
  close(): void {
    for (const settle of [...this.#underWay]) settle();
  }
}
