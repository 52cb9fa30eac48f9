import { BLOCK, Blocks, type Memory } from './slab-blocks.js';

/** Of no cell. */
export const NONE = 0;

const SMALLEST = 64;
/** A cell that is larger has memory of its own: fewer than four of them in a block would leave too much of it empty. */
const LARGE = BLOCK / 4;

/** Bits of a cell's number that say which one of its block it is: a block has 1024 at most. */
const PLACE_BITS = 10;
const PLACES = (1 << PLACE_BITS) - 1;
/** A cell's number is a positive 32-bit one. */
const MOST_BLOCKS = 1 << (31 - PLACE_BITS);

/** The cells of one size: all of its blocks are full but the last. */
interface Rank {
  readonly blocks: number[];
  /** Cells in the last block; where there is no block, as many as a full one has. */
  inLast: number;
}

/**
 * Pieces of memory outside the heap, which no garbage collection copies or marks; known by their numbers. Sizes are rounded up
 * by a sixteenth at most. There are never gaps: the last cell of a size moves to where one was given back, so that memory is
 * given back as cells are, whatever their order.
 */
export class Cells {
  /** They are numbered from 1 up, so that no cell has the number 0. */
  readonly #blocks = new Blocks();
  readonly #ranks = new Map<number, Rank>();

  /** Bytes that are allocated, in use or not. */
  get allocated(): number {
    return this.#blocks.allocated;
  }

  /** Bytes of the blocks in use: what cells cost, for blocks have no gaps. */
  get used(): number {
    return this.#blocks.used;
  }

  /** A cell with at least so many bytes, with anything in them. */
  take(bytes: number): number {
    const size = cellSize(bytes);
    if (size > LARGE) return firstOf(this.#blocks.takeApart(size));
    const rank = this.#rankOf(size);
    if (rank.inLast === cellsOf(size)) {
      rank.blocks.push(this.#blocks.take(size));
      rank.inLast = 0;
    }
    return firstOf(lastOf(rank.blocks)) | rank.inLast++;
  }

  /** Returns the number of the cell that has moved into the place of this one, if one has. Its old number is good no more. */
  giveBack(cell: number): number {
    const size = this.#sizeOf(cell);
    if (size > LARGE) {
      this.#blocks.giveBack(cell >>> PLACE_BITS);
      return NONE;
    }
    const rank = this.#rankOf(size);
    const block = lastOf(rank.blocks);
    const last = firstOf(block) | --rank.inLast;
    if (last !== cell) this.#copy(last, cell, size);
    if (rank.inLast === 0) {
      rank.blocks.pop();
      rank.inLast = cellsOf(size);
      this.#blocks.giveBack(block);
    }
    return last === cell ? NONE : last;
  }

  /** Whether a cell for so many bytes would be of the same size. */
  fits(cell: number, bytes: number): boolean {
    return this.#sizeOf(cell) === cellSize(bytes);
  }

  /** By how many bytes `used` grows when a cell for so many bytes takes the place of this one; less than 0 where it shrinks. */
  growth(cell: number, bytes: number): number {
    const before = this.#sizeOf(cell);
    const size = cellSize(bytes);
    return size === before ? 0 : this.#costOfNext(size) - this.#gainOfLast(before);
  }

  /** The 32-bit number at a place of a cell; places are counted in numbers. */
  int(cell: number, place: number): number {
    return this.memoryOf(cell).ints[(this.startOf(cell) >>> 2) + place] ?? 0;
  }

  setInt(cell: number, place: number, value: number): void {
    this.memoryOf(cell).ints[(this.startOf(cell) >>> 2) + place] = value;
  }

  /** The 64-bit number at a place, counted in such numbers. */
  double(cell: number, place: number): number {
    return this.memoryOf(cell).doubles[(this.startOf(cell) >>> 3) + place] ?? 0;
  }

  setDouble(cell: number, place: number, value: number): void {
    this.memoryOf(cell).doubles[(this.startOf(cell) >>> 3) + place] = value;
  }

  /** The memory in which a cell is: where much of it is read or written at once. The cell begins at `startOf`, in bytes. */
  memoryOf(cell: number): Memory {
    return this.#blocks.memoryOf(cell >>> PLACE_BITS);
  }

  bytesOf(cell: number): Buffer {
    return this.memoryOf(cell).bytes;
  }

  startOf(cell: number): number {
    const block = cell >>> PLACE_BITS;
    return this.#blocks.startOf(block) + (cell & PLACES) * this.#blocks.sizeOf(block);
  }

  #sizeOf(cell: number): number {
    return this.#blocks.sizeOf(cell >>> PLACE_BITS);
  }

  #rankOf(size: number): Rank {
    let rank = this.#ranks.get(size);
    if (rank === undefined) this.#ranks.set(size, rank = { blocks: [], inLast: cellsOf(size) });
    return rank;
  }

  /** Bytes of blocks that another cell of this size takes. */
  #costOfNext(size: number): number {
    if (size > LARGE) return size;
    const rank = this.#ranks.get(size);
    return rank === undefined || rank.inLast === cellsOf(size) ? BLOCK : 0;
  }

  /** Bytes of blocks that go with one cell of this size. */
  #gainOfLast(size: number): number {
    if (size > LARGE) return size;
    return this.#ranks.get(size)?.inLast === 1 ? BLOCK : 0;
  }

  #copy(from: number, to: number, size: number): void {
    const start = this.startOf(from);
    this.bytesOf(from).copy(this.bytesOf(to), this.startOf(to), start, start + size);
  }
}

function firstOf(block: number): number {
  if (block >= MOST_BLOCKS) throw new RangeError('The store in RAM has no number left for more memory.');
  return block << PLACE_BITS;
}

function cellsOf(size: number): number {
  return Math.floor(BLOCK / size);
}

/** Sixteen sizes between a power of two and the next, each a multiple of 16. */
function cellSize(bytes: number): number {
  const most = Math.max(bytes, SMALLEST) - 1;
  const bits = Math.max(4, 27 - Math.clz32(most));
  return ((most >>> bits) + 1) * (1 << bits);
}

function lastOf(blocks: readonly number[]): number {
  return blocks[blocks.length - 1] ?? 0;
}
