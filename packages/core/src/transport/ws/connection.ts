import { isUtf8 } from 'node:buffer';
import type { Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import type { NksipError } from '../../errors.js';
import { lingerTime, type ConnectionOwner } from '../connection/connection.js';
import type { WsTransport } from '../transport-facts.js';
import { isLineEnds, pong, SocketConnection } from '../connection/socket-connection.js';
import { TurnCork } from '../connection/turn-cork.js';
import { forWaiting, notReading, Unsent } from '../connection/unsent.js';
import { WsReader } from './reader.js';

/** RFC 6455 7.4.1: the server goes away, or wants no more of a peer that is idle or slow. */
const goingAway = 1001;

/** One WebSocket that a client opened (RFC 7118). */
export class WsConnection extends SocketConnection {
  readonly #pingTimer: NodeJS.Timeout | undefined;
  readonly #reader: WsReader;
  readonly #unsent: Unsent;
  readonly #cork: TurnCork;
  #open = true;
  /** Whether the peer sent anything since the last ping. */
  #heard = true;
  /** A response to a double CRLF was written and is not taken: others that come meanwhile are answered by that one. */
  #crlfWaits = false;
  /** A pong was written and is not taken, and what the last ping said that came meanwhile. */
  #pongWaits = false;
  #lastPing: Uint8Array | undefined;
  #lingerTimer: NodeJS.Timeout | undefined;

  /** `webSocket` is open, and `socket` is what it runs over. */
  constructor(
    readonly transport: WsTransport,
    private readonly webSocket: WebSocket,
    private readonly socket: Socket,
    private readonly owner: Omit<ConnectionOwner, 'replyElsewhere'>,
  ) {
    super(socket);
    this.#reader = new WsReader(webSocket, socket, owner, {
      refuse: (code, reason, option) => this.#refuse(code, reason, option),
      expired: () => this.#finish('a message was not complete in time'),
    });
    this.#unsent = new Unsent(transport, socket, owner, (reason, option) => this.#giveUp(reason, option));
    this.#cork = new TurnCork(socket, this.#unsent);
    webSocket.on('message', (data) => this.#message(data));
    webSocket.on('ping', (data) => this.#pinged(data));
    webSocket.on('error', (error) => this.#fail(error));
    this.#watchSocket();
    const { pingInterval } = owner.options.ws;
    if (pingInterval > 0) this.#pingTimer = setInterval(() => this.#ping(), pingInterval);
    void this.closed.then(() => this.#closed());
  }

  get usable(): boolean {
    return this.#open && this.webSocket.readyState === this.webSocket.OPEN;
  }

  /** RFC 7118 5: nobody can be reached but over the connection that they opened; once it is gone the response is lost. */
  reply(bytes: Uint8Array): void {
    if (this.usable) this.write(bytes);
  }

  close(): Promise<void> {
    this.#finish('the transports were closed');
    return this.closed;
  }

  #watchSocket(): void {
    const { socket } = this;
    socket.setNoDelay(true);
    socket.setTimeout(this.owner.options.idleTimeout, () => this.#finish('nothing moved for too long'));
    socket.on('error', (error) => this.#fail(error));
    socket.on('data', (chunk) => this.#received(chunk));
  }

  #message(data: RawData): void {
    if (!this.#open || !Buffer.isBuffer(data)) return;
    if (!isLineEnds(data)) this.owner.receiver.message(data, this);
    else if (data.length >= 4) this.#pong();
  }

  /** RFC 7118 6 and RFC 5626 3.5.1. */
  #pong(): void {
    if (this.#crlfWaits || !this.usable) return;
    this.#crlfWaits = true;
    this.write(pong, this.#crlfTaken);
  }

  readonly #crlfTaken = (): void => {
    this.#crlfWaits = false;
  };

  /** Answered here and not by the library, and one at a time: RFC 6455 5.5.3 lets a pong answer the last of several pings. */
  #pinged(data: Uint8Array): void {
    if (!this.usable) return;
    if (this.#pongWaits) {
      this.#lastPing = Uint8Array.from(data);
    } else if (this.#hasRoom(data.length)) {
      this.#pongWaits = true;
      this.#unsent.add();
      this.webSocket.pong(data, false, this.#pongTaken);
      this.#unsent.flushed();
    }
  }

  readonly #pongTaken = (): void => {
    this.#pongWaits = false;
    const last = this.#lastPing;
    this.#lastPing = undefined;
    if (last !== undefined) this.#pinged(last);
  };

  #received(chunk: Uint8Array): void {
    this.#heard = true;
    this.#reader.push(chunk);
  }

  /** RFC 7118 6 and RFC 6455 5.5.2. Who answers no ping before the next one is due is gone. */
  #ping(): void {
    if (!this.#heard) {
      this.#stop(this.error(new Error('the peer does not answer pings')));
      this.webSocket.terminate();
    } else if (this.usable && this.#hasRoom(0)) {
      this.#heard = false;
      this.#unsent.add();
      this.webSocket.ping();
      this.#unsent.flushed();
    }
  }

  /** RFC 7118 5: text wherever the whole message is UTF-8, for that is what a browser reads best; binary otherwise. */
  protected write(bytes: Uint8Array, done?: (error?: Error) => void): void {
    const unsent = this.#unsent;
    if (!this.#hasRoom(bytes.length)) return done?.(new Error(notReading));
    const waits = this.#cork.begin();
    unsent.add();
    this.webSocket.send(waits ? forWaiting(bytes) : bytes, { binary: !isUtf8(bytes) }, done);
  }

  /** Whether more may be written; gives the peer up if not. */
  #hasRoom(size: number): boolean {
    // What waits may wait for the end of this turn only.
    if (!this.#unsent.hasRoom(size)) this.#cork.end();
    const hasRoom = this.#unsent.hasRoom(size);
    if (!hasRoom) this.#giveUp(notReading);
    return hasRoom;
  }

  /** Closes it at once: whatever waits would wait longer. */
  #giveUp(reason: string, option?: string): void {
    this.#reader.stop();
    if (this.#open) {
      this.owner.tell(reason, this, option);
      this.#stop(this.error(new Error(reason)));
    }
    this.webSocket.terminate();
  }

  /** Says why, and closes it as soon as that is gone. */
  #refuse(code: number, reason: string, option?: string): void {
    this.#reader.stop();
    if (!this.#open) return this.webSocket.terminate();
    this.owner.tell(reason, this, option);
    this.#stop(this.error(new Error(reason)));
    this.webSocket.close(code, reason);
    this.socket.destroySoon();
    this.#linger();
  }

  #finish(reason: string): void {
    if (!this.#open) return;
    this.#stop(this.error(new Error(reason)));
    this.webSocket.close(goingAway, reason);
    this.#linger();
  }

  /** Of the network, or a peer that breaks RFC 6455; the library has said goodbye then, where it can, with 1002, 1007 or 1009. */
  #fail(error: Error): void {
    this.#reader.stop();
    if (!this.#open) return;
    const fault = this.error(error);
    this.#stop(fault);
    this.#linger();
    this.owner.receiver.fault(fault);
  }

  #stop(error: NksipError): void {
    this.#open = false;
    clearInterval(this.#pingTimer);
    this.watchers.break(error);
  }

  #linger(): void {
    this.#lingerTimer ??= setTimeout(() => this.webSocket.terminate(), lingerTime);
  }

  #closed(): void {
    this.#reader.end();
    this.#stop(this.error(new Error('the connection was closed')));
    clearTimeout(this.#lingerTimer);
    this.#unsent.end();
  }
}
