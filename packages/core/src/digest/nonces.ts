import { hash, randomInt } from 'node:crypto';
import { BoundedMap } from '@nksip-ts/memory';
import { readNonce, writeNonce, type Nonce } from './nonce.js';

interface Use {
  readonly made: number;
  /** The highest nc that was taken with it. */
  count: number;
}

/** Processes that share a secret make nonces each in a range of serials of its own, drawn by lot; both fit into one number. */
const RANGES = 2 ** 21;
const RANGE = 2 ** 32;
/** Of so many ranges at most is known what was forgotten: more than there are processes and starts within the life of a nonce. */
const MOST_RANGES = 10_000;
const MOST_REALMS = 1000;

/** Bytes that a nonce costs once it was used. Measured: 146. */
export const nonceCost = 150;

/** The nonces of a service. Times are milliseconds. */
export class Nonces {
  #last: number;
  /** By serial, in the order of their first use. */
  readonly #uses: BoundedMap<number, Use>;
  /** By range: up to this serial, a nonce that is not in `#uses` may have been there: it is not taken any more. */
  readonly #forgotten = new Map<number, number>();
  /** By a hash: a realm may be a slice of the request that it was made for, and would hold all of that. */
  readonly #realms = new BoundedMap<string, true>(MOST_REALMS);

  /** `secret` must be hard to guess. Of so many nonces at most the use is remembered. `range` is a number below 2^21. */
  constructor(private readonly secret: string, private readonly most: number = 100_000, range: number = randomInt(RANGES)) {
    this.#last = range * RANGE;
    this.#uses = new BoundedMap(most);
  }

  make(realm: string, now: number): string {
    if (!this.isRealm(realm)) this.#realms.set(hashOfRealm(realm), true);
    return writeNonce(this.secret, realm, { serial: ++this.#last, made: now });
  }

  /** Whether one was made for this realm. */
  isRealm(realm: string): boolean {
    return this.#realms.get(hashOfRealm(realm)) === true;
  }

  /** Undefined unless it is one of these, made for this realm. */
  read(text: string, realm: string): Nonce | undefined {
    return readNonce(this.secret, realm, text);
  }

  /**
   * RFC 7616 3.4: nc must rise, or the request may be a replay. Takes the count of a nonce that is not older than `lifetime` and was never
   * used with this count or a higher one; else returns why not.
   */
  use({ serial, made }: Nonce, count: number, now: number, lifetime: number): string | undefined {
    if (!isFresh(made, now, lifetime)) return 'its nonce is too old (sip_nonce_timeout)';
    const known = this.#uses.get(serial);
    if (known === undefined && this.#isForgotten(serial)) return 'so many other nonces were used since that it is not known any more what its nc was';
    if (count <= (known?.count ?? 0)) return 'its nc was there before, or a higher one: it is a replay';
    if (known !== undefined) known.count = count;
    else this.#remember(serial, { made, count }, now, lifetime);
    return undefined;
  }

  /** What those hold whose use is remembered. */
  get bytes(): number {
    return this.size * nonceCost;
  }

  /** How many are remembered. */
  get size(): number {
    return this.#uses.size;
  }

  #remember(serial: number, use: Use, now: number, lifetime: number): void {
    while (this.#uses.oldest !== undefined) {
      const { oldest } = this.#uses;
      const made = this.#uses.get(oldest)?.made ?? 0;
      if (this.#uses.size < this.most && isFresh(made, now, lifetime)) break;
      this.#uses.delete(oldest);
      this.#forget(oldest);
    }
    this.#uses.set(serial, use);
  }

  #isForgotten(serial: number): boolean {
    return serial <= (this.#forgotten.get(rangeOf(serial)) ?? -1);
  }

  #forget(serial: number): void {
    if (this.#isForgotten(serial)) return;
    const range = rangeOf(serial);
    this.#forgotten.delete(range);
    this.#forgotten.set(range, serial);
    const [first] = this.#forgotten.keys();
    if (this.#forgotten.size > MOST_RANGES && first !== undefined) this.#forgotten.delete(first);
  }
}

function hashOfRealm(realm: string): string {
  return hash('sha256', realm, 'base64url');
}

function rangeOf(serial: number): number {
  return Math.floor(serial / RANGE);
}

/** A clock that was put back makes a nonce come from the future: it is as old as it is young then. */
function isFresh(made: number, now: number, lifetime: number): boolean {
  return Math.abs(now - made) <= lifetime;
}
