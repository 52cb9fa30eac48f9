/** Texts of which many records have the same one: event packages, media types. */
const MOST_SHARED = 1000;

/**
 * Texts and bytes that live long. What comes from a request is a slice of it, and one slice kept holds the whole datagram; here
 * everything is copied, and texts that come again and again are kept once.
 */
export class RamText {
  readonly #shared = new Map<string, string>();
  readonly #scratch = Buffer.allocUnsafeSlow(256);

  /** The same text, in memory of its own. */
  own(text: string): string {
    if (text.length <= this.#scratch.length) {
      this.#scratch.write(text, 'latin1');
      const copy = this.#scratch.toString('latin1', 0, text.length);
      if (copy === text) return copy;
    }
    return Buffer.from(text).toString();
  }

  shared(text: string): string;
  shared(text: string | undefined): string | undefined;
  shared(text: string | undefined): string | undefined {
    if (text === undefined) return undefined;
    const known = this.#shared.get(text);
    if (known !== undefined) return known;
    const copy = this.own(text);
    if (this.#shared.size < MOST_SHARED) this.#shared.set(copy, copy);
    return copy;
  }
}

/** Bytes as a latin1 text, a character each: an object of a few words less than a buffer's several hundred bytes. */
export function textOfBytes(data: Uint8Array): string {
  const buffer = data instanceof Buffer ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return buffer.toString('latin1');
}

export function bytesOfText(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}
