import { writeLatin1, writeUtf8 } from './direct-text.js';

/** Bytes of the memory that small messages share, as those of Node.js do. */
const POOL = 8192;

/** Characters up to which it is faster to write one after the other than to call what writes them at once. */
const SHORT = 24;

const nothing = Buffer.alloc(0);

/** Writes one message after the other, each into memory of a pool: no text is joined for it. */
export class ByteWriter {
  #memory = Buffer.allocUnsafeSlow(POOL);
  #start = 0;
  #at = 0;

  /** Begins a message of so many bytes at most. */
  begin(most: number): void {
    if (this.#at + most > this.#memory.length) {
      this.#memory = Buffer.allocUnsafeSlow(Math.max(POOL, most));
      this.#at = 0;
    }
    this.#start = this.#at;
  }

  /**
   * The message, which nobody writes to any more. Where there had to be room for more than a pool has, it is copied out of that: a short response to a long
   * request would hold all of it.
   */
  end(): Uint8Array {
    const message = this.#memory.subarray(this.#start, this.#at);
    if (this.#memory.length <= POOL) return message;
    this.#memory = nothing;
    return Buffer.from(message);
  }

  /** A text with one char for each byte. */
  latin1(text: string): void {
    if (text.length > SHORT || !this.#chars(text)) this.#at += writeLatin1(this.#memory, text, this.#at);
  }

  /** Unicode text. */
  utf8(text: string): void {
    if (text.length > SHORT || !this.#chars(text)) this.#at += writeUtf8(this.#memory, text, this.#at);
  }

  bytes(from: Uint8Array, start = 0, end = from.length): void {
    const memory = this.#memory;
    let at = this.#at;
    for (let p = start; p < end; p++) memory[at++] = from[p] ?? 0;
    this.#at = at;
  }

  /** Bytes that the message has so far. */
  get length(): number {
    return this.#at - this.#start;
  }

  /** Writes what follows the first `length` bytes once more, as `change` has it. */
  again(length: number, change: (latin1: string) => string): void {
    const start = this.#start + length;
    const text = this.#memory.toString('latin1', start, this.#at);
    this.#at = start;
    this.latin1(change(text));
  }

  /** False, and nothing is written, if not all of it is ASCII. */
  #chars(text: string): boolean {
    const memory = this.#memory;
    const at = this.#at;
    let all = 0;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      all |= code;
      memory[at + i] = code;
    }
    if (all > 0x7f) return false;
    this.#at = at + text.length;
    return true;
  }
}
