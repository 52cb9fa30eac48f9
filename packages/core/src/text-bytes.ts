import { randomInt } from 'node:crypto';

/** Begins the bytes of a text that has not one byte for each character. */
const WIDE = 0;

/**
 * The bytes of a text, and their hash, until it takes another text: nothing is allocated for one that is only looked for. One byte a
 * character where all of them fit, as they nearly always do; else WIDE and two bytes each. No two texts have the same bytes.
 * A string is read once, here: one that was joined or cut takes three times as long to read as its bytes do.
 */
export class TextBytes {
  bytes = Buffer.allocUnsafeSlow(256);
  length = 0;
  /** 30 bits: FNV-1a, then murmur3's finish. The seed keeps who chooses the texts from choosing the hash. */
  hash = 0;
  readonly #seed: number;

  constructor(seed = randomInt(2 ** 32)) {
    this.#seed = seed;
  }

  take(text: string): void {
    const length = text.length;
    if (length > this.bytes.length) this.bytes = Buffer.allocUnsafeSlow(2 * length);
    const { bytes } = this;
    let hash = this.#seed;
    let all = 0;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      all |= code;
      bytes[i] = code;
      hash = Math.imul(hash ^ code, 0x01000193);
    }
    this.length = length;
    this.hash = finished(hash);
    if (all > 0xff || (length > 0 && bytes[0] === WIDE)) this.#takeWide(text);
  }

  /** Whether the bytes at `at` begin with these. */
  areAt(bytes: Uint8Array, at: number): boolean {
    const { bytes: own, length } = this;
    for (let i = 0; i < length; i++) if (bytes[at + i] !== own[i]) return false;
    return true;
  }

  writeTo(bytes: Uint8Array, at: number): void {
    const { bytes: own, length } = this;
    for (let i = 0; i < length; i++) bytes[at + i] = own[i] ?? 0;
  }

  #takeWide(text: string): void {
    const wide = Buffer.from(text, 'utf16le');
    this.take(`\u0001${wide.toString('latin1')}`);
    this.bytes[0] = WIDE;
  }
}

/** The text that `bytes[start, end)` were taken from. */
export function textOfBytes(bytes: Buffer, start: number, end: number): string {
  return end > start && bytes[start] === WIDE ? bytes.toString('utf16le', start + 1, end) : bytes.toString('latin1', start, end);
}

function finished(of: number): number {
  let hash = of;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) & 0x3fffffff;
}
