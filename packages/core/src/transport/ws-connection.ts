import { isUtf8 } from 'node:buffer';
import type { Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import type { NksipError } from '../errors.js';
import { lingerTime, type ConnectionOwner, type WsTransport } from './connection.js';
import { isLineEnds, pong } from './crlf-keep-alive.js';
import { SocketConnection } from './socket-connection.js';

/** RFC 6455 7.4.1: the server goes away, or wants no more of a peer that is idle or slow. */
const goingAway = 1001;

/** One WebSocket that a client opened (RFC 7118). */
export class WsConnection extends SocketConnection {
  readonly #pingTimer: NodeJS.Timeout | undefined;
  #open = true;
  /** Whether the peer sent anything since the last ping. */
  #heard = true;
  #messageEnded = false;
  /** Bytes of a message whose end has not come; frames of control are not counted. */
  #unfinished = 0;
  #messageTimer: NodeJS.Timeout | undefined;
  #lingerTimer: NodeJS.Timeout | undefined;

  /** `webSocket` is open, and `socket` is what it runs over. */
  constructor(
    readonly transport: WsTransport,
    private readonly webSocket: WebSocket,
    private readonly socket: Socket,
    private readonly owner: Pick<ConnectionOwner, 'options' | 'receiver'>,
  ) {
    super(socket);
    webSocket.on('message', (data) => this.#message(data));
    webSocket.on('ping', (data) => this.#pinged(data));
    webSocket.on('pong', (data) => this.#control(data));
    webSocket.on('error', (error) => this.#fail(error));
    this.#watchSocket();
    const { pingInterval } = owner.options.ws;
    if (pingInterval > 0) this.#pingTimer = setInterval(() => this.#ping(), pingInterval);
    void this.closed.then(() => this.#closed());
  }

  get usable(): boolean {
    return this.#open && this.webSocket.readyState === this.webSocket.OPEN;
  }

  /** RFC 7118 5: nobody can be reached but over the connection that they opened; once it is gone the answer is lost. */
  reply(bytes: Uint8Array): void {
    if (this.usable) this.write(bytes);
  }

  close(): Promise<void> {
    this.#finish('the transports were closed');
    return this.closed;
  }

  /** The timers want to know of bytes that are no whole message yet. The WebSocket has read them when we are told. */
  #watchSocket(): void {
    const { socket } = this;
    socket.setNoDelay(true);
    socket.setTimeout(this.owner.options.idleTimeout, () => this.#finish('nothing moved for too long'));
    socket.on('error', (error) => this.#fail(error));
    socket.on('data', (chunk) => this.#watchMessage(chunk.length));
  }

  #message(data: RawData): void {
    this.#messageEnded = true;
    if (!this.#open || !Buffer.isBuffer(data)) return;
    if (!isLineEnds(data)) this.owner.receiver.message(data, this);
    else if (data.length >= 4 && this.usable) this.write(pong);
  }

  /** Answered here and not by the library: answers that nobody takes count like all others. */
  #pinged(data: Buffer): void {
    this.#control(data);
    if (this.usable && this.#hasRoom(data.length)) this.webSocket.pong(data);
  }

  /** RFC 6455 5.2 and 5.5: two bytes and the mask before at most 125 of data. */
  #control(data: Buffer): void {
    this.#unfinished -= 6 + data.length;
  }

  /**
   * A message begun must be complete within `headTimeout`, however busy the peer keeps the connection with single bytes and pongs.
   * What follows a whole message in one chunk counts from the next.
   */
  #watchMessage(size: number): void {
    this.#heard = true;
    this.#unfinished = this.#messageEnded ? 0 : Math.max(0, this.#unfinished + size);
    if (this.#messageEnded || this.#unfinished === 0) this.#forgetMessage();
    else if (this.#open) this.#messageTimer ??= setTimeout(() => this.#finish('a message was not complete in time'), this.owner.options.headTimeout);
    this.#messageEnded = false;
  }

  #forgetMessage(): void {
    clearTimeout(this.#messageTimer);
    this.#messageTimer = undefined;
  }

  /** RFC 7118 6 and RFC 6455 5.5.2. Who answers no ping before the next one is due is gone. */
  #ping(): void {
    if (!this.#heard) {
      this.#stop(this.error(new Error('the peer does not answer pings')));
      this.webSocket.terminate();
    } else if (this.usable) {
      this.#heard = false;
      this.webSocket.ping();
    }
  }

  /** RFC 7118 5: text wherever the whole message is UTF-8, for that is what a browser reads best; binary otherwise. */
  protected write(bytes: Uint8Array, done?: (error?: Error) => void): void {
    if (this.#hasRoom(bytes.length)) this.webSocket.send(bytes, { binary: !isUtf8(bytes) }, done);
    else done?.(new Error('the peer does not read what is sent to it'));
  }

  /** Whether more may be written; gives the peer up if not. */
  #hasRoom(size: number): boolean {
    const waiting = this.webSocket.bufferedAmount;
    if (waiting === 0 || waiting + size <= this.owner.options.maxBufferedBytes) return true;
    this.#fail(new Error('the peer does not read what is sent to it'));
    this.webSocket.terminate();
    return false;
  }

  #finish(reason: string): void {
    if (!this.#open) return;
    this.#stop(this.error(new Error(reason)));
    this.webSocket.close(goingAway, reason);
    this.#linger();
  }

  /** Of the network, or a peer that breaks RFC 6455; the library has said goodbye then, where it can, with 1002, 1007 or 1009. */
  #fail(error: Error): void {
    if (!this.#open) return;
    const fault = this.error(error);
    this.#stop(fault);
    this.#linger();
    this.owner.receiver.fault(fault);
  }

  #stop(error: NksipError): void {
    this.#open = false;
    clearInterval(this.#pingTimer);
    this.#forgetMessage();
    this.watchers.break(error);
  }

  #linger(): void {
    this.#lingerTimer ??= setTimeout(() => this.webSocket.terminate(), lingerTime);
  }

  #closed(): void {
    this.#stop(this.error(new Error('the connection was closed')));
    clearTimeout(this.#lingerTimer);
  }
}
