import type { ReplySent } from '@nksip-ts/core';
import { Header } from '@nksip-ts/sip';
import type { RefusalView, Refusals } from '../contract/objects.js';
import { methodOf } from './request-kind.js';

/** Refusals that are put into words, in a second; those beyond are counted. Somebody who floods is not to cost more for it. */
const MOST_A_SECOND = 50;
/** Characters of what a stranger wrote. */
const LONGEST = 256;

/** The last requests that were refused, and why. */
export class LastRefusals {
  #items: RefusalView[] = [];
  #dropped = 0;
  #left = MOST_A_SECOND;

  /** `most`: how many are kept. `told`: is told each that is put into words. */
  constructor(private readonly most: () => number, private readonly told: (refusal: RefusalView) => void) {}

  /** A second has passed. */
  turn(): void {
    this.#left = MOST_A_SECOND;
  }

  add(reply: ReplySent): void {
    if (this.#left <= 0) {
      this.#dropped++;
      return;
    }
    this.#left--;
    const refusal = refusalOf(reply);
    this.#items.push(refusal);
    // Cut now and then, so that each costs the same.
    if (this.#items.length >= 2 * this.most() + 16) this.#cut();
    this.told(refusal);
  }

  get all(): Refusals {
    this.#cut();
    return { items: [...this.#items].reverse(), dropped: this.#dropped };
  }

  #cut(): void {
    const over = this.#items.length - this.most();
    if (over <= 0) return;
    this.#dropped += over;
    this.#items = this.#items.slice(over);
  }
}

function refusalOf({ message, source, code, bytes }: ReplySent): RefusalView {
  const [event, agent] = [message.first(Header.Event), message.first(Header.UserAgent)];
  return {
    time: new Date().toISOString(), method: methodOf(message), uri: shortOf(message.requestUri), ...(event !== undefined && { event: shortOf(event) }),
    code, reason: shortOf(reasonIn(bytes)), source: `${source.transport}:${source.address}:${source.port}`, ...(agent !== undefined && { user_agent: shortOf(agent) }),
  };
}

/** The reason phrase of a response. */
export function reasonIn(response: Uint8Array): string {
  const end = response.indexOf(13);
  return Buffer.from(response.buffer, response.byteOffset, response.byteLength).toString('utf8', 12, end < 0 ? undefined : end);
}

/** A copy: what is cut out of a message would hold all of it. */
function shortOf(text: string): string {
  return Buffer.from(text.slice(0, LONGEST)).toString();
}
