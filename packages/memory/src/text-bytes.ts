/** Begins the bytes of a text that has not one byte for each character. */
const WIDE = 0;

/**
 * Characters up to which it is faster to copy one after the other. Longer texts V8 writes at once, as UTF-8: what is ASCII, as most texts
 * are, takes as many bytes then as it has characters, and anything else more of them, or all there are but the last ones.
 */
const SHORT = 24;
/** Bytes of a character in UTF-8, at most. */
const LARGEST = 4;

/**
 * The bytes of a text, until it takes another one: nothing is allocated for one that is only looked for. One byte a character where
 * all of them fit, as they nearly always do; else WIDE and two bytes each. No two texts have the same bytes.
 */
export class TextBytes {
  bytes = Buffer.allocUnsafeSlow(256);
  /** Of the same memory. */
  view = new DataView(this.bytes.buffer);
  length = 0;

  take(text: string): void {
    const { length } = text;
    if (length + LARGEST > this.bytes.length) this.#makeRoom(2 * length);
    this.length = length;
    const isNarrow = (length > SHORT && this.bytes.write(text) === length) || this.#copy(text, 0);
    if (!isNarrow || (length > 0 && this.bytes[0] === WIDE)) this.#takeWide(text);
  }

  /** Takes a text that comes in pieces, which are not joined: `add` each of them. */
  begin(): void {
    this.length = 0;
  }

  /** False where the pieces so far and this one are long, or have not one byte for each character: then the text must be taken as a whole. */
  add(piece: string): boolean {
    const { bytes, length: at } = this;
    const end = at + piece.length;
    if (end > bytes.length || (at === 0 && piece.charCodeAt(0) === WIDE)) return false;
    this.length = end;
    return this.#copy(piece, at);
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

  #makeRoom(bytes: number): void {
    this.bytes = Buffer.allocUnsafeSlow(bytes);
    this.view = new DataView(this.bytes.buffer);
  }

  /** One character after the other; false if one of them does not fit into a byte. */
  #copy(text: string, at: number): boolean {
    const { bytes } = this;
    let all = 0;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      all |= code;
      bytes[at + i] = code;
    }
    return all <= 0xff;
  }

  #takeWide(text: string): void {
    this.length = 1 + 2 * text.length;
    if (this.length > this.bytes.length) this.#makeRoom(this.length);
    this.bytes[0] = WIDE;
    this.bytes.write(text, 1, 'utf16le');
  }
}

/** The text that `bytes[start, end)` were taken from. */
export function textOfBytes(bytes: Buffer, start: number, end: number): string {
  return end > start && bytes[start] === WIDE ? bytes.toString('utf16le', start + 1, end) : bytes.toString('latin1', start, end);
}
