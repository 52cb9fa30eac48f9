import { randomBytes } from 'node:crypto';
import { HalfSipHash } from './half-sip-hash.js';
import { TextBytes } from './text-bytes.js';

/**
 * The bytes of a text by which something is found in a KeyTable, and their hash. Strangers choose such texts: the key keeps them from
 * choosing texts with one hash, each of which would be compared with all of the others.
 */
export class KeyBytes extends TextBytes {
  /** 30 bits, as many as the table keeps. */
  hash = 0;
  /** 32 further bits, to be compared before the bytes are. */
  second = 0;
  readonly #hash: HalfSipHash;

  constructor(key: Uint8Array = randomBytes(8)) {
    super();
    this.#hash = new HalfSipHash(key);
  }

  override take(text: string): void {
    super.take(text);
    this.end();
  }

  /** After the last piece of a text that came in pieces. */
  end(): void {
    this.#hash.take(this.view, this.length);
    this.hash = this.#hash.first & 0x3fffffff;
    this.second = this.#hash.second;
  }
}
