import { hash } from 'node:crypto';

/** Of an entry: two words of the hash of its key, two of that of its content, the number of its line. */
const WORDS = 5;
const LINE = 4;
const FIRST_ENTRIES = 1024;

/**
 * Which keys came in which line, and with what: hashes in one packed table, 20 to 60 bytes a key, so that a file of a million lines
 * is compared with itself in some tens of megabytes.
 */
export class SeenKeys {
  #table = new Uint32Array(FIRST_ENTRIES * WORDS);
  #size = 0;

  /** The line, from 1, in which the key came before, and whether it came with the same; undefined where it is new. */
  add(key: string, content: string, line: number): { readonly line: number; readonly same: boolean } | undefined {
    if (this.#size * 5 > this.#capacity * 3) this.#grow();
    const entry = Uint32Array.of(...wordsOf(key), ...wordsOf(content), line);
    const at = this.#placeOf(entry);
    const before = this.#table[at + LINE] ?? 0;
    if (before !== 0) return { line: before, same: this.#table[at + 2] === entry[2] && this.#table[at + 3] === entry[3] };
    this.#table.set(entry, at);
    this.#size++;
    return undefined;
  }

  get #capacity(): number {
    return this.#table.length / WORDS;
  }

  /** Where an entry with this key is, or would be. */
  #placeOf(entry: Uint32Array): number {
    const [first = 0, second = 0] = entry;
    for (let place = first % this.#capacity; ; place = (place + 1) % this.#capacity) {
      const at = place * WORDS;
      if (this.#table[at + LINE] === 0 || (this.#table[at] === first && this.#table[at + 1] === second)) return at;
    }
  }

  #grow(): void {
    const before = this.#table;
    this.#table = new Uint32Array(before.length * 2);
    for (let at = 0; at < before.length; at += WORDS) {
      const entry = before.subarray(at, at + WORDS);
      if (entry[LINE] !== 0) this.#table.set(entry, this.#placeOf(entry));
    }
  }
}

function wordsOf(text: string): readonly [number, number] {
  const digest = hash('sha256', text, 'buffer');
  return [digest.readUInt32LE(0), digest.readUInt32LE(4)];
}
