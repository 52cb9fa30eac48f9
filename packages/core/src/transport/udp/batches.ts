import { DatagramVector, slotSize } from './datagram-vector.js';
import { OutgoingVector, type Datagram } from './outgoing-vector.js';
import { addressIn, portIn, socketAddressSize } from './socket-address.js';
import { linux, systemError, type SystemCalls } from './system-calls.js';

/** So many leave with one call: as many as Node.js reads in one turn of the event loop, so that nobody waits longer for an answer. */
export const sendBatch = 32;

export const receiveBatch = 64;

/** What fits into 1500 bytes behind the headers of IPv6 and UDP. */
const mostJoined = 1452;

/**
 * Datagrams by the batch: one call of the system for up to 64 that wait, and for up to 32 that leave. One for the process, since each call
 * uses it to its end.
 */
export class Batches {
  readonly #received: DatagramVector;
  readonly #outgoing: OutgoingVector;
  #mostJoined = mostJoined;

  constructor(readonly calls: SystemCalls) {
    this.#received = new DatagramVector(calls, receiveBatch);
    this.#outgoing = new OutgoingVector(calls, sendBatch);
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
    for (let sent = -1; sent !== 0 && done < datagrams.length; done += sent) {
      this.#outgoing.place(datagrams, done, this.#mostJoined);
      sent = this.#sendPlaced(fd, (i, error) => refused(datagrams[done + i] as D, error));
    }
    return done;
  }

  /** Answers as `send` does. */
  #sendPlaced(fd: number, refused: (i: number, error: Error) => void): number {
    const outgoing = this.#outgoing;
    let message = 0;
    while (message < outgoing.messages) {
      const taken = this.calls.sendmmsg(fd, outgoing.addressFrom(message), outgoing.messages - message, linux.MSG_DONTWAIT);
      if (taken > 0) {
        message += taken;
        continue;
      }
      // Not an answer of Linux, but one of sandboxes: there is no end to asking again.
      if (taken === 0) break;
      const error = this.calls.lastError();
      if (error === linux.EAGAIN || this.#cannotCut(message, error)) break;
      if (error === linux.EINTR) continue;
      for (let i = outgoing.firstOf(message); i < outgoing.firstOf(message + 1); i++) refused(i, systemError('sendmmsg', error));
      message++;
    }
    return outgoing.firstOf(message);
  }

  /**
   * Whether that was said of a message because it is to be cut: its datagrams are larger than the way takes at once (EMSGSIZE or EINVAL, by the version of
   * Linux), or what sends them cannot make checksums (EIO). From then on such datagrams go one by one.
   */
  #cannotCut(message: number, error: number): boolean {
    if (this.#outgoing.countOf(message) === 1) return false;
    if (error === linux.EIO) this.joinUpTo(0);
    else if (error === linux.EMSGSIZE || error === linux.EINVAL) this.joinUpTo(this.#outgoing.sizeIn(message) - 1);
    else return false;
    return true;
  }

  /** Datagrams of more bytes are not joined to one message. 0: none are. */
  joinUpTo(size: number): void {
    this.#mostJoined = size;
  }
}
