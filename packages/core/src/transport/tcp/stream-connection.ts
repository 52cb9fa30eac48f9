import type { Socket } from 'node:net';
import { Framer, type BrokenFrame } from '@nksip-ts/sip';
import { lingerTime, type ConnectionOwner } from '../connection/connection.js';
import { Holding } from '../connection/memory.js';
import type { StreamTransport } from '../transport-facts.js';
import { otherProtocol } from '../connection/other-protocol.js';
import { enough, outOfMemory, readAhead, type Reader } from '../connection/read-budget.js';
import { isLineEnds, pong, SocketConnection } from '../connection/socket-connection.js';
import { TurnCork } from '../connection/turn-cork.js';
import { forWaiting, notReading, Unsent } from '../connection/unsent.js';

const unavailable = { code: 503, reason: 'Out Of Memory' };

/** One TCP or TLS connection. */
export class StreamConnection extends SocketConnection implements Reader {
  readonly #framer: Framer;
  readonly #unfinished: Holding;
  readonly #unsent: Unsent;
  readonly #cork: TurnCork;
  #reading = true;
  /** It has messages for which there was no time in this turn. */
  #isLate = false;
  #isPaused = false;
  #writing = true;
  /** We gave the peer up: nothing is sent after it. */
  #abandoned = false;
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
    this.#cork = new TurnCork(socket, this.#unsent);
    socket.setNoDelay(true);
    socket.setTimeout(owner.options.idleTimeout, () => this.#finish('nothing moved for too long'));
    // Node would end our side as soon as the peer ends its own.
    socket.allowHalfOpen = true;
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('end', this.#endBehindPeer);
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
    if (!this.#reading) return this.#hearOut();
    this.#framer.push(chunk);
    if (!this.#isLate) this.#watchHead(this.#takeMessages(), chunk);
    this.#count();
  }

  /** What comes after the end of all reading is dropped, as it comes: but no more of it in a turn than of what is read. */
  #hearOut(): void {
    if (!this.owner.readBudget.isSpent(this)) return;
    this.#wait();
    this.#pause();
    this.#count();
  }

  readOn(): void {
    this.#isLate = false;
    this.#takeMessages();
    if (!this.#isLate) this.#resume();
    // In the next turn: a response may come a moment after its request.
    if (this.socket.readableEnded) setImmediate(this.#endBehindPeer);
    this.#count();
  }

  /** RFC 3261 18.2.2: the peer gets its responses over this connection, those to messages that wait, too, although it sends nothing more. */
  readonly #endBehindPeer = (): void => {
    if (!this.#isLate) this.socket.end();
  };

  /** As long as there is time. Returns whether there was any message, or waits. */
  #takeMessages(): boolean {
    const { receiver, readBudget } = this.owner;
    let progress = false;
    while (this.#reading) {
      if (this.#framer.unread > 0 && readBudget.isSpent(this)) return this.#wait();
      const found = this.#framer.next();
      if (found === undefined) break;
      progress = true;
      if (found.kind === 'message') receiver.message(found.bytes, this);
      else if (found.kind === 'ping') this.#pong();
      else this.#broken(found);
    }
    return progress;
  }

  #wait(): true {
    this.#isLate = true;
    this.owner.readBudget.wait(this);
    return true;
  }

  /** What it holds, and what it may come to hold: Node may be about to read when a socket is paused. */
  #count(): void {
    const { held } = this.#framer;
    if (this.#isLate && held >= enough) this.#pause();
    if (!this.#unfinished.set(this.#isPaused ? held + readAhead : held)) this.#refuseMessage();
  }

  #pause(): void {
    this.#isPaused = true;
    this.socket.pause();
  }

  #resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.socket.resume();
  }

  /** The cheapest response that there is. What other connections hold is not this peer's fault, and it may connect again. */
  #refuseMessage(): void {
    if (!this.#reading) return;
    this.owner.tell(outOfMemory, this, 'sip_max_memory');
    this.#broken(this.#framer.break(unavailable));
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
    if (!unsent.hasRoom(bytes.length)) this.#cork.end();
    if (!unsent.hasRoom(bytes.length)) {
      done?.(new Error(notReading));
      return this.#giveUp(notReading);
    }
    const waits = this.#cork.begin();
    unsent.add();
    this.socket.write(waits ? forWaiting(bytes) : bytes, done);
  }

  /** Closes it at once: whatever waits would wait longer. */
  #giveUp(reason: string, option?: string): void {
    if (this.#abandoned) return;
    this.#abandoned = true;
    this.#readNoMore();
    this.#writing = false;
    this.owner.tell(reason, this, option);
    this.watchers.break(this.error(new Error(reason)));
    this.socket.destroy();
  }

  /** Says goodbye, and hears until then but understands no more: unread bytes would make the system drop our last response. */
  #finish(reason: string): void {
    if (!this.#writing) return;
    this.#readNoMore();
    this.#writing = false;
    this.#resume();
    this.#lingerTimer = setTimeout(() => this.socket.destroy(), lingerTime);
    this.socket.end();
    this.watchers.break(this.error(new Error(reason)));
  }

  #readNoMore(): void {
    this.#reading = false;
    this.#isLate = false;
    this.#forgetHead();
    this.owner.readBudget.leave(this);
  }

  #fail(error: Error): void {
    const fault = this.error(error);
    this.watchers.break(fault);
    this.owner.receiver.fault(fault);
  }

  #closed(): void {
    this.#readNoMore();
    this.#writing = false;
    clearTimeout(this.#lingerTimer);
    this.#unfinished.end();
    this.#unsent.end();
    this.watchers.break(this.error(new Error('the connection was closed')));
  }
}
