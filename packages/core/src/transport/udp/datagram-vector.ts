import { linux, type SystemCalls } from './system-calls.js';

/** Room for one datagram: more than any can have. */
export const slotSize = 65_536;

/** Bytes from one socket address to the next. */
const nameStep = 32;

/** Bytes of one control message with a number of 16 bits: CMSG_SPACE(2), and what of it is used, CMSG_LEN(2) (cmsg(3)). */
const controlStep = 24, controlLength = 18;

/**
 * An array of `struct mmsghdr` (recvmmsg(2)), each with its one `struct iovec`, a socket address and a slot for the content, as Linux lays
 * them out on machines of 64 bits with the lower byte first. In words of 4 bytes, a header is
 *
 *     0 msg_name  2 msg_namelen  4 msg_iov  6 msg_iovlen  8 msg_control  10 msg_controllen  12 msg_flags  14 msg_len
 *
 * an iovec `0 iov_base  2 iov_len`, and a control message `0 cmsg_len  2 cmsg_level  3 cmsg_type  4` the number.
 */
export class DatagramVector {
  readonly names: Buffer;
  readonly slots: Buffer;
  readonly #address: bigint;
  readonly #headers: Uint32Array;
  readonly #vectors: Uint32Array;
  readonly #controls: Uint32Array;
  readonly #vectorsAddress: number;
  readonly #namesAddress: number;
  readonly #controlsAddress: number;

  constructor(calls: SystemCalls, readonly count: number) {
    const slots = calls.memory(count * slotSize);
    const tables = calls.memory(count * (4 * headerWords + 4 * vectorWords + nameStep + controlStep));
    const vectorsAt = count * 4 * headerWords;
    const namesAt = vectorsAt + count * 4 * vectorWords;
    const controlsAt = namesAt + count * nameStep;
    const { buffer, byteOffset } = tables.bytes;
    this.slots = slots.bytes;
    this.names = tables.bytes.subarray(namesAt, controlsAt);
    this.#address = tables.address;
    const address = Number(tables.address);
    this.#vectorsAddress = address + vectorsAt;
    this.#namesAddress = address + namesAt;
    this.#controlsAddress = address + controlsAt;
    this.#headers = new Uint32Array(buffer, byteOffset, count * headerWords);
    this.#vectors = new Uint32Array(buffer, byteOffset + vectorsAt, count * vectorWords);
    this.#controls = new Uint32Array(buffer, byteOffset + controlsAt, count * controlWords);
    for (let i = 0; i < count; i++) {
      setPointer(this.#vectors, i * vectorWords, Number(slots.address) + i * slotSize);
      this.#controls.set([controlLength, 0, linux.SOL_UDP, linux.UDP_SEGMENT], i * controlWords);
      this.prepare(i, slotSize, nameStep);
      this.setMessage(i, i, 1);
    }
  }

  /** How many bytes of slot `i` and of its name there are to send, or may be received. */
  prepare(i: number, size: number, nameSize: number): void {
    this.#vectors[i * vectorWords + IOV_SIZE] = size;
    this.#headers[i * headerWords + NAME_SIZE] = nameSize;
  }

  /** As `prepare` was told. */
  preparedSizeOf(i: number): number {
    return this.#vectors[i * vectorWords + IOV_SIZE] ?? 0;
  }

  /**
   * Header `at` is of `count` slots from `first` on, and of the name of the first one. Several are cut to datagrams of as many bytes as the first one has; only
   * the last may have fewer (UDP_SEGMENT, udp(7)).
   */
  setMessage(at: number, first: number, count: number): void {
    const header = at * headerWords;
    this.#headers[header + NAME_SIZE] = this.#headers[first * headerWords + NAME_SIZE] ?? 0;
    setPointer(this.#headers, header, this.#namesAddress + first * nameStep);
    setPointer(this.#headers, header + IOV, this.#vectorsAddress + first * 4 * vectorWords);
    this.#headers[header + IOV_COUNT] = count;
    setPointer(this.#headers, header + CONTROL, count > 1 ? this.#controlsAddress + at * controlStep : 0);
    this.#headers[header + CONTROL_SIZE] = count > 1 ? controlStep : 0;
    this.#controls[at * controlWords + SEGMENT] = this.preparedSizeOf(first);
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

const headerWords = 16, vectorWords = 4, controlWords = controlStep / 4;
const NAME_SIZE = 2, IOV = 4, IOV_COUNT = 6, CONTROL = 8, CONTROL_SIZE = 10, SIZE = 14, IOV_SIZE = 2, SEGMENT = 4;

/** Addresses of a process are below 2 ** 47. An element takes the lower 32 bits of a number. */
function setPointer(words: Uint32Array, at: number, address: number): void {
  words[at] = address;
  words[at + 1] = address / 0x1_0000_0000;
}
