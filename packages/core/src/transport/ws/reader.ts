import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { ConnectionOwner } from '../connection/connection.js';
import { Holding } from '../connection/memory.js';
import { enough, outOfMemory, readAhead, type Reader } from '../connection/read-budget.js';
import { fragmentsOf, WsFrames } from './frames.js';

/** RFC 6455 7.4.1: nobody honest does that; a message is too large for us. And of the codes that are registered beside those: try again later. */
const policyViolation = 1008;
const tooLarge = 1009;
const overloaded = 1013;

/** What may come with a message, in bytes for each of its own and beside them: its head, frames of control, what stands before it in a chunk. */
const withMessage = { times: 2, more: 128 * 1024 };

/** Pings, pongs and line ends that may come in one chunk: a client sends one in many seconds. */
const maxKeepAlives = 32;

const nothing = new Uint8Array(0);

interface Told {
  /** The connection must end. */
  refuse(code: number, reason: string, option?: string): void;
  /** A message was not complete in time. */
  expired(): void;
}

/** Reads a WebSocket: gives the library what ends with one message after the other, for a chunk can have thousands, as long as there is time in a turn. */
export class WsReader implements Reader {
  readonly #frames: WsFrames;
  readonly #unfinished: Holding;
  readonly #library: (chunk: Uint8Array) => void;
  readonly #endLibrary: () => void;
  #reading = true;
  /** What came, and was not read yet: there was no time. */
  #late: Uint8Array = nothing;
  /** Keep-alives that the peer may have sent until now, of all since the beginning. */
  #mayKeepAlive = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `webSocket` is open, and `socket` is what it runs over. */
  constructor(
    private readonly webSocket: WebSocket,
    private readonly socket: Socket,
    private readonly owner: Pick<ConnectionOwner, 'options' | 'memory' | 'readBudget'>,
    private readonly told: Told,
  ) {
    this.#frames = new WsFrames(fragmentsOf(owner.options.limits.maxBytes));
    this.#unfinished = new Holding(owner.memory.unfinished, owner.memory);
    this.#library = takeOver(socket, 'data');
    this.#endLibrary = takeOver(socket, 'end');
    // Node would end our side as soon as the peer ends its own.
    socket.allowHalfOpen = true;
    socket.on('end', this.#endBehindPeer);
    // What is left in it the library would read in one go.
    socket.prependOnceListener('close', () => void socket.read());
  }

  push(chunk: Uint8Array): void {
    if (!this.#reading) return this.#hearOut();
    if (this.#late === nothing) {
      this.#mayKeepAlive = this.#frames.keepAlives + maxKeepAlives;
      this.#read(chunk);
    } else {
      this.#mayKeepAlive += maxKeepAlives;
      this.#late = Buffer.concat([this.#late, chunk]);
    }
    this.#count();
  }

  readOn(): void {
    const late = this.#late;
    this.#late = nothing;
    this.#read(late);
    if (this.#late === nothing) this.webSocket.resume();
    // In the next turn: a response may come a moment after its request.
    if (this.socket.readableEnded) setImmediate(this.#endBehindPeer);
    this.#count();
  }

  /** The peer sends nothing more, but gets the responses to what waits: only then the library is told, which ends our side. */
  readonly #endBehindPeer = (): void => {
    if (this.#late === nothing && !this.socket.destroyed) this.#endLibrary();
  };

  /** Nothing more is read. */
  stop(): void {
    this.#reading = false;
    this.#late = nothing;
    this.owner.readBudget.leave(this);
    clearTimeout(this.#timer);
    this.webSocket.resume();
    this.#unfinished.set(this.#frames.held);
  }

  /** Its connection is closed. */
  end(): void {
    this.stop();
    this.#unfinished.end();
  }

  /** What comes after the end of all reading is dropped, as it comes: but no more of it in a turn than of what is read. */
  #hearOut(): void {
    if (!this.owner.readBudget.isSpent(this)) return;
    this.#wait(nothing);
    this.webSocket.pause();
    this.#count();
  }

  #read(chunk: Uint8Array): void {
    const frames = this.#frames;
    const { messages } = frames;
    let at = 0;
    while (at < chunk.length && this.#reading) {
      if (this.owner.readBudget.isSpent(this)) {
        this.#wait(chunk.subarray(at));
        break;
      }
      const end = frames.next(chunk, at);
      this.#library(end - at === chunk.length ? chunk : chunk.subarray(at, end));
      at = end;
      if (frames.isClosed) this.stop();
      else if (frames.keepAlives > this.#mayKeepAlive) this.told.refuse(policyViolation, 'more pings, pongs and line ends come at once than anybody needs');
    }
    frames.hold(chunk, at);
    this.#watchMessage(frames.messages > messages);
  }

  #wait(late: Uint8Array): void {
    this.#late = late;
    this.owner.readBudget.wait(this);
  }

  /** What it holds, and what it may come to hold: Node may be about to read when a socket is paused. */
  #count(): void {
    const { held, bytes } = this.#frames;
    if (this.#late.length >= enough) this.webSocket.pause();
    const late = (this.#frames.holds(this.#late) ? 0 : this.#late.buffer.byteLength) + (this.webSocket.isPaused ? readAhead : 0);
    const fits = this.#unfinished.set(held + late);
    if (!this.#reading) return;
    if (bytes > withMessage.times * this.owner.options.limits.maxBytes + withMessage.more) this.told.refuse(tooLarge, 'a message comes with too much beside it');
    else if (!fits) this.told.refuse(overloaded, outOfMemory, 'sip_max_memory');
  }

  /** A message begun must be complete within `headTimeout`, however busy the peer keeps the connection with single bytes and pongs. */
  #watchMessage(ended: boolean): void {
    const { isIdle } = this.#frames;
    if (ended || isIdle || !this.#reading) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    if (!isIdle && this.#reading) this.#timer ??= setTimeout(() => this.told.expired(), this.owner.options.headTimeout);
  }
}

/** The library reads its socket by listeners of its own: it gets from us what it reads, and is told by us that there is no more. */
function takeOver(socket: Socket, event: 'data' | 'end'): (chunk?: Uint8Array) => void {
  const listeners = socket.listeners(event);
  socket.removeAllListeners(event);
  return (chunk) => { for (const listener of listeners) listener.call(socket, chunk); };
}
