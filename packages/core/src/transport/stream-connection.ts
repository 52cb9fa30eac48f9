import type { Socket } from 'node:net';
import { Framer } from '@nksip-ts/sip';
import { lingerTime, type ConnectionOwner, type StreamTransport } from './connection.js';
import { isLineEnds, pong } from './crlf-keep-alive.js';
import { SocketConnection } from './socket-connection.js';

/** One TCP or TLS connection. */
export class StreamConnection extends SocketConnection {
  readonly #framer: Framer;
  #reading = true;
  #writing = true;
  /** We gave the peer up: nothing is sent after it. */
  #abandoned = false;
  #corked = false;
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
      else this.#broken(found.code, found.reason, found.bytes);
    }
    this.#watchHead(progress, chunk);
  }

  /** RFC 5626 3.5.1: a double CRLF is answered by a single one. */
  #pong(): void {
    if (this.usable) this.write(pong);
  }

  /** RFC 3261 18.3: after an error in the framing no later message can be found. */
  #broken(code: number, reason: string, bytes: Uint8Array): void {
    this.#reading = false;
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
    const waiting = this.socket.writableLength;
    if (waiting > 0 && waiting + bytes.length > this.owner.options.maxBufferedBytes) {
      const error = this.error(new Error('the peer does not read what is sent to it'));
      this.#abandoned = true;
      this.#reading = false;
      this.#writing = false;
      done?.(error);
      this.socket.destroy(error);
      return;
    }
    if (!this.#corked) {
      this.#corked = true;
      this.socket.cork();
      process.nextTick(this.#uncork);
    }
    this.socket.write(bytes, done);
  }

  /** Whatever one turn of the event loop answers leaves in one piece. */
  readonly #uncork = (): void => {
    this.#corked = false;
    this.socket.uncork();
  };

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
    this.watchers.break(this.error(new Error('the connection was closed')));
  }
}
