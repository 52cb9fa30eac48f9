/** Bytes of a block. */
export const BLOCK = 1 << 16;

/**
 * Blocks of a slab: 64 MiB. malloc has that mapped by itself (Linux): only what is used takes memory, and all of it goes back to the
 * system. V8 looks for garbage in the whole heap after some 24 MiB more outside of it, of which nothing can go here: so it does that
 * once a slab.
 */
const SLAB_BITS = 10;
const SLAB = 1 << SLAB_BITS;
/** Blocks of the first slab, which is smaller: most services never need another one. */
const FIRST = 16;

/** The place of a block that is in no slab. */
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
  /** By number: where a block is, where it begins there, the bytes of each of its cells, its place among all blocks in slabs. Nothing is in block 0. */
  readonly #memories: (Memory | undefined)[] = [undefined];
  readonly #starts: number[] = [0];
  readonly #sizes: number[] = [0];
  readonly #places: number[] = [APART];
  /** The number of the block in each place. */
  readonly #numbers: number[] = [];
  readonly #vacant: number[] = [];
  /** Bytes that are in no slab. */
  #apart = 0;
  /** Places that were ever in use, of the slabs that are there. */
  #touched = 0;

  /** Bytes that are allocated, in use or not. */
  get allocated(): number {
    return capacity(this.#slabs.length) * BLOCK + this.#apart;
  }

  /** Bytes of the blocks in use. */
  get used(): number {
    return this.#numbers.length * BLOCK + this.#apart;
  }

  /** Bytes of the blocks that are or were in use, and so take memory: the system gives a page once it is written to. */
  get touched(): number {
    return this.#touched * BLOCK + this.#apart;
  }

  /** Returns the number of a block for cells of that size. */
  take(size: number): number {
    const place = this.#numbers.length;
    const slab = this.#slabs[slabOf(place)] ?? this.#addSlab();
    const number = this.#number(size);
    this.#numbers.push(number);
    this.#touched = Math.max(this.#touched, this.#numbers.length);
    this.#put(number, place, slab);
    return number;
  }

  /** One cell that has memory of its own. */
  takeApart(size: number): number {
    const memory = new Memory(Math.ceil(size / 8) * 8);
    const number = this.#number(size);
    this.#memories[number] = memory;
    this.#starts[number] = 0;
    this.#places[number] = APART;
    this.#apart += memory.bytes.length;
    return number;
  }

  giveBack(number: number): void {
    const memory = this.memoryOf(number);
    if (this.#places[number] === APART) this.#apart -= memory.bytes.length;
    else this.#fill(number, memory);
    this.#memories[number] = undefined;
    this.#vacant.push(number);
  }

  sizeOf(number: number): number {
    return this.#sizes[number] ?? 0;
  }

  /** The memory in which a block is, until another one goes, and the byte at which it begins there. */
  memoryOf(number: number): Memory {
    const memory = this.#memories[number];
    if (memory === undefined) throw new RangeError(`There is no memory with the number ${number}.`);
    return memory;
  }

  startOf(number: number): number {
    return this.#starts[number] ?? 0;
  }

  #number(size: number): number {
    const number = this.#vacant.pop() ?? this.#sizes.length;
    this.#sizes[number] = size;
    return number;
  }

  #addSlab(): Memory {
    const slab = new Memory((this.#slabs.length === 0 ? FIRST : SLAB) * BLOCK);
    this.#slabs.push(slab);
    return slab;
  }

  #put(number: number, place: number, memory: Memory): void {
    this.#memories[number] = memory;
    this.#starts[number] = placeInSlab(place) * BLOCK;
    this.#places[number] = place;
  }

  /** The last block moves to the place of one that goes. */
  #fill(gap: number, memory: Memory): void {
    const last = this.#numbers.pop();
    if (last !== undefined && last !== gap) {
      const from = this.startOf(last);
      this.memoryOf(last).bytes.copy(memory.bytes, this.startOf(gap), from, from + BLOCK);
      const place = this.#places[gap] ?? 0;
      this.#put(last, place, memory);
      this.#numbers[place] = last;
    }
    // Not as soon as a slab is empty: what goes up and down there would allocate it again and again.
    const others = capacity(this.#slabs.length - 1);
    if (this.#numbers.length >= others - Math.min(others, SLAB) / 2) return;
    this.#slabs.pop();
    this.#touched = Math.min(this.#touched, others);
  }
}

/** Blocks that so many slabs have. */
function capacity(slabs: number): number {
  return slabs === 0 ? 0 : FIRST + (slabs - 1) * SLAB;
}

function slabOf(place: number): number {
  return place < FIRST ? 0 : 1 + ((place - FIRST) >>> SLAB_BITS);
}

function placeInSlab(place: number): number {
  return place < FIRST ? place : (place - FIRST) & (SLAB - 1);
}
