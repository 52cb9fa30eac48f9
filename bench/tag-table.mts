const WIDTH = 64;

/** The entity-tag of each publication, in one block: objects would keep the garbage collector of the generator busy. */
export class TagTable {
  readonly #bytes: Buffer;
  readonly #lengths: Uint8Array;

  constructor(count: number) {
    this.#bytes = Buffer.alloc(count * WIDTH);
    this.#lengths = new Uint8Array(count);
  }

  get(index: number): Uint8Array {
    return this.#bytes.subarray(index * WIDTH, index * WIDTH + (this.#lengths[index] ?? 0));
  }

  set(index: number, tag: string): void {
    if (tag.length > WIDTH) throw new Error(`an entity-tag of ${tag.length} characters: ${tag}`);
    this.#lengths[index] = this.#bytes.write(tag, index * WIDTH, 'latin1');
  }
}
