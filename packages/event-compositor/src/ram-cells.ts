import { Block, BLOCK, Blocks } from './ram-blocks.js';

/** Of no cell. */
export const NONE = 0;

const SMALLEST = 64;
/** A cell that is larger has memory of its own: fewer than four of them in a block would leave too much of it empty. */
const LARGE = BLOCK / 4;

/** Bits of a cell's number that say which one of its block it is: a block has 1024 at most. */
const PLACE_BITS = 10;
const PLACES = 2 ** PLACE_BITS - 1;
/** A cell's number is a positive 32-bit one. */
const MOST_BLOCKS = 2 ** (31 - PLACE_BITS);

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
  /** Nothing is in block 0, so that no cell has the number 0. */
  readonly #blocks: (Block | undefined)[] = [undefined];
  /** Places in `#blocks` without a block. */
  readonly #vacant: number[] = [];
  readonly #memory = new Blocks();
  /** Bytes of large cells. */
  #large = 0;
  readonly #ranks = new Map<number, Rank>();

  /** Bytes that are allocated, in use or not. */
  get allocated(): number {
    return this.#memory.allocated + this.#large;
  }

  /** A cell with at least so many bytes, with anything in them. */
  take(bytes: number): number {
    const size = cellSize(bytes);
    if (size > LARGE) return this.#takeLarge(size);
    const rank = this.#rankOf(size);
    if (rank.inLast === cellsOf(size)) {
      rank.blocks.push(this.#place(this.#memory.take(size)));
      rank.inLast = 0;
    }
    return (lastOf(rank.blocks) << PLACE_BITS) | rank.inLast++;
  }

  /** Answers the number of the cell that has moved into the place of this one, if one has. Its old number is good no more. */
  giveBack(cell: number): number {
    const { size } = this.#blockOf(cell);
    if (size > LARGE) return this.#giveBackLarge(cell, size);
    const rank = this.#rankOf(size);
    const block = lastOf(rank.blocks);
    const last = (block << PLACE_BITS) | --rank.inLast;
    if (last !== cell) this.#copy(last, cell, size);
    if (rank.inLast === 0) {
      rank.blocks.pop();
      rank.inLast = cellsOf(size);
      this.#memory.giveBack(this.#leave(block));
    }
    return last === cell ? NONE : last;
  }

  /** Whether a cell for so many bytes would be of the same size. */
  fits(cell: number, bytes: number): boolean {
    return this.#blockOf(cell).size === cellSize(bytes);
  }

  /** The 32-bit number at a place of a cell; places are counted in numbers. */
  int(cell: number, place: number): number {
    const block = this.#blockOf(cell);
    return block.ints[(cell & PLACES) * (block.size >>> 2) + place] ?? 0;
  }

  setInt(cell: number, place: number, value: number): void {
    const block = this.#blockOf(cell);
    block.ints[(cell & PLACES) * (block.size >>> 2) + place] = value;
  }

  /** The 64-bit number at a place, counted in such numbers. */
  double(cell: number, place: number): number {
    const block = this.#blockOf(cell);
    return block.doubles[(cell & PLACES) * (block.size >>> 3) + place] ?? 0;
  }

  setDouble(cell: number, place: number, value: number): void {
    const block = this.#blockOf(cell);
    block.doubles[(cell & PLACES) * (block.size >>> 3) + place] = value;
  }

  /** The memory in which a cell is, and where it begins there. */
  bytesOf(cell: number): Buffer {
    return this.#blockOf(cell).bytes;
  }

  startOf(cell: number): number {
    return (cell & PLACES) * this.#blockOf(cell).size;
  }

  #blockOf(cell: number): Block {
    const block = this.#blocks[cell >>> PLACE_BITS];
    if (block === undefined) throw new RangeError(`There is no cell ${cell}.`);
    return block;
  }

  #takeLarge(size: number): number {
    this.#large += size;
    return this.#place(new Block(Buffer.allocUnsafeSlow(size), size)) << PLACE_BITS;
  }

  #giveBackLarge(cell: number, size: number): number {
    this.#large -= size;
    this.#leave(cell >>> PLACE_BITS);
    return NONE;
  }

  #rankOf(size: number): Rank {
    let rank = this.#ranks.get(size);
    if (rank === undefined) this.#ranks.set(size, rank = { blocks: [], inLast: cellsOf(size) });
    return rank;
  }

  #place(block: Block): number {
    const number = this.#vacant.pop() ?? this.#blocks.length;
    if (number === MOST_BLOCKS) throw new RangeError('The store in RAM has no number left for more memory.');
    this.#blocks[number] = block;
    return number;
  }

  #leave(number: number): Block {
    const block = this.#blockOf(number << PLACE_BITS);
    this.#blocks[number] = undefined;
    this.#vacant.push(number);
    return block;
  }

  #copy(from: number, to: number, size: number): void {
    const start = this.startOf(from);
    this.bytesOf(from).copy(this.bytesOf(to), this.startOf(to), start, start + size);
  }
}

function cellsOf(size: number): number {
  return Math.floor(BLOCK / size);
}

/** Sixteen sizes between a power of two and the next, each a multiple of 16. */
function cellSize(bytes: number): number {
  const least = Math.max(bytes, SMALLEST);
  const step = Math.max(16, 2 ** (27 - Math.clz32(least - 1)));
  return Math.ceil(least / step) * step;
}

function lastOf(blocks: readonly number[]): number {
  return blocks[blocks.length - 1] ?? 0;
}
