/** Bytes of a block. */
export const BLOCK = 2 ** 16;

/** Blocks of a slab: 32 MiB. malloc has that mapped by itself (Linux): only what is used takes memory, and all of it goes back to the system. */
const SLAB_BITS = 9;
const SLAB = 2 ** SLAB_BITS;

/** Where a block is that has no place in a slab: by itself, or nowhere. */
const APART = -1;

/** Memory outside the heap, seen as bytes, as 32-bit and as 64-bit numbers. */
export class Memory {
  readonly bytes: Buffer;
  readonly ints: Int32Array;
  readonly doubles: Float64Array;

  constructor(length: number) {
    this.bytes = Buffer.allocUnsafeSlow(length);
    this.ints = new Int32Array(this.bytes.buffer);
    this.doubles = new Float64Array(this.bytes.buffer);
  }
}

/**
 * Blocks of memory, known by their numbers from 1 up, in slabs without gaps: the last one moves to where one was given back. What
 * a program allocates in small pieces malloc keeps when most of them are freed: the pieces between hold it. Views are as few as
 * slabs: with three of its own for each block, to read a number was to wait four times for what no cache had.
 */
export class Blocks {
  readonly #slabs: Memory[] = [];
  /** By number: the place among all blocks in slabs, and the bytes of each cell. Nothing is in block 0. */
  readonly #places: number[] = [APART];
  readonly #sizes: number[] = [0];
  /** The number of the block in each place. */
  readonly #numbers: number[] = [];
  readonly #vacant: number[] = [];
  /** Those that are larger than a block, by number. */
  readonly #large = new Map<number, Memory>();

  /** Bytes that are allocated, in use or not. */
  get allocated(): number {
    let sum = this.#slabs.length * SLAB * BLOCK;
    for (const { bytes } of this.#large.values()) sum += bytes.length;
    return sum;
  }

  /** Answers the number of a block for cells of that size. */
  take(size: number): number {
    const place = this.#numbers.length;
    if (place === this.#slabs.length * SLAB) this.#slabs.push(new Memory(SLAB * BLOCK));
    const number = this.#number(place, size);
    this.#numbers.push(number);
    return number;
  }

  /** One cell that has memory of its own. */
  takeApart(size: number): number {
    const number = this.#number(APART, size);
    this.#large.set(number, new Memory(size));
    return number;
  }

  giveBack(number: number): void {
    if (this.#placeOf(number) === APART) this.#large.delete(number);
    else this.#fill(number);
    this.#places[number] = APART;
    this.#vacant.push(number);
  }

  sizeOf(number: number): number {
    return this.#sizes[number] ?? 0;
  }

  /** The memory in which a block is, until another one goes, and the byte at which it begins there. */
  memoryOf(number: number): Memory {
    const place = this.#placeOf(number);
    const memory = place === APART ? this.#large.get(number) : this.#slabs[place >>> SLAB_BITS];
    if (memory === undefined) throw new RangeError(`There is no memory with the number ${number}.`);
    return memory;
  }

  startOf(number: number): number {
    const place = this.#placeOf(number);
    return place === APART ? 0 : (place & (SLAB - 1)) * BLOCK;
  }

  #placeOf(number: number): number {
    return this.#places[number] ?? APART;
  }

  #number(place: number, size: number): number {
    const number = this.#vacant.pop() ?? this.#places.length;
    this.#places[number] = place;
    this.#sizes[number] = size;
    return number;
  }

  /** The last block moves to the place of one that goes. */
  #fill(gap: number): void {
    const last = this.#numbers.pop();
    if (last !== undefined && last !== gap) {
      const from = this.startOf(last);
      this.memoryOf(last).bytes.copy(this.memoryOf(gap).bytes, this.startOf(gap), from, from + BLOCK);
      const place = this.#placeOf(gap);
      this.#places[last] = place;
      this.#numbers[place] = last;
    }
    // Not as soon as a slab is empty: what goes up and down there would allocate it again and again.
    if (this.#numbers.length < (this.#slabs.length - 1.5) * SLAB) this.#slabs.pop();
  }
}
