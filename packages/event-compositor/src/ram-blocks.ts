/** Bytes of a block. */
export const BLOCK = 65_536;

/** Blocks of the first slab; each has twice as many as the one before, until they are LARGEST. */
const FIRST = 16;
/** 32 MiB. From there on malloc has each slab mapped by itself (Linux), and gives the whole of it back to the system. */
const LARGEST = 512;

/** Memory outside the heap, seen as bytes, as 32-bit and as 64-bit numbers. It is elsewhere after other blocks went. */
export class Block {
  bytes: Buffer;
  ints: Int32Array;
  doubles: Float64Array;
  /** Bytes of each of its cells. */
  size: number;
  /** Its place among all blocks. */
  at = -1;

  constructor({ buffer, byteOffset, length }: Buffer, size: number) {
    this.bytes = Buffer.from(buffer, byteOffset, length);
    this.ints = new Int32Array(buffer, byteOffset, length / 4);
    this.doubles = new Float64Array(buffer, byteOffset, length / 8);
    this.size = size;
  }
}

interface Slab {
  readonly memory: Buffer;
  /** The place of its first block. */
  readonly first: number;
  /** How many it has room for. */
  readonly blocks: number;
}

/**
 * Blocks in large slabs, without gaps: the last one moves to where one was given back. What a program allocates in small pieces
 * malloc keeps when most of them are freed: the pieces between hold it.
 */
export class Blocks {
  readonly #slabs: Slab[] = [];
  readonly #blocks: Block[] = [];

  /** Bytes that are allocated, in use or not. */
  get allocated(): number {
    return this.#slabs.reduce((sum, { memory }) => sum + memory.length, 0);
  }

  take(size: number): Block {
    const at = this.#blocks.length;
    const { memory, first } = this.#slabWith(at);
    const start = (at - first) * BLOCK;
    const block = new Block(memory.subarray(start, start + BLOCK), size);
    block.at = at;
    this.#blocks.push(block);
    return block;
  }

  giveBack(block: Block): void {
    const last = this.#blocks.pop();
    if (last !== undefined && last !== block) this.#move(last, block);
    const spare = this.#slabs.at(-1);
    const before = this.#slabs.at(-2);
    // Not as soon as it is empty: what goes up and down there would allocate it again and again.
    if (spare !== undefined && this.#blocks.length < spare.first - (before?.blocks ?? 0) / 2) this.#slabs.pop();
  }

  #move(block: Block, into: Block): void {
    into.bytes.set(block.bytes);
    block.bytes = into.bytes;
    block.ints = into.ints;
    block.doubles = into.doubles;
    block.at = into.at;
    this.#blocks[block.at] = block;
  }

  #slabWith(at: number): Slab {
    const slab = this.#slabs.at(-1);
    if (slab === undefined || at >= slab.first + slab.blocks) return this.#addSlab(at);
    return at >= slab.first ? slab : this.#slabs.at(-2) ?? slab;
  }

  #addSlab(first: number): Slab {
    const blocks = Math.min(FIRST * 2 ** this.#slabs.length, LARGEST);
    const slab = { memory: Buffer.allocUnsafeSlow(blocks * BLOCK), first, blocks };
    this.#slabs.push(slab);
    return slab;
  }
}
