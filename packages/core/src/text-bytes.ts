/** Begins the bytes of a text that has not one byte for each character. */
const WIDE = 0;

/**
 * The bytes of a text, until it takes another one: nothing is allocated for one that is only looked for. One byte a character where
 * all of them fit, as they nearly always do; else WIDE and two bytes each. No two texts have the same bytes.
 */
export class TextBytes {
  bytes = Buffer.allocUnsafeSlow(256);
  /** Of the same memory. */
  view = new DataView(this.bytes.buffer);
  length = 0;

  /**
   * Most often the text is ASCII: then it has as many bytes in UTF-8 as characters, and V8 writes them at once. To read one character
   * after the other takes twice as long for 100 of them, three times where the text was joined or cut.
   */
  take(text: string): void {
    const { length } = text;
    // What is not ASCII fills more than `length` bytes, or what is there, up to the last character of 4 bytes that does not fit.
    if (length + 4 > this.bytes.length) this.#makeRoom(2 * length);
    const isAscii = this.bytes.write(text) === length;
    this.length = length;
    if (!isAscii || (length > 0 && this.bytes[0] === WIDE)) this.#takeOther(text);
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

  #takeOther(text: string): void {
    let all = 0;
    for (let i = 0; i < text.length; i++) all |= text.charCodeAt(i);
    if (all <= 0xff && text.charCodeAt(0) !== WIDE) {
      this.bytes.write(text, 'latin1');
      return;
    }
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
