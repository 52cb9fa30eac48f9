import { readNonce, writeNonce, type Nonce } from './nonce.js';

interface Use {
  readonly made: number;
  /** The highest nc that was taken with it. */
  count: number;
}

/** The nonces of a service. Times are milliseconds. */
export class Nonces {
  #last = 0;
  /** By serial, in the order of their first use. */
  readonly #uses = new Map<number, Use>();
  /** Up to this serial, a nonce that is not in `#uses` may have been there: it is not taken any more. */
  #forgotten = 0;

  /** `secret` must be hard to guess. Of so many nonces at most the use is remembered. */
  constructor(private readonly secret: string, private readonly most: number = 100_000) {}

  make(realm: string, now: number): string {
    return writeNonce(this.secret, realm, { serial: ++this.#last, made: now });
  }

  /** Undefined unless it is one of these, made for this realm. */
  read(text: string, realm: string): Nonce | undefined {
    return readNonce(this.secret, realm, text);
  }

  /**
   * RFC 7616 3.4: nc must rise, or the request may be a replay. True if the nonce is not older than `lifetime` and was never used
   * with this count or a higher one; the count is taken then.
   */
  use({ serial, made }: Nonce, count: number, now: number, lifetime: number): boolean {
    if (!isFresh(made, now, lifetime)) return false;
    const known = this.#uses.get(serial);
    if (known === undefined ? count < 1 || serial <= this.#forgotten : count <= known.count) return false;
    if (known !== undefined) known.count = count;
    else this.#remember(serial, { made, count }, now, lifetime);
    return true;
  }

  /** How many are remembered. */
  get size(): number {
    return this.#uses.size;
  }

  #remember(serial: number, use: Use, now: number, lifetime: number): void {
    for (const [oldest, { made }] of this.#uses) {
      if (this.#uses.size < this.most && isFresh(made, now, lifetime)) break;
      this.#uses.delete(oldest);
      this.#forgotten = Math.max(this.#forgotten, oldest);
    }
    this.#uses.set(serial, use);
  }
}

/** A clock that was put back makes a nonce come from the future: it is as old as it is young then. */
function isFresh(made: number, now: number, lifetime: number): boolean {
  return Math.abs(now - made) <= lifetime;
}
