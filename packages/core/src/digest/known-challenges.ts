import { BoundedMap } from '@nksip-ts/memory';
import type { Challenge } from './respond.js';

/** A challenge that was answered and may be answered again, with a higher count. */
export interface KnownChallenge {
  /** In which header field the credentials are sent. */
  readonly field: 'Authorization' | 'Proxy-Authorization';
  readonly challenge: Challenge;
  /** Who answered it. */
  readonly user: string;
  /** Of requests that were sent with its nonce. */
  count: number;
}

/** RFC 3261 22.1: credentials that were accepted may be offered at once the next time. By target; no password is in it. */
export class KnownChallenges {
  readonly #byTarget: BoundedMap<string, readonly KnownChallenge[]>;

  /** So many targets at most; the one that goes is the one that was confirmed longest ago. */
  constructor(most = 1000) {
    this.#byTarget = new BoundedMap(most);
  }

  of(target: string): readonly KnownChallenge[] {
    return this.#byTarget.get(target) ?? [];
  }

  /** An empty list forgets the target. */
  keep(target: string, known: readonly KnownChallenge[]): void {
    this.#byTarget.delete(target);
    if (known.length > 0) this.#byTarget.set(target, known);
  }
}
