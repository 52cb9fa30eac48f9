import type { Socket } from 'node:net';
import type { ConnectionOwner } from './connection.js';
import { Holding } from './memory.js';
import { isWebSocket, transportFacts, type ConnectionTransport } from '../transport-facts.js';

/** Messages that may wait for one peer. */
export const maxMessages = 4096;

/** Bytes that a message costs while it waits, beside its own. Measured: 310 to 350 over TCP, 490 to 550 over a WebSocket, which frames it; 100 more for a copy. */
export function costOfMessage(transport: ConnectionTransport): number {
  return isWebSocket(transport) ? 650 : 450;
}

/** How often the bytes that wait are in memory: TLS has them encrypted, too. */
function copies(transport: ConnectionTransport): number {
  return transportFacts[transport].isSecure ? 2 : 1;
}

const nothing = Buffer.alloc(0);

/** The bytes of a message that will wait, in memory of their own: a small part of Node's pool of buffers would hold all 8 KiB of it. */
export function forWaiting(bytes: Uint8Array): Uint8Array {
  return bytes.buffer.byteLength > bytes.length ? new Uint8Array(bytes) : bytes;
}

/** What was written to one connection and has not been taken by its peer: how much, how many messages, for how long. */
export class Unsent {
  /** Written, and not known to be taken. */
  #messages = 0;
  /** How many of these stand before a mark in the stream; undefined: there is no mark. */
  #marked: number | undefined;
  /** Since when nothing was taken; there while something waits, or did a moment ago. */
  #timer: NodeJS.Timeout | undefined;
  readonly #held: Holding;

  /** `giveUp` is told of a peer that does not read, or of one for whom there is no memory: `sip_max_memory` is its option then. */
  constructor(
    private readonly transport: ConnectionTransport,
    private readonly socket: Socket,
    private readonly owner: Pick<ConnectionOwner, 'options' | 'memory'>,
    private readonly giveUp: (reason: string, option?: string) => void,
  ) {
    this.#held = new Holding(owner.memory.unsent, owner.memory);
  }

  /** Whether `size` bytes more may be written: within the bounds, or anything if nothing waits. */
  hasRoom(size: number): boolean {
    const waiting = this.socket.writableLength;
    return waiting === 0 || (this.#messages < maxMessages && waiting + size <= this.owner.options.maxBufferedBytes);
  }

  /** One more message is written. */
  add(): void {
    this.#messages++;
  }

  /** To be called when messages were given to the system: what it does not take at once waits for the peer. */
  flushed(): void {
    const { socket } = this;
    if (socket.writableLength === 0) {
      this.#messages = 0;
      this.#marked &&= 0;
    } else if (socket.writable) {
      this.#timer ??= setTimeout(this.#expired, this.owner.options.headTimeout);
      this.#mark();
      if (!this.#held.set(this.#size)) this.giveUp('memory is short (sip_max_memory), and the peer does not read what is sent to it', 'sip_max_memory');
    }
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#held.end();
  }

  get #size(): number {
    return this.socket.writableLength * copies(this.transport) + this.#messages * costOfMessage(this.transport);
  }

  /** A write of nothing has its turn when all before it is taken: so only what waits costs a callback. */
  #mark(): void {
    if (this.#marked !== undefined) return;
    this.#marked = this.#messages;
    this.socket.write(nothing, this.#reached);
  }

  readonly #reached = (): void => {
    const { socket } = this;
    const waits = socket.writableLength > 0;
    this.#messages = waits ? this.#messages - (this.#marked ?? 0) : 0;
    this.#marked = undefined;
    if (waits && socket.writable) this.#mark();
    this.#timer?.refresh();
    this.#held.set(this.#size);
  };

  readonly #expired = (): void => {
    this.#timer = undefined;
    if (this.#messages > 0) this.giveUp(notReading);
  };
}

export const notReading = 'the peer does not read what is sent to it';
