import type { Socket } from 'node:net';
import { Framer, type BrokenFrame } from '@nksip-ts/sip';
import { lingerTime, type ConnectionOwner, type StreamTransport } from './connection.js';
import { Holding } from './connection-memory.js';
import { isLineEnds, pong } from './crlf-keep-alive.js';
import { otherProtocol } from './other-protocol.js';
import { SocketConnection } from './socket-connection.js';
import { forWaiting, notReading, Unsent } from './unsent.js';

/** Bytes of a chunk after which others have their turn: as much as a TLS record has, and a quarter of what the system gives at once. */
const share = 16_384;
const outOfMemory = { code: 503, reason: 'Out Of Memory' };

/** One TCP or TLS connection. */
export class StreamConnection extends SocketConnection {
  readonly #framer: Framer;
  readonly #unfinished: Holding;
  readonly #unsent: Unsent;
  #reading = true;
  #writing = true;
  /** We gave the peer up: nothing is sent after it. */
  #abandoned = false;
  #corked = false;
  /** Whether something waited already when it was corked. */
  #waits = false;
  /** A pong was written and is not taken: pings meanwhile are answered by that one. */
  #pongWaits = false;
  #headTimer: NodeJS.Timeout | undefined;
  #lingerTimer: NodeJS.Timeout | undefined;

  /** `socket` is connected, its handshake done. */
  constructor(
    readonly transport: StreamTransport,
    private readonly socket: Socket,
    private readonly owner: ConnectionOwner,
  ) {
    super(socket);
    this.#framer = new Framer(owner.options.limits);
    this.#unfinished = new Holding(owner.memory.unfinished, owner.memory);
    this.#unsent = new Unsent(transport, socket, owner, (reason, option) => this.#giveUp(reason, option));
    socket.setNoDelay(true);
    socket.setTimeout(owner.options.idleTimeout, () => this.#finish('nothing moved for too long'));
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('error', (error) => this.#fail(error));
    void this.closed.then(() => this.#closed());
  }

  get usable(): boolean {
    return this.#writing && this.socket.writable;
  }

  reply(bytes: Uint8Array, address: string, port: number): void {
    if (this.usable) this.write(bytes);
    else if (!this.#abandoned) this.owner.replyElsewhere(this.transport, address, port, bytes);
  }

  close(): Promise<void> {
    this.#finish('the transports were closed');
    this.socket.destroySoon();
    return this.closed;
  }

  #read(chunk: Uint8Array): void {
    if (!this.#reading) return;
    this.#framer.push(chunk);
    let progress = false;
    while (this.#reading) {
      const found = this.#framer.next();
      if (found === undefined) break;
      progress = true;
      if (found.kind === 'message') this.owner.receiver.message(found.bytes, this);
      else if (found.kind === 'ping') this.#pong();
      else this.#broken(found);
    }
    if (!this.#unfinished.set(this.#framer.held)) this.#refuseMessage();
    this.#watchHead(progress, chunk);
    if (chunk.length >= share) this.#letOthers();
  }

  /** Reads on in the next turn: Node would read up to 32 chunks of one connection before it looks at the next. */
  #letOthers(): void {
    this.socket.pause();
    setImmediate(() => this.socket.resume());
  }

  /** The cheapest answer that there is. What other connections hold is not this peer's fault, and he may come again. */
  #refuseMessage(): void {
    if (!this.#reading) return;
    this.owner.tell('memory is short (sip_max_memory), so messages that come in pieces are refused', this, 'sip_max_memory');
    this.#broken(this.#framer.break(outOfMemory));
    this.#unfinished.set(0);
  }

  /** RFC 5626 3.5.1: a double CRLF is answered by a single one. */
  #pong(): void {
    if (this.#pongWaits || !this.usable) return;
    this.#pongWaits = true;
    this.write(pong, this.#pongTaken);
  }

  readonly #pongTaken = (): void => {
    this.#pongWaits = false;
  };

  /** RFC 3261 18.3: after an error in the framing no later message can be found. */
  #broken({ code, reason, bytes }: BrokenFrame): void {
    this.#reading = false;
    const spoken = otherProtocol(this.transport, bytes);
    if (spoken !== undefined) this.owner.tell(spoken, this);
    this.owner.receiver.broken(code, reason, bytes, this);
    this.#finish(reason);
  }

  /**
   * A message begun must be complete within `headTimeout`, however busy the peer keeps the connection with single bytes. Line ends
   * alone begin nothing: they keep a connection alive (RFC 5626 3.5.1). What follows a whole message in one chunk counts from the next.
   */
  #watchHead(progress: boolean, chunk: Uint8Array): void {
    if (!this.#reading || progress) this.#forgetHead();
    else if (this.#headTimer === undefined && !isLineEnds(chunk)) {
      this.#headTimer = setTimeout(() => this.#finish('a message was not complete in time'), this.owner.options.headTimeout);
    }
  }

  #forgetHead(): void {
    clearTimeout(this.#headTimer);
    this.#headTimer = undefined;
  }

  protected write(bytes: Uint8Array, done?: (error?: Error | null) => void): void {
    const unsent = this.#unsent;
    // What waits may wait for the end of this turn only.
    if (!unsent.hasRoom(bytes.length)) this.#uncork();
    if (!unsent.hasRoom(bytes.length)) {
      done?.(new Error(notReading));
      return this.#giveUp(notReading);
    }
    if (!this.#corked) {
      this.#corked = true;
      this.#waits = this.socket.writableLength > 0;
      this.socket.cork();
      process.nextTick(this.#uncork);
    }
    unsent.add();
    this.socket.write(this.#waits ? forWaiting(bytes) : bytes, done);
  }

  /** Whatever one turn of the event loop answers leaves in one piece. */
  readonly #uncork = (): void => {
    if (!this.#corked) return;
    this.#corked = false;
    this.socket.uncork();
    this.#unsent.flushed();
  };

  /** Closes it at once: whatever waits would wait longer. */
  #giveUp(reason: string, option?: string): void {
    if (this.#abandoned) return;
    this.#abandoned = true;
    this.#reading = false;
    this.#writing = false;
    this.owner.tell(reason, this, option);
    this.watchers.break(this.error(new Error(reason)));
    this.socket.destroy();
  }

  /** Says goodbye, and hears until then but understands no more: unread bytes would make the system drop our last answer. */
  #finish(reason: string): void {
    if (!this.#writing) return;
    this.#reading = false;
    this.#writing = false;
    this.#forgetHead();
    this.#lingerTimer = setTimeout(() => this.socket.destroy(), lingerTime);
    this.socket.end();
    this.watchers.break(this.error(new Error(reason)));
  }

  #fail(error: Error): void {
    const fault = this.error(error);
    this.watchers.break(fault);
    this.owner.receiver.fault(fault);
  }

  #closed(): void {
    this.#reading = false;
    this.#writing = false;
    this.#forgetHead();
    clearTimeout(this.#lingerTimer);
    this.#unfinished.end();
    this.#unsent.end();
    this.watchers.break(this.error(new Error('the connection was closed')));
  }
}
