import type { SystemCalls } from './system-calls.js';

/** Room for one datagram: more than any can have. */
export const slotSize = 65_536;

/** Bytes from one socket address to the next. */
const nameStep = 32;

/**
 * An array of `struct mmsghdr` (recvmmsg(2)), each with its one `struct iovec`, a socket address and a slot for the content, as Linux lays
 * them out on machines of 64 bits with the lower byte first. In words of 4 bytes, a header is
 *
 *     0 msg_name  2 msg_namelen  4 msg_iov  6 msg_iovlen  8 msg_control  10 msg_controllen  12 msg_flags  14 msg_len
 *
 * and an iovec `0 iov_base  2 iov_len`.
 */
export class DatagramVector {
  readonly names: Buffer;
  readonly slots: Buffer;
  readonly #address: bigint;
  readonly #headers: Uint32Array;
  readonly #vectors: Uint32Array;

  constructor(calls: SystemCalls, readonly count: number) {
    const slots = calls.memory(count * slotSize);
    const tables = calls.memory(count * (4 * headerWords + 4 * vectorWords + nameStep));
    const vectorsAt = count * 4 * headerWords;
    const namesAt = vectorsAt + count * 4 * vectorWords;
    const { buffer, byteOffset } = tables.bytes;
    this.slots = slots.bytes;
    this.names = tables.bytes.subarray(namesAt);
    this.#address = tables.address;
    this.#headers = new Uint32Array(buffer, byteOffset, count * headerWords);
    this.#vectors = new Uint32Array(buffer, byteOffset + vectorsAt, count * vectorWords);
    for (let i = 0; i < count; i++) {
      setPointer(this.#vectors, i * vectorWords, slots.address + BigInt(i * slotSize));
      setPointer(this.#headers, i * headerWords, tables.address + BigInt(namesAt + i * nameStep));
      setPointer(this.#headers, i * headerWords + IOV, tables.address + BigInt(vectorsAt + i * 4 * vectorWords));
      this.#headers[i * headerWords + IOV_COUNT] = 1;
      this.prepare(i, slotSize, nameStep);
    }
  }

  /** How many bytes of slot `i` and of its name there are to send, or may be received. */
  prepare(i: number, size: number, nameSize: number): void {
    this.#vectors[i * vectorWords + IOV_SIZE] = size;
    this.#headers[i * headerWords + NAME_SIZE] = nameSize;
  }

  /** Bytes that were received. */
  sizeOf(i: number): number {
    return this.#headers[i * headerWords + SIZE] ?? 0;
  }

  nameAt(i: number): number {
    return i * nameStep;
  }

  slotAt(i: number): number {
    return i * slotSize;
  }

  /** Where the headers from `i` on are. */
  addressFrom(i: number): bigint {
    return i === 0 ? this.#address : this.#address + BigInt(i * 4 * headerWords);
  }
}

const headerWords = 16, vectorWords = 4;
const NAME_SIZE = 2, IOV = 4, IOV_COUNT = 6, SIZE = 14, IOV_SIZE = 2;

function setPointer(words: Uint32Array, at: number, address: bigint): void {
  words[at] = Number(address & 0xffff_ffffn);
  words[at + 1] = Number(address >> 32n);
}
