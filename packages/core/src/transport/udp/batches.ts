import { DatagramVector, slotSize } from './datagram-vector.js';
import { HeadAndBody, type Sendable } from '../head-and-body.js';
import { addressIn, portIn, socketAddressSize, writeSocketAddress } from './socket-address.js';
import { linux, systemError, type SystemCalls } from './system-calls.js';

/** On its way out. */
export interface Datagram {
  readonly bytes: Sendable;
  /** Numeric, without a zone. */
  readonly address: string;
  readonly port: number;
}

/** So many leave with one call: as many as Node.js reads in one turn of the event loop, so that nobody waits longer for an answer. */
export const sendBatch = 32;

export const receiveBatch = 64;

/**
 * Datagrams by the batch: one call of the system for up to 64 that wait, and for up to 32 that leave. One for the process, since each call
 * uses it to its end.
 */
export class Batches {
  readonly #received: DatagramVector;
  readonly #sent: DatagramVector;

  constructor(readonly calls: SystemCalls) {
    this.#received = new DatagramVector(calls, receiveBatch);
    this.#sent = new DatagramVector(calls, sendBatch);
  }

  /**
   * Hands on what waits at a socket, `most` datagrams and a batch at most, and answers how many there were. Each is lent: when `take` has returned its slot may have
   * another one. A copy in memory of its own took 0.8 us.
   */
  receive(fd: number, most: number, take: (bytes: Buffer, address: string, port: number) => void): number {
    const { names, slots } = this.#received;
    const count = this.calls.recvmmsg(fd, this.#received.addressFrom(0), Math.min(most, receiveBatch), linux.MSG_DONTWAIT, null);
    // First of all, for `take` may throw: a name of IPv6 would be cut off where one of IPv4 was.
    for (let i = 0; i < count; i++) this.#received.prepare(i, slotSize, socketAddressSize[6]);
    for (let i = 0; i < count; i++) {
      const at = this.#received.slotAt(i);
      const name = this.#received.nameAt(i);
      const bytes = slots.subarray(at, at + this.#received.sizeOf(i));
      take(bytes, addressIn(names, name), portIn(names, name));
    }
    return Math.max(0, count);
  }

  /**
   * Sends these, and answers how many of them the system has taken, or refused: fewer while its buffer is full. `refused` is told of those that it
   * cannot send.
   */
  send<D extends Datagram>(fd: number, datagrams: readonly D[], refused: (datagram: D, error: Error) => void): number {
    let done = 0;
    while (done < datagrams.length) {
      const count = Math.min(datagrams.length - done, sendBatch);
      for (let i = 0; i < count; i++) this.#place(i, datagrams[done + i] as D);
      const taken = this.#sendPlaced(fd, count, (i, error) => refused(datagrams[done + i] as D, error));
      done += taken;
      if (taken < count) break;
    }
    return done;
  }

  #place(i: number, { bytes, address, port }: Datagram): void {
    const { names, slots } = this.#sent;
    if (bytes instanceof HeadAndBody) bytes.writeTo(slots, this.#sent.slotAt(i));
    else slots.set(bytes, this.#sent.slotAt(i));
    this.#sent.prepare(i, bytes.length, writeSocketAddress(names, this.#sent.nameAt(i), address, port));
  }

  #sendPlaced(fd: number, count: number, refused: (i: number, error: Error) => void): number {
    let done = 0;
    while (done < count) {
      const taken = this.calls.sendmmsg(fd, this.#sent.addressFrom(done), count - done, linux.MSG_DONTWAIT);
      if (taken > 0) {
        done += taken;
        continue;
      }
      // Not an answer of Linux, but one of sandboxes: there is no end to asking again.
      if (taken === 0) break;
      const error = this.calls.lastError();
      if (error === linux.EAGAIN) break;
      if (error !== linux.EINTR) refused(done++, systemError('sendmmsg', error));
    }
    return done;
  }
}
