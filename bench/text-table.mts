const WIDTH = 64;

/** A short text for each number, in one block: objects would keep the garbage collector of the generator busy. */
export class TextTable {
  readonly #bytes: Buffer;
  readonly #lengths: Uint8Array;

  constructor(count: number) {
    this.#bytes = Buffer.alloc(count * WIDTH);
    this.#lengths = new Uint8Array(count);
  }

  get(index: number): Uint8Array {
    return this.#bytes.subarray(index * WIDTH, index * WIDTH + (this.#lengths[index] ?? 0));
  }

  /** Throws if the text is too long. */
  set(index: number, text: string): void {
    if (text.length > WIDTH) throw new Error(`a text of more than ${WIDTH} characters: ${text}`);
    this.#lengths[index] = this.#bytes.write(text, index * WIDTH, 'latin1');
  }
}
